/**
 * What a provider (or the way to it) did wrong: it drives the policy and the log.
 * What the caller is told is a `GatewayError` (errors.ts); the two never mix.
 */
export const failureKinds = [
  'credential',
  'permission',
  'rate_limit',
  'quota',
  'model_access',
  'overloaded',
  'timeout',
  'network',
  'secret_unavailable',
  'bad_request',
  'content_filter',
  'cancelled',
] as const;

export type FailureKind = (typeof failureKinds)[number];

export interface Failure {
  kind: FailureKind;
  /** The provider's HTTP status; null when there was no answer. */
  status: number | null;
  /** The provider's own error code or exception name. */
  code: string | null;
  /** The provider's own words. Dispatch removes every trace of the credential before anyone sees it. */
  message: string;
  /** The request field that is at fault, for `bad_request`. */
  param?: string | null;
  /** What the tenant can do about it, one sentence, when the adapter knows better than the general hint of the kind. */
  hint?: string;
  retryAfterMs?: number;
  providerRequestId: string | null;
  /** True when no call was made: the adapter knew without asking (expired key, parameter that cannot be taken). */
  local?: boolean;
  /** True when the request itself is at fault beyond what this provider can take: told as 422 `validation_error`. */
  unprocessable?: boolean;
  /** True when it is about the one model that was asked for, where the kind alone would say the whole key: a model's own daily quota. */
  modelOnly?: boolean;
  /** True when the call was made twice already: an old connection broke, then a new one. It is not made a third time. */
  repeated?: boolean;
  /** True when the gateway ended the call because its own process ends: told as 503 `service_unavailable`, nobody is to blame. */
  stopped?: boolean;
  /** True when an answer came but made no sense (HTML, cut JSON): told as 502 instead of 503. */
  garbled?: boolean;
}

/** How a request fails whose process ends. */
export const stoppedFailure: Failure = {
  kind: 'timeout',
  status: null,
  code: null,
  message: 'The gateway is being stopped. Repeat the request: another server takes it.',
  providerRequestId: null,
  retryAfterMs: 1000,
  stopped: true,
};

export interface Disposition {
  /** Whether the next target may be tried. */
  next: boolean;
  /** Whether the last target is tried once more. */
  retryLast: boolean;
  /** How far a cooldown reaches. */
  cooldown: 'key' | 'model' | 'none';
  /** False tells the official clients not to repeat the request. */
  shouldRetry: boolean;
}

const stop: Disposition = { next: false, retryLast: false, cooldown: 'none', shouldRetry: false };
const final: Disposition = { next: true, retryLast: false, cooldown: 'key', shouldRetry: false };
const passing: Disposition = { next: true, retryLast: true, cooldown: 'none', shouldRetry: true };

/** The table of docs/api.md, "Credentials and fallback". */
export const dispositions: Record<FailureKind, Disposition> = {
  credential: final,
  permission: { ...final, cooldown: 'model' },
  quota: final,
  rate_limit: { next: true, retryLast: false, cooldown: 'model', shouldRetry: true },
  model_access: { next: true, retryLast: false, cooldown: 'model', shouldRetry: true },
  overloaded: passing,
  // The first call may still be running, and is paid: the same target is not called again.
  timeout: { ...passing, retryLast: false },
  network: passing,
  secret_unavailable: { next: true, retryLast: false, cooldown: 'none', shouldRetry: true },
  bad_request: stop,
  content_filter: stop,
  cancelled: stop,
};

/** Whether another version of the credential may do better. */
export function isRefusedCredential({ kind }: Failure): boolean {
  return kind === 'credential';
}

/** How far the cooldown after a failure reaches. */
export function reachOf({ kind, modelOnly }: Failure): Disposition['cooldown'] {
  const { cooldown } = dispositions[kind];
  return cooldown === 'key' && modelOnly ? 'model' : cooldown;
}
