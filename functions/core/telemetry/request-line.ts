import type { AttemptRecord, LogRecord } from '../log-record.ts';
import { type Directive, embed, type MetricName } from './metrics.ts';

export interface LineOptions {
  /** CloudWatch's namespace of the metrics: one for each stack. */
  namespace: string;
  /** The providers that there are; another name in a record counts as `other`. */
  providers: ReadonlySet<string>;
}

/** What of a record a line holds at most: the record itself has it whole. */
const longest = { id: 200, model: 200, message: 300, attempts: 4 };

/** Metrics by provider and credential; the others have no dimension. Each pair that is used makes one series of each. */
const byProvider: MetricName[] = ['requests', 'errors', 'first_byte_ms', 'upstream_cost_usd'];

/**
 * Whether neither a caller nor a provider is the cause. `provider_secret_unavailable` is not among them: whoever asks for a provider that
 * the platform has no credential for is told so, and may ask as often as they like.
 */
export function isOwnError(code: string | null): boolean {
  return code === 'internal_error' || code === 'service_unavailable';
}

/**
 * A log record as one line of JSON with its metrics (metrics.ts). What the record has not is not in the line. Workspace, keys, model and
 * ids are properties that Logs Insights finds, never dimensions.
 */
export function toRequestLine(record: LogRecord, { namespace, providers }: LineOptions): string {
  const providerMs = record.total_ms - record.gateway_ms;
  const values: Partial<Record<MetricName, number>> = {
    requests: 1,
    ...(record.error_code !== null && { errors: 1 }),
    ...(isOwnError(record.error_code) && { gateway_errors: 1 }),
    ...(record.fallback_triggered && { fallbacks: 1 }),
    ...(began(record) && { mid_stream_failures: brokeOff(record) ? 1 : 0 }),
    ...(record.stream && record.first_byte_ms !== null && { first_byte_ms: record.first_byte_ms }),
    gateway_ms: record.gateway_ms,
    ...(record.attempts.length > 0 && { provider_ms: providerMs }),
    ...(record.usage !== null && {
      prompt_tokens: record.usage.prompt_tokens,
      completion_tokens: record.usage.completion_tokens,
    }),
    ...dollars('cost_usd', record.cost),
    ...dollars('upstream_cost_usd', record.upstream_cost),
  };
  const names = Object.keys(values) as MetricName[];
  const directives: Directive[] = [{ dimensions: [], metrics: names }];
  if (record.provider !== null && record.credential !== null)
    directives.push({
      dimensions: ['provider', 'credential'],
      metrics: byProvider.filter((name) => values[name] !== undefined),
    });
  if (record.error_code !== null) directives.push({ dimensions: ['kind'], metrics: ['errors'] });
  return JSON.stringify({
    // The end, not the beginning: CloudWatch's alarms look at the last minutes, and a stream may have begun long before.
    _aws: embed(namespace, Date.parse(record.at) + record.total_ms, directives),
    request_id: record.request_id,
    gateway_request_id: record.gateway_request_id ?? undefined,
    gateway_extended_request_id: record.gateway_extended_request_id ?? undefined,
    lambda_request_id: record.lambda_request_id ?? undefined,
    workspace_id: record.workspace_id,
    api_key_id: record.api_key_id,
    endpoint: record.endpoint,
    model: record.model?.slice(0, longest.model),
    stream: record.stream,
    status: record.status,
    error_code: record.error_code ?? undefined,
    kind: kindOf(record),
    message: record.error_code === null ? undefined : record.message?.slice(0, longest.message),
    credential: record.credential ?? undefined,
    provider: record.provider === null ? undefined : known(record.provider, providers),
    provider_key_id: record.provider_key_id ?? undefined,
    provider_request_id: record.provider_request_id?.slice(0, longest.id),
    finish_reason: record.finish_reason ?? undefined,
    settled: record.settled ? undefined : false,
    total_ms: record.total_ms,
    // The one that served says nothing more.
    failed_attempts: toldAttempts(record.attempts.filter(({ kind }) => kind !== null)),
    ...values,
  });
}

/** Whether its content had begun to go out: what came after is no matter of statuses any more. */
function began({ stream, first_byte_ms }: LogRecord): boolean {
  return stream && first_byte_ms !== null;
}

/** Whether a stream that had begun ended badly, and not because the caller left. */
function brokeOff({ error_code }: LogRecord): boolean {
  return error_code !== null && error_code !== 'client_closed_request';
}

/** The kind of the failure that the caller was told, or else the error's own code, as of what is Keyway's own fault. */
function kindOf({ error_code, kind }: LogRecord): string | undefined {
  if (error_code === null) return undefined;
  return isOwnError(error_code) ? error_code : (kind ?? error_code);
}

function known(provider: string, providers: ReadonlySet<string>): string {
  return providers.has(provider) ? provider : 'other';
}

function dollars(name: 'cost_usd' | 'upstream_cost_usd', usd: string | null): Partial<Record<MetricName, number>> {
  const value = Number(usd ?? 0);
  return value === 0 ? {} : { [name]: value };
}

function toldAttempts(attempts: AttemptRecord[]): object[] | undefined {
  if (attempts.length === 0) return undefined;
  return attempts.slice(0, longest.attempts).map((each) => ({
    target: each.target,
    provider: each.provider,
    provider_key_id: each.provider_key_id ?? undefined,
    region: each.region ?? undefined,
    kind: each.kind ?? undefined,
    status: each.status ?? undefined,
    code: each.code ?? undefined,
    message: each.message?.slice(0, longest.message),
    provider_request_id: each.provider_request_id?.slice(0, longest.id),
    ms: each.ms,
  }));
}
