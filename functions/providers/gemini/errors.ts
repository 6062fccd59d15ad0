import { isObject, type JsonObject } from '../../core/json.ts';
import type { Failure, FailureKind } from '../../core/routing/failure.ts';
import { brokenAnswer } from '../../dialects/gemini/read-answer.ts';
import type { ErrorTable } from '../http-definition.ts';
import { createErrorReader } from '../http-errors.ts';
import type { HttpProvider } from '../http-upstream.ts';

/**
 * https://ai.google.dev/gemini-api/docs/troubleshooting for the statuses; texts as Google's own client's issues report them:
 * https://github.com/google-gemini/gemini-cli/issues/24641 (location), https://github.com/googleapis/python-genai/issues/2065 (quota).
 */
const table: ErrorTable = {
  words: [
    {
      when: /user location is not supported/i,
      kind: 'permission',
      hint: 'Google does not serve the Gemini API where the gateway runs (https://ai.google.dev/gemini-api/docs/available-regions).',
    },
    { when: /API key (?:not (?:valid|found)|expired)|reported as leaked/i, kind: 'credential' },
    { when: /billing|prepayment credits/i, code: /^(FAILED_PRECONDITION|PERMISSION_DENIED)$/, kind: 'quota' },
  ],
  kinds: {
    UNAUTHENTICATED: 'credential',
    PERMISSION_DENIED: 'permission',
    NOT_FOUND: 'model_access',
    RESOURCE_EXHAUSTED: 'rate_limit',
    INVALID_ARGUMENT: 'bad_request',
    FAILED_PRECONDITION: 'bad_request',
    OUT_OF_RANGE: 'bad_request',
    UNIMPLEMENTED: 'bad_request',
    DEADLINE_EXCEEDED: 'timeout',
    INTERNAL: 'overloaded',
    UNKNOWN: 'overloaded',
    ABORTED: 'overloaded',
    CANCELLED: 'overloaded',
    UNAVAILABLE: 'overloaded',
  },
  hints: {
    credential: 'Check the key at https://aistudio.google.com/apikey, or store a new one.',
    permission: "Enable the Generative Language API in the key's project, and allow it in the key's restrictions.",
    quota: "The project's daily quota or credit is used up: see https://aistudio.google.com/usage, or set up billing.",
    model_access: "Check the model's id: https://ai.google.dev/gemini-api/docs/models.",
  },
};

/** `ErrorInfo.reason` (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto) says more than the status. */
const kindByReason: Record<string, FailureKind> = {
  API_KEY_INVALID: 'credential',
  API_KEY_EXPIRED: 'credential',
  CREDENTIALS_MISSING: 'credential',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'credential',
  SERVICE_DISABLED: 'permission',
  API_KEY_SERVICE_BLOCKED: 'permission',
  API_KEY_IP_ADDRESS_BLOCKED: 'permission',
  API_KEY_HTTP_REFERRER_BLOCKED: 'permission',
  CONSUMER_SUSPENDED: 'permission',
  CONSUMER_INVALID: 'permission',
  BILLING_DISABLED: 'quota',
};

const reader = createErrorReader('The Gemini API', table, null);

/** The Gemini API and its errors. It gives no id of a request in its headers. */
export const geminiProvider: HttpProvider = {
  name: 'the Gemini API',
  requestIdHeader: null,
  readErrorAnswer(status, headers, text) {
    const failure = reader.readErrorAnswer(status, headers, text);
    return withDetails(failure, errorOf(text));
  },
  findError: (parsed) =>
    reader.findError(parsed) ?? (isObject(parsed) && brokenAnswer(parsed) !== null ? parsed : undefined),
  readError(error) {
    const broken = isObject(error) ? brokenAnswer(error) : null;
    return broken ?? withDetails(reader.readError(error), isObject(error) ? error : null);
  },
};

function errorOf(text: string): JsonObject | null {
  try {
    const error = reader.findError(JSON.parse(text));
    return isObject(error) ? error : null;
  } catch {
    return null;
  }
}

/** The status name is the code; `code` is the HTTP status again. Quotas per day do not pass in a minute. */
function withDetails(failure: Failure, error: JsonObject | null): Failure {
  const details = Array.isArray(error?.details) ? error.details.filter(isObject) : [];
  const code = typeof error?.status === 'string' ? error.status : failure.code;
  const reason = details.map((detail) => detail.reason).find((each) => typeof each === 'string');
  const kind = kindOf(failure.kind, typeof reason === 'string' ? reason : '', details);
  const hint = kind === failure.kind ? failure.hint : table.hints?.[kind];
  const seconds = details.flatMap(({ retryDelay }) => /^(\d+(?:\.\d+)?)s$/.exec(String(retryDelay))?.[1] ?? [])[0];
  const { hint: _hint, ...rest } = failure;
  return {
    ...rest,
    kind,
    code,
    ...(hint !== undefined && { hint }),
    ...(seconds !== undefined && { retryAfterMs: Math.ceil(Number(seconds) * 1000) }),
    // Quotas are counted for each model: https://ai.google.dev/gemini-api/docs/rate-limits.
    ...(kind === 'quota' && code === 'RESOURCE_EXHAUSTED' && { modelOnly: true }),
  };
}

function kindOf(kind: FailureKind, reason: string, details: JsonObject[]): FailureKind {
  if (kind === 'rate_limit') {
    const violations = details.flatMap((detail) => (Array.isArray(detail.violations) ? detail.violations : []));
    const daily = violations.some((violation) => isObject(violation) && /PerDay/i.test(String(violation.quotaId)));
    return daily ? 'quota' : kind;
  }
  return (Object.hasOwn(kindByReason, reason) ? kindByReason[reason] : undefined) ?? kind;
}
