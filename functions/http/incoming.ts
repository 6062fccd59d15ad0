import { randomFillSync } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { formatUlid } from '../core/ids.ts';
import { isObject } from '../core/json.ts';
import type { InvocationIds } from '../core/log-record.ts';
import { readTraceparent } from '../core/telemetry/trace-context.ts';

/** A request as the rest of the gateway sees it, whichever shell took it. */
export interface Incoming {
  /** `req_…` */
  requestId: string;
  /** Epoch ms and `performance.now()` of the arrival. */
  at: number;
  started: number;
  method: string;
  /** As it was sent, percent-encoding included. */
  path: string;
  /** The pattern of the route that API Gateway found, such as `/v1/logs/{id}`. */
  resource: string;
  query: Record<string, string | undefined>;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  bearer: string | null;
  body: string;
  client: { user_agent: string | null; ip: string | null };
  ids: InvocationIds;
  /** The trace that the caller's `traceparent` names. */
  traceparent: string | null;
  /**
   * Aborted when the caller leaves, or with `gatewayStops` as its reason when the process ends. In event functions nobody says so
   * and it never is.
   */
  callerLeft: AbortSignal;
  /**
   * Takes the workspace's share of what this process can serve at once, until the answer has been sent. Throws `service_unavailable`
   * when there is none left. An event function serves one request at a time and always has one.
   */
  admit(workspaceId: string): void;
  /** Milliseconds until the function itself is ended. */
  remainingMs: number;
}

export interface InvocationContext {
  callerLeft?: AbortSignal;
  awsRequestId?: string;
  getRemainingTimeInMillis?: () => number;
}

const never = new AbortController().signal;
const idBytes = 10;

/** Never throws: whoever may invoke the function can send it anything, and gets an answer of the API. */
export function readIncoming(sent: APIGatewayProxyEvent, context: InvocationContext): Incoming {
  const event: Partial<APIGatewayProxyEvent> = isObject(sent) ? sent : {};
  const body = textOf(event.body);
  return toIncoming({
    method: textOf(event.httpMethod),
    path: textOf(event.path),
    resource: textOf(event.resource).slice(0, longestId),
    query: Object.fromEntries(textsOf(event.queryStringParameters)),
    headers: Object.fromEntries(textsOf(event.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
    ip: textOf(event.requestContext?.identity?.sourceIp) || null,
    ids: {
      gateway_request_id: idOf(event.requestContext?.requestId),
      gateway_extended_request_id: idOf(event.requestContext?.extendedRequestId),
      lambda_request_id: idOf(context.awsRequestId),
    },
    callerLeft: context.callerLeft ?? never,
    admit: () => {},
    remainingMs: context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
  });
}

type Told = Omit<Incoming, 'requestId' | 'at' | 'started' | 'bearer' | 'client' | 'traceparent'> & {
  ip: string | null;
};

/** What a shell tells of a request that has just come, with what follows from it. Names of headers are in lower case. */
export function toIncoming({ ip, ...told }: Told): Incoming {
  const at = Date.now();
  return {
    ...told,
    requestId: newId('req', at),
    at,
    started: performance.now(),
    bearer: bearerOf(told.headers),
    traceparent: readTraceparent(told.headers.traceparent),
    client: { user_agent: told.headers['user-agent']?.slice(0, 300) ?? null, ip },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Those of AWS have 36 characters at most; who invokes the function directly may send anything. */
const longestId = 100;

function idOf(value: unknown): string | null {
  return textOf(value).slice(0, longestId) || null;
}

function textsOf(value: unknown): [string, string][] {
  return Object.entries(isObject(value) ? value : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

/** Asking for random bytes costs more than the bytes. */
const random = Buffer.alloc(idBytes * 100);
let used = random.length;

export function newId(prefix: 'req' | 'ws' | 'ak' | 'pk', at: number): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += idBytes;
  return `${prefix}_${formatUlid(at, random.subarray(used - idBytes, used))}`;
}

function bearerOf(headers: Record<string, string | undefined>): string | null {
  const found = /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '');
  return found?.[1] ?? (headers.authorization?.trim() ? null : headers['x-api-key']?.trim() || null);
}
