import type { AttemptRecord, LogRecord } from '../log-record.ts';
import type { Failure } from './failure.ts';
import { formatRoute, type Hop, isOwn, type Verdict } from './policy.ts';
import type { Target } from './target.ts';

/** A provider's words, at most: they are told to callers and stored. */
const longest = { message: 4000, code: 200 };

/** Removes every trace of the credential from what a provider said, and whatever goes on for too long. */
export function redacted(failure: Failure, redact: (text: string) => string): Failure {
  return {
    ...failure,
    message: redact(failure.message.slice(0, longest.message)),
    code: failure.code && redact(failure.code.slice(0, longest.code)),
    ...(failure.param && { param: redact(failure.param.slice(0, longest.code)) }),
    ...(failure.hint !== undefined && { hint: redact(failure.hint) }),
    providerRequestId: failure.providerRequestId && redact(failure.providerRequestId),
  };
}

/** When a call was made, counted from the request's arrival, and how long it took. Milliseconds. */
export interface CallTiming {
  startedMs: number;
  ms: number;
}

/** One call as the request log keeps it; `failure` holds no trace of the credential any more. Null: it served. */
export function toAttemptRecord(
  target: Target,
  failure: Failure | null,
  { startedMs, ms }: CallTiming,
  region: string | null,
  providerRequestId: string | null,
): AttemptRecord {
  return {
    target: target.type,
    provider: target.provider,
    provider_key_id: isOwn(target) ? target.key.id : null,
    model: target.model,
    region,
    kind: failure?.kind ?? null,
    status: failure === null ? 200 : failure.status,
    code: failure?.code ?? null,
    message: failure?.message.slice(0, 1000) ?? null,
    provider_request_id: providerRequestId,
    started_ms: Math.round(startedMs),
    ms: Math.round(ms),
  };
}

/** What lists of records show of each: every write pays for them. */
const shown = { route: 500, message: 500 };

/**
 * How a request went, for whoever looks at a list: the route, and the failure that decided. `told`: what the caller was told; null: it was served.
 * A workspace has up to a hundred keys, so a long route is cut at a whole target.
 */
export function inShort(
  dispatched: { hops: Hop[]; verdict: Verdict } | null,
  attempts: AttemptRecord[],
  told: string | null,
): Pick<LogRecord, 'route' | 'kind' | 'message'> {
  const failed = attempts.findLast(({ kind }) => kind !== null);
  const kind = dispatched?.verdict.type === 'failed' ? dispatched.verdict.failure.kind : (failed?.kind ?? null);
  const route = formatRoute(dispatched?.hops ?? []);
  return {
    route: route === '' ? null : cut(route),
    kind,
    message: (told ?? failed?.message ?? null)?.slice(0, shown.message) ?? null,
  };
}

function cut(route: string): string {
  return route.length <= shown.route ? route : `${route.slice(0, route.lastIndexOf(', ', shown.route - 1))}, …`;
}
