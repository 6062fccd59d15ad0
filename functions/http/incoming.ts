import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { formatUlid } from '../core/ids.ts';

/** An API Gateway event as the rest of the gateway sees it. */
export interface Incoming {
  /** `req_…` */
  requestId: string;
  /** Epoch ms and `performance.now()` of the arrival. */
  at: number;
  started: number;
  method: string;
  /** As it was sent, percent-encoding included. */
  path: string;
  query: Record<string, string | undefined>;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  bearer: string | null;
  body: string;
  client: { user_agent: string | null; ip: string | null };
  /** Aborted when the caller leaves; in Lambda nobody says so and it never is. */
  callerLeft: AbortSignal;
  /** Milliseconds until the function itself is ended. */
  remainingMs: number;
}

export interface InvocationContext {
  callerLeft?: AbortSignal;
  getRemainingTimeInMillis?: () => number;
}

const never = new AbortController().signal;

export function readIncoming(event: APIGatewayProxyEvent, context: InvocationContext): Incoming {
  const at = Date.now();
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(event.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    requestId: newId('req', at),
    at,
    started: performance.now(),
    method: event.httpMethod,
    path: event.path,
    query: event.queryStringParameters ?? {},
    headers,
    bearer: bearerOf(headers),
    body: event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? ''),
    client: {
      user_agent: headers['user-agent']?.slice(0, 300) ?? null,
      ip: event.requestContext?.identity?.sourceIp ?? null,
    },
    callerLeft: context.callerLeft ?? never,
    remainingMs: context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
  };
}

export function newId(prefix: 'req' | 'ws' | 'ak' | 'pk', at: number): string {
  return `${prefix}_${formatUlid(at, randomBytes(10))}`;
}

function bearerOf(headers: Record<string, string | undefined>): string | null {
  const found = /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '');
  return found?.[1] ?? (headers.authorization?.trim() ? null : headers['x-api-key']?.trim() || null);
}
