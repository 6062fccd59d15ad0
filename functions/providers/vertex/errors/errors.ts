import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import { recogniseOverflow } from '../../../core/routing/context-overflow.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { parseRetryAfter } from '../../../transport/retry-after.ts';
import { type Place, type Seen, vertexRules } from './error-rules.ts';
import { tokenRules } from './token-rules.ts';

/** What came back instead of an answer. */
interface Refused {
  status: number;
  text: string;
  headers: { get(name: string): string | null };
}

/** Longer messages are pages or dumps, not messages. */
const longestMessage = 2000;

/** Classifies an answer of Vertex AI that is no success. */
export function readRefusal(refused: Refused, place: Place): Failure {
  const error = findError(parseJson(refused.text));
  const failure = error
    ? readError(error, place, refused.status)
    : garbled(
        `Vertex AI answered ${refused.status} with something that is no error of its own.`,
        refused.status,
        place,
      );
  const waited = parseRetryAfter(refused.headers.get('retry-after'), Date.now()) ?? failure.retryAfterMs;
  return {
    ...failure,
    providerRequestId: requestIdOf(refused.headers),
    ...(waited !== undefined && { retryAfterMs: waited }),
  };
}

/** The request id where Vertex AI gives one: models of partners do, Gemini does not. */
function requestIdOf(headers: { get(name: string): string | null }): string | null {
  return headers.get('request-id') ?? headers.get('x-request-id');
}

/**
 * The error object in a body or in the data of a stream's event: `{error}`, or `[{error}]` from the OpenAI endpoint and
 * from streams that are not server-sent events. Null when there is none.
 */
export function findError(body: unknown): JsonObject | null {
  const holder = Array.isArray(body) ? body[0] : body;
  return isObject(holder) && isObject(holder.error) ? holder.error : null;
}

/** Classifies `{code, message, status, details}` (https://cloud.google.com/apis/design/errors) or Anthropic's `{type, message}`. */
export function readError(
  error: JsonObject,
  place: Place,
  httpStatus: number | null = null,
  rules: typeof vertexRules = vertexRules,
): Failure {
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : [];
  const info = details.find((detail) => String(detail['@type']).endsWith('google.rpc.ErrorInfo'));
  const code = typeof error.status === 'string' ? error.status : typeof error.type === 'string' ? error.type : null;
  const message =
    typeof error.message === 'string' && error.message !== '' ? error.message : 'Vertex AI gave no message.';
  const seen: Seen = {
    reason: typeof info?.reason === 'string' ? info.reason : '',
    code: code ?? '',
    // Which quota ran out stands in the details (QuotaFailure, ErrorInfo), not always in the message.
    words: details.length > 0 ? `${message} ${JSON.stringify(details)}` : message,
    status: httpStatus !== null && httpStatus >= 400 ? httpStatus : typeof error.code === 'number' ? error.code : 500,
  };
  const failure = classify(rules, seen, place);
  const retry = details.map((detail) => detail.retryDelay).find((delay) => typeof delay === 'string');
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(typeof retry === 'string' ? retry : '')?.[1];
  return recogniseOverflow({
    ...failure,
    status: httpStatus === 200 ? (typeof error.code === 'number' ? error.code : null) : (httpStatus ?? seen.status),
    code: code ?? (seen.reason === '' ? null : seen.reason),
    message: message.slice(0, longestMessage),
    providerRequestId: null,
    ...(seconds !== undefined && { retryAfterMs: Math.ceil(Number(seconds) * 1000) }),
  });
}

/** Classifies an answer of Google's token endpoint: `{error, error_description}` (RFC 6749 §5.2). */
export function readTokenRefusal(refused: Refused, place: Place, rules: typeof tokenRules = tokenRules): Failure {
  const body = parseJson(refused.text);
  const code = isObject(body) && typeof body.error === 'string' ? body.error : null;
  if (code === null) {
    const nested = findError(body);
    return nested
      ? readError(nested, place, refused.status, rules === tokenRules ? vertexRules : rules)
      : garbled(
          `Google's token endpoint answered ${refused.status} with something that is no error of its own.`,
          refused.status,
          place,
        );
  }
  const description = isObject(body) && typeof body.error_description === 'string' ? body.error_description : '';
  const failure = classify(rules, { reason: '', code, words: description, status: refused.status }, place);
  const waited = parseRetryAfter(refused.headers.get('retry-after'), Date.now());
  return {
    ...failure,
    status: refused.status,
    code,
    message: `${code}: ${description}`.slice(0, longestMessage),
    providerRequestId: null,
    ...(waited !== undefined && { retryAfterMs: waited }),
  };
}

/** The call or its answer broke off. */
export function readBreak(error: unknown, signal: AbortSignal): Failure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  // undici's own limits on waiting for headers and body, and the system's on connecting.
  const timedOut = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'ETIMEDOUT';
  const message = signal.aborted
    ? 'The call was ended.'
    : timedOut
      ? 'Google did not answer in time.'
      : 'The connection to Google failed.';
  return {
    kind: signal.aborted ? 'cancelled' : timedOut ? 'timeout' : 'network',
    status: null,
    code,
    message,
    providerRequestId: null,
  };
}

/** An answer that says success and makes no sense. */
export function readNonsense(status: number): Failure {
  return {
    kind: 'overloaded',
    status,
    code: null,
    message: 'Google sent an answer that cannot be read.',
    providerRequestId: null,
    garbled: true,
  };
}

function garbled(message: string, status: number, place: Place): Failure {
  const failure = classify(vertexRules, { reason: '', code: '', words: '', status }, place);
  return { ...failure, status, code: null, message, providerRequestId: null, garbled: true };
}

/** How Google names quotas that each model has for itself: `…_per_project_per_base_model`, `GenerateRequestsPerDayPerProjectPerModel`. */
const ofOneModel = /per[_ ]?(?:base[_ ]?)?model|base model/i;

function classify(rules: typeof vertexRules, seen: Seen, place: Place): Pick<Failure, 'kind' | 'modelOnly' | 'hint'> {
  const rule = rules.find(({ when }) => {
    if (when.reason && !when.reason.test(seen.reason)) return false;
    if (when.code && !when.code.test(seen.code)) return false;
    if (when.words && !when.words.test(seen.words)) return false;
    return !when.status || when.status(seen.status);
  });
  const kind = rule?.kind ?? 'overloaded';
  return {
    kind,
    ...(kind === 'quota' && ofOneModel.test(seen.words) && { modelOnly: true }),
    ...(rule?.hint && { hint: rule.hint(place) }),
  };
}
