import { formatUsd } from './billing/money.ts';
import type { FailureKind } from './routing/failure.ts';

/** Under which ids AWS knows a request: callers see API Gateway's in `x-amzn-requestid` and `x-amz-apigw-id`. Null: there is none. */
export interface InvocationIds {
  gateway_request_id: string | null;
  gateway_extended_request_id: string | null;
  lambda_request_id: string | null;
}

/** One item of the request log, as stored and as shown (docs/api.md). Metadata only: no prompt, no completion, no credential. */
export interface LogRecord extends InvocationIds {
  request_id: string;
  workspace_id: string;
  api_key_id: string;
  /** When the request came, ISO 8601 UTC. */
  at: string;
  endpoint: string;
  model: string | null;
  stream: boolean;
  /** What the caller got; 499 when the caller left. */
  status: number;
  error_code: string | null;
  /** Every target in order, as `x-keyway-route` says it; null when there was none. */
  route: string | null;
  /** The failure that decided: the one that the caller was told, or after which the platform served. Null when there was none. */
  kind: FailureKind | null;
  /** What the caller was told, or what the provider said before the platform served; null when all went well. */
  message: string | null;
  /** Only in records that the sweep wrote for requests that broke off. */
  error_message?: string;
  credential: 'byok' | 'platform' | null;
  provider: string | null;
  provider_key_id: string | null;
  provider_model: string | null;
  provider_request_id: string | null;
  fallback_triggered: boolean;
  attempts: AttemptRecord[];
  usage: { prompt_tokens: number; completion_tokens: number; cached_tokens: number; reasoning_tokens: number } | null;
  /** True when the provider reported no usage and the counts are an estimate from what was delivered. */
  usage_estimated: boolean;
  /** Charged to credits. */
  cost: string;
  /** False when `cost` could not be taken from the balance at once; the sweep takes it then. */
  settled: boolean;
  /** What the provider charges for it, whoever pays; null when the price is not known. */
  upstream_cost: string | null;
  first_byte_ms: number | null;
  total_ms: number;
  /** Time spent outside provider calls. */
  gateway_ms: number;
  finish_reason: string | null;
  dropped_params: string[];
  client: { user_agent: string | null; ip: string | null };
  /** The caller's trace (core/telemetry/trace-context.ts); absent when it named none. */
  traceparent?: string;
  /** Epoch seconds, for DynamoDB's TTL. */
  expires_at: number;
}

/** What is known of a request whose function ended before it could write its record: that credit was held for it. */
export function brokenOffRecord(
  request: { requestId: string; workspaceId: string; apiKeyId: string | null; at: number },
  retentionDays: number,
): LogRecord {
  return {
    request_id: request.requestId,
    gateway_request_id: null,
    gateway_extended_request_id: null,
    lambda_request_id: null,
    workspace_id: request.workspaceId,
    api_key_id: request.apiKeyId ?? unknown,
    at: new Date(request.at).toISOString(),
    endpoint: unknown,
    model: null,
    stream: false,
    status: 500,
    error_code: 'internal_error',
    route: null,
    kind: null,
    message: brokenOff,
    error_message: brokenOff,
    credential: 'platform',
    provider: null,
    provider_key_id: null,
    provider_model: null,
    provider_request_id: null,
    fallback_triggered: false,
    attempts: [],
    usage: null,
    usage_estimated: true,
    cost: formatUsd(0),
    settled: true,
    upstream_cost: null,
    first_byte_ms: null,
    total_ms: 0,
    gateway_ms: 0,
    finish_reason: null,
    dropped_params: [],
    client: { user_agent: null, ip: null },
    expires_at: Math.floor(request.at / 1000) + retentionDays * 86_400,
  };
}

const unknown = 'unknown';
const brokenOff = 'The function ended before the answer was settled.';

/** Whether a record is such a one: the request may still end, if its process was only suspended, and then says more. */
export function isBrokenOff(record: Pick<LogRecord, 'error_message'>): boolean {
  return record.error_message !== undefined;
}

export interface AttemptRecord {
  target: 'byok' | 'platform';
  provider: string;
  provider_key_id: string | null;
  /** What the provider was asked for. Absent in records older than the field, as `started_ms` is. */
  model?: string;
  region: string | null;
  /** Null when the attempt served. */
  kind: FailureKind | null;
  status: number | null;
  code: string | null;
  message: string | null;
  provider_request_id: string | null;
  /** From the request's arrival to the call. */
  started_ms?: number;
  ms: number;
}

export interface LogQuery {
  /** Epoch ms, inclusive. */
  from: number;
  to: number;
  status: string | null;
  kind: string | null;
  model: string | null;
  provider: string | null;
  credential: string | null;
  providerKeyId: string | null;
  apiKeyId: string | null;
  providerRequestId: string | null;
  limit: number;
  cursor: string | null;
}

/** Whether a record passes the filters of `GET /v1/logs`; the time span is the store's business. */
export function matchesQuery(record: LogRecord, query: LogQuery): boolean {
  const { status, kind, model, provider, credential, providerKeyId, apiKeyId, providerRequestId } = query;
  if (kind !== null && record.kind !== kind && !record.attempts.some((a) => a.kind === kind)) return false;
  if (apiKeyId !== null && record.api_key_id !== apiKeyId) return false;
  if (
    providerRequestId !== null &&
    record.provider_request_id !== providerRequestId &&
    !record.attempts.some((a) => a.provider_request_id === providerRequestId)
  )
    return false;
  if (model !== null && record.model !== model) return false;
  if (provider !== null && record.provider !== provider && !record.attempts.some((a) => a.provider === provider))
    return false;
  if (credential !== null && record.credential !== credential) return false;
  if (
    providerKeyId !== null &&
    record.provider_key_id !== providerKeyId &&
    !record.attempts.some((a) => a.provider_key_id === providerKeyId)
  )
    return false;
  if (status === null) return true;
  if (status === 'success') return record.error_code === null;
  if (status === 'error') return record.error_code !== null;
  return record.error_code === status || String(record.status) === status;
}
