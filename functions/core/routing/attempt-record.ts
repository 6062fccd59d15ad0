import type { AttemptRecord } from '../log-record.ts';
import type { Failure } from './failure.ts';
import { isOwn } from './policy.ts';
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
