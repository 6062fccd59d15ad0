import type { IncomingHttpHeaders } from 'node:http';
import { isObject, parseJson } from '../../core/json.ts';
import { recogniseOverflow } from '../../core/routing/context-overflow.ts';
import type { Failure, FailureKind } from '../../core/routing/failure.ts';
import { headerText, readRetryAfter } from '../../transport/http-client.ts';

/**
 * OpenAI's errors by code, then type, then message, then status: statuses alone lie (429 is a rate limit or an empty account).
 * Sources: platform.openai.com/docs/guides/error-codes, help.openai.com article 6614457, recorded answers.
 */
const kindByCode: Record<string, FailureKind> = {
  invalid_api_key: 'credential',
  account_deactivated: 'credential',
  // Told as type, and by newer answers as code, too: https://github.com/ztjhz/BetterChatGPT/issues/105.
  access_terminated: 'credential',
  ip_not_authorized: 'credential',
  unsupported_country_region_territory: 'permission',
  model_not_found: 'model_access',
  insufficient_quota: 'quota',
  credit_balance_exhausted: 'quota',
  organization_spend_limit_exceeded: 'quota',
  project_spend_limit_exceeded: 'quota',
  organization_usage_limit_exceeded: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  rate_limit_exceeded: 'rate_limit',
  slow_down: 'rate_limit',
  server_is_overloaded: 'overloaded',
  server_error: 'overloaded',
  content_policy_violation: 'content_filter',
  content_filter: 'content_filter',
  // What reasoning models say of a flagged prompt: https://github.com/BeehiveInnovations/pal-mcp-server/issues/178.
  invalid_prompt: 'content_filter',
  context_length_exceeded: 'bad_request',
};

const kindByType: Record<string, FailureKind> = {
  insufficient_quota: 'quota',
  rate_limit_error: 'rate_limit',
  requests: 'rate_limit',
  tokens: 'rate_limit',
  server_error: 'overloaded',
  service_unavailable_error: 'overloaded',
  request_forbidden: 'permission',
  authentication_error: 'credential',
  permission_error: 'permission',
  access_terminated: 'credential',
};

export interface OpenAiError {
  status: number | null;
  code: string | null;
  type: string | null;
  message: string;
  param: string | null;
}

/**
 * The model answers at another endpoint: 404 or 403, as if the account had no access to it (https://github.com/SciSharp/BotSharp/pull/959,
 * https://github.com/continuum-llms/chatgpt-memory/issues/30). That is the request's fault alone.
 */
const atAnotherEndpoint = /supported in (?:the )?v1\/|not allowed to generate embeddings from this model/i;
/** Each model has a limit per day for itself (platform.openai.com/docs/guides/rate-limits). */
const ofOneModel = /per day|\bRPD\b|\bTPD\b/i;

function kindOf({ status, code, type, message }: OpenAiError): FailureKind {
  if (status !== null && status >= 400 && status < 500 && atAnotherEndpoint.test(message)) return 'bad_request';
  const kind = find(kindByCode, code) ?? find(kindByType, type) ?? kindOfStatus(status);
  // Restricted keys without the scope of the operation: 401, with no code, and yet not a wrong key.
  if (kind === 'credential' && /missing scopes|insufficient permissions/i.test(message)) return 'permission';
  // Limits per day and month do not pass in a minute, and an empty account does not fill up: waiting does not help.
  if (kind === 'rate_limit' && /per day|\bRPD\b|\bTPD\b|per month|exceeded your current quota/i.test(message))
    return 'quota';
  return kind;
}

/** The name comes from outside: `constructor` is no entry. */
function find(table: Record<string, FailureKind>, name: string | null): FailureKind | undefined {
  return name !== null && Object.hasOwn(table, name) ? table[name] : undefined;
}

function kindOfStatus(status: number | null): FailureKind {
  if (status === 401) return 'credential';
  if (status === 402) return 'quota';
  if (status === 403) return 'permission';
  if (status === 404) return 'model_access';
  if (status === 429) return 'rate_limit';
  if (status === 408) return 'timeout';
  if (status !== null && status >= 400 && status < 500) return 'bad_request';
  return 'overloaded';
}

const hints: Partial<Record<FailureKind, string>> = {
  permission: "Check the key's permissions and the project's allowed models at platform.openai.com.",
  quota: 'Check plan, billing and spend limits of the OpenAI organisation or project that the key belongs to.',
  model_access: "Check the model's name, and whether the key's project may use it.",
};

/** An answer with an error status. */
export function fromErrorAnswer(status: number, headers: IncomingHttpHeaders, text: string, now: number): Failure {
  const body = parseJson(text);
  const failure = fromErrorObject(isObject(body) ? (body.error ?? body) : null, status);
  const retryAfterMs = readRetryAfter(headers, now);
  return {
    ...failure,
    message: failure.message || `OpenAI answered with status ${status}.`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    providerRequestId: headerText(headers, 'x-request-id'),
    ...(status >= 500 && body === undefined && { garbled: true }),
  };
}

/**
 * An `error` object, from an answer's body or from inside a stream (then there is no status). Servers that speak OpenAI's
 * format also send a text in its place, or its fields without it.
 */
export function fromErrorObject(error: unknown, status: number | null): Failure {
  const given = isObject(error) ? error : { message: error };
  const seen: OpenAiError = {
    status,
    code: text(given.code),
    type: text(given.type),
    message: text(given.message) ?? '',
    param: text(given.param),
  };
  const kind = kindOf(seen);
  const hint = atAnotherEndpoint.test(seen.message)
    ? 'OpenAI serves this model through another endpoint: /v1/chat/completions, /v1/responses or /v1/completions.'
    : hints[kind];
  return recogniseOverflow({
    kind,
    status,
    code: seen.code ?? seen.type,
    message: seen.message,
    param: seen.param,
    ...(kind === 'quota' && seen.code !== 'insufficient_quota' && ofOneModel.test(seen.message) && { modelOnly: true }),
    providerRequestId: null,
    ...(hint !== undefined && { hint }),
  });
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}
