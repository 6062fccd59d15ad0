import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { formatUlid } from '../core/ids.ts';
import { isObject } from '../core/json.ts';
import { readTraceparent } from '../core/trace-context.ts';

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
  /** The trace that the caller's `traceparent` names. */
  traceparent: string | null;
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

/** Never throws: whoever may invoke the function can send it anything, and gets an answer of the API. */
export function readIncoming(sent: APIGatewayProxyEvent, context: InvocationContext): Incoming {
  const at = Date.now();
  const event: Partial<APIGatewayProxyEvent> = isObject(sent) ? sent : {};
  const headers = Object.fromEntries(textsOf(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const body = textOf(event.body);
  return {
    requestId: newId('req', at),
    at,
    started: performance.now(),
    method: textOf(event.httpMethod),
    path: textOf(event.path),
    query: Object.fromEntries(textsOf(event.queryStringParameters)),
    headers,
    bearer: bearerOf(headers),
    body: event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
    client: {
      user_agent: headers['user-agent']?.slice(0, 300) ?? null,
      ip: textOf(event.requestContext?.identity?.sourceIp) || null,
    },
    traceparent: readTraceparent(headers.traceparent),
    callerLeft: context.callerLeft ?? never,
    remainingMs: context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): [string, string][] {
  return Object.entries(isObject(value) ? value : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

export function newId(prefix: 'req' | 'ws' | 'ak' | 'pk', at: number): string {
  return `${prefix}_${formatUlid(at, randomBytes(10))}`;
}

function bearerOf(headers: Record<string, string | undefined>): string | null {
  const found = /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '');
  return found?.[1] ?? (headers.authorization?.trim() ? null : headers['x-api-key']?.trim() || null);
}
