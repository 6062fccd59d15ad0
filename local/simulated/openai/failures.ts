import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../../functions/core/json.ts';

/** An error as OpenAI sends it (platform.openai.com/docs/guides/error-codes). */
export interface OpenAiError {
  status: number;
  message: string;
  type: string;
  code: string | null;
  param?: string | null;
  headers?: Record<string, string>;
}

/** What to store as a key, for the banner and the README, and what happens then. */
export const simulatedOpenAiCredentials: { credential: string; does: string }[] = [
  { credential: 'sk-sim-demo', does: 'works, as does every other sk-sim-…' },
  { credential: 'sk-sim-invalid', does: 'is refused (401 invalid_api_key)' },
  { credential: 'sk-sim-denied', does: 'lacks the permission (401, missing scopes)' },
  { credential: 'sk-sim-ratelimited', does: 'is throttled (429 rate_limit_exceeded, retry-after 1)' },
  { credential: 'sk-sim-quota', does: 'has no money left (429 insufficient_quota)' },
  { credential: 'sk-sim-overloaded', does: 'meets an overloaded service (503)' },
  { credential: 'sk-sim-slow', does: 'gets no answer' },
  { credential: 'sk-sim-cut', does: 'has its answers cut in the middle' },
];

/** Models that fail on purpose; every other name works. */
export const simulatedOpenAiModels: { model: string; does: string }[] = [
  { model: 'sim-missing', does: 'does not exist (404 model_not_found)' },
  { model: 'sim-filtered', does: 'ends its answers with finish_reason content_filter' },
];

/** The error that a key stands for, or null when it works, or breaks later. */
export function keyFailure(key: string | null, model: string): OpenAiError | null {
  if (key === null) {
    return {
      status: 401,
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      type: 'invalid_request_error',
      code: null,
    };
  }
  if (!key.startsWith('sk-sim-') || key === 'sk-sim-invalid') {
    const message = `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
    return { status: 401, message, type: 'invalid_request_error', code: 'invalid_api_key' };
  }
  return failures[key]?.(model) ?? null;
}

const failures: Record<string, (model: string) => OpenAiError> = {
  'sk-sim-denied': () => ({
    status: 401,
    message:
      "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes.",
    type: 'invalid_request_error',
    code: null,
  }),
  'sk-sim-ratelimited': (model) => ({
    status: 429,
    message: `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 864ms. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: 'requests',
    code: 'rate_limit_exceeded',
    headers: {
      'retry-after': '1',
      'retry-after-ms': '864',
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '864ms',
    },
  }),
  'sk-sim-quota': () => ({
    status: 429,
    message:
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  'sk-sim-overloaded': () => ({
    status: 503,
    message: 'The server is overloaded or not ready yet.',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    headers: { 'retry-after': '2' },
  }),
};

export function unknownModel(model: string): OpenAiError {
  return {
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    code: 'model_not_found',
  };
}

export function missing(param: string): OpenAiError {
  return {
    status: 400,
    message: `Missing required parameter: '${param}'.`,
    type: 'invalid_request_error',
    code: 'missing_required_parameter',
    param,
  };
}

/** A request that cannot be served, by the parameter that is to blame. */
export function invalid(message: string, param: string | null, code: string | null = null): OpenAiError {
  return { status: 400, message, type: 'invalid_request_error', code, param };
}

export function sendError(response: ServerResponse, error: OpenAiError): void {
  const { status, message, type, code, param = null, headers } = error;
  const body: JsonObject = { error: { message, type, param, code } };
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body, null, 4));
}

/** OpenAI repeats the first and the last characters of a refused key. */
function masked(key: string): string {
  return key.length <= 12
    ? `${key.slice(0, 2)}${'*'.repeat(Math.max(0, key.length - 2))}`
    : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
