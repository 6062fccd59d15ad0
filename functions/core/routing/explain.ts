import type { SpendCap } from '../billing/spend-caps.ts';
import { type ErrorCode, GatewayError } from '../errors.ts';
import type { AttemptRecord } from '../log-record.ts';
import { dispositions, type Failure, type FailureKind } from './failure.ts';
import { isOwn } from './policy.ts';
import type { Target } from './target.ts';

/** How each failure is told to the caller (docs/errors.md). */
const codes: Record<FailureKind, ErrorCode> = {
  credential: 'provider_credential_invalid',
  permission: 'provider_permission_denied',
  rate_limit: 'provider_rate_limited',
  quota: 'provider_quota_exceeded',
  model_access: 'model_not_found',
  overloaded: 'provider_unavailable',
  timeout: 'provider_timeout',
  network: 'provider_error',
  secret_unavailable: 'provider_secret_unavailable',
  bad_request: 'invalid_request',
  content_filter: 'invalid_request',
  cancelled: 'client_closed_request',
};

function codeOf(failure: Failure): ErrorCode {
  if (failure.unprocessable) return 'validation_error';
  if (failure.stopped) return 'service_unavailable';
  return failure.kind === 'overloaded' && failure.garbled ? 'provider_error' : codes[failure.kind];
}

/** What the caller is told when this failure is the answer. `failure` holds no trace of the credential any more. */
export function explain(target: Target, failure: Failure, attempts: AttemptRecord[]): GatewayError {
  const whose = isOwn(target)
    ? `Your ${target.provider} key${named(target.key.label)}`
    : `The platform's ${target.provider} credential`;
  return new GatewayError(codeOf(failure), messageOf(target, failure, whose), {
    param: failure.param ?? (failure.kind === 'model_access' ? 'model' : null),
    hint: hintFor(target, failure),
    shouldRetry: dispositions[failure.kind].shouldRetry,
    ...(failure.retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(failure.retryAfterMs / 1000) }),
    ...(spoken(failure) && {
      providerError: {
        provider: target.provider,
        status: failure.status,
        code: failure.code,
        message: failure.message,
        request_id: failure.providerRequestId,
      },
    }),
    attempts: attempts.map((each) => ({
      target: each.provider_key_id === null ? 'platform' : `byok(${each.provider_key_id})`,
      kind: each.kind,
      status: each.status,
      ms: each.ms,
    })),
  });
}

/** The same answer, which also says why the platform did not step in. */
export function withCap(error: GatewayError, cap: SpendCap | null): GatewayError {
  if (cap === null) return error;
  const why = `Platform credentials did not step in: ${cap.name} is reached.`;
  return new GatewayError(error.code, error.message, {
    ...error.details,
    hint: error.details.hint === undefined ? why : `${error.details.hint} ${why}`,
  });
}

function messageOf(target: Target, failure: Failure, whose: string): string {
  const { kind, status, message, local } = failure;
  if (failure.stopped) return message;
  const own = message !== '' && status === null;
  // What adapters say about the way to a provider is a sentence of its own.
  if (own && kind === 'network') return message;
  const start = headline(kind, whose, target);
  if (own && (kind === 'timeout' || (kind === 'bad_request' && local))) return `${start} ${message}`;
  return spoken(failure) ? `${start} ${target.provider}: ${message}` : start;
}

/** Whether these are the provider's own words, not ours about the way to it. */
function spoken(failure: Failure): boolean {
  return (
    !failure.local &&
    failure.message !== '' &&
    (failure.status !== null || (failure.code !== null && failure.kind !== 'network' && failure.kind !== 'timeout'))
  );
}

function headline(kind: FailureKind, whose: string, target: Target): string {
  switch (kind) {
    case 'credential':
      return `${whose} was refused.`;
    case 'permission':
      return `${whose} lacks permission for ${target.model}.`;
    case 'rate_limit':
      return `${whose} is rate limited.`;
    case 'quota':
      return `${whose} has used up its quota.`;
    case 'model_access':
      return `${whose} has no access to a model ${target.model}.`;
    case 'secret_unavailable':
      return `The secret of this key cannot be read. ${whose} was not used.`;
    case 'overloaded':
      return `${target.provider} is overloaded or failing.`;
    case 'timeout':
      return `${target.provider} did not answer in time.`;
    case 'network':
      return `The connection to ${target.provider} failed.`;
    case 'bad_request':
      return `${target.provider} does not take this request.`;
    case 'content_filter':
      return `${target.provider} refused this content.`;
    case 'cancelled':
      return 'The caller left.';
  }
}

function hintFor(target: Target, failure: Failure): string | undefined {
  if (!isOwn(target)) return failure.hint === undefined ? undefined : `Platform credential: ${failure.hint}`;
  const key = `the ${target.provider} key${named(target.key.label)} (${target.key.id})`;
  switch (failure.kind) {
    case 'credential':
      return `Replace the credential of ${key} with PATCH /v1/provider-keys/${target.key.id}.${failure.hint === undefined ? '' : ` ${failure.hint}`}`;
    case 'secret_unavailable':
      return `Store the credential of ${key} again with PATCH /v1/provider-keys/${target.key.id}.`;
    case 'rate_limit':
      return failure.hint ?? `Wait, raise the limit at the provider, or add another key beside ${key}.`;
    case 'quota':
      return `Check billing and quota of the account that ${key} belongs to.${failure.hint === undefined ? '' : ` ${failure.hint}`}`;
    case 'permission':
    case 'model_access':
      return `${failure.hint ?? 'Check what the key may do at the provider.'} This concerns ${key}.`;
    default:
      return failure.hint;
  }
}

function named(label: string | null): string {
  return label === null ? '' : ` ${JSON.stringify(label)}`;
}
