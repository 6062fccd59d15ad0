import type { JsonObject } from './json.ts';
import { SecretUnavailable, StoreUnavailable } from './ports.ts';

/** The reason with which requests are ended because their process ends. Nothing is tried for them any more. */
export const gatewayStops = Symbol('gateway stops');

/** What a caller is told. Status and type of each code: docs/errors.md. */
export const errorStatuses = {
  invalid_request: 400,
  unauthorized: 401,
  provider_credential_invalid: 401,
  insufficient_credits: 402,
  spend_cap_reached: 402,
  forbidden: 403,
  key_disabled: 403,
  workspace_suspended: 403,
  provider_permission_denied: 403,
  not_found: 404,
  model_not_found: 404,
  conflict: 409,
  request_too_large: 413,
  validation_error: 422,
  rate_limit_exceeded: 429,
  provider_rate_limited: 429,
  provider_quota_exceeded: 429,
  client_closed_request: 499,
  internal_error: 500,
  provider_error: 502,
  provider_secret_unavailable: 502,
  provider_unavailable: 503,
  service_unavailable: 503,
  provider_timeout: 504,
} as const;

export type ErrorCode = keyof typeof errorStatuses;

export interface ErrorDetails {
  param?: string | null;
  hint?: string;
  /** False tells the official clients not to repeat the request. */
  shouldRetry?: boolean;
  retryAfterSeconds?: number;
  providerError?: {
    provider: string;
    status: number | null;
    code: string | null;
    message: string;
    request_id: string | null;
  };
  attempts?: { target: string; kind: string | null; status: number | null; ms: number }[];
  /** Answer headers beside the ones that every answer has. */
  headers?: Record<string, string>;
}

export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** Whether the request that it ended has its record in the log. */
  recorded = false;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorStatuses[this.code];
  }

  /** The answer headers that tell clients whether and when to come back. */
  headers(): Record<string, string> {
    const { shouldRetry, retryAfterSeconds, headers } = this.details;
    return {
      ...(shouldRetry === false && { 'x-should-retry': 'false' }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...headers,
    };
  }
}

/** What the caller is told of an error that nobody foresaw: nothing but whether to come back. */
export function fromUnforeseen(error: unknown): GatewayError {
  if (error instanceof StoreUnavailable || (error instanceof SecretUnavailable && !error.missing)) {
    return new GatewayError('service_unavailable', 'The gateway cannot reach one of its own stores at the moment.', {
      retryAfterSeconds: 1,
    });
  }
  return new GatewayError('internal_error', 'The gateway failed. The request id leads operators to the reason.');
}

/** What the function's log may say of an error wherever its message may hold anything. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** One line for the function's log: messages of unforeseen errors may hold anything, so only names and places are kept. */
export function describeUnforeseen(error: unknown): string {
  if (error instanceof StoreUnavailable || error instanceof SecretUnavailable) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  // The stack begins with the message, whose lines may look like places.
  const places = error.stack?.slice(Math.max(0, error.stack.indexOf(error.message)) + error.message.length);
  const frames = places?.split('\n').filter((line) => /^ +at /.test(line)) ?? [];
  return [error.name, ...frames.slice(0, 5)].join('\n');
}

/** OpenAI's error types, so that clients which look at `type` see what they know. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'billing_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** The error body of docs/errors.md. */
export function toWire(error: GatewayError, requestId: string): JsonObject {
  const { param, hint, retryAfterSeconds, providerError, attempts } = error.details;
  return {
    error: {
      message: error.message,
      type: typeOf(error.status),
      code: error.code,
      param: param ?? null,
      ...(providerError && { provider_error: providerError }),
      ...(attempts && { attempts }),
      ...(hint !== undefined && { hint }),
      ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
    },
    request_id: requestId,
  };
}
