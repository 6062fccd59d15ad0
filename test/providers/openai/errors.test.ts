import { describe, expect, it, test } from 'vitest';
import type { FailureKind } from '../../../functions/core/routing/failure.ts';
import { fromErrorAnswer, fromErrorObject } from '../../../functions/providers/openai/errors.ts';
import { readRetryAfter } from '../../../functions/transport/http-client.ts';

const now = Date.parse('2026-03-01T00:00:00Z');

/** Sources: platform.openai.com/docs/guides/error-codes, help.openai.com article 6614457, answers seen. */
const table: [status: number, type: string | null, code: string | null, message: string, kind: FailureKind][] = [
  [401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: sk-FAKE****wxyz.', 'credential'],
  [401, 'invalid_request_error', null, "You didn't provide an API key.", 'credential'],
  [
    401,
    'invalid_request_error',
    'ip_not_authorized',
    'Your IP is not authorized to access this project.',
    'credential',
  ],
  [401, 'invalid_request_error', 'account_deactivated', 'The account has been deactivated.', 'credential'],
  [
    401,
    'invalid_request_error',
    null,
    'You have insufficient permissions for this operation. Missing scopes: model.request.',
    'permission',
  ],
  [
    403,
    'request_forbidden',
    'unsupported_country_region_territory',
    'Country, region, or territory not supported',
    'permission',
  ],
  [403, null, null, 'Forbidden', 'permission'],
  [
    403,
    'invalid_request_error',
    'model_not_found',
    'Project `proj_x` does not have access to model `gpt-x`',
    'model_access',
  ],
  [
    404,
    'invalid_request_error',
    'model_not_found',
    'The model `x` does not exist or you do not have access to it.',
    'model_access',
  ],
  [400, 'invalid_request_error', 'model_not_found', 'The requested model `x` does not exist.', 'model_access'],
  [404, null, null, 'Not found', 'model_access'],
  [
    404,
    'invalid_request_error',
    null,
    'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    'bad_request',
  ],
  [
    404,
    'invalid_request_error',
    null,
    'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
    'bad_request',
  ],
  [
    404,
    'invalid_request_error',
    null,
    'This model is only supported in v1/responses and not in v1/chat/completions.',
    'bad_request',
  ],
  [429, 'requests', 'rate_limit_exceeded', 'Rate limit reached on requests per min (RPM): Limit 500.', 'rate_limit'],
  [429, 'tokens', 'rate_limit_exceeded', 'Rate limit reached on tokens per min (TPM): Limit 30000.', 'rate_limit'],
  [429, 'requests', 'rate_limit_exceeded', 'Rate limit reached on requests per day (RPD): Limit 200.', 'quota'],
  [429, 'tokens', null, 'Rate limit reached on tokens per day (TPD).', 'quota'],
  [429, 'rate_limit_error', 'slow_down', 'Slow down', 'rate_limit'],
  [429, null, null, 'Too many requests', 'rate_limit'],
  [
    429,
    'insufficient_quota',
    'insufficient_quota',
    'You exceeded your current quota, please check your plan and billing details.',
    'quota',
  ],
  [429, 'insufficient_quota', 'credit_balance_exhausted', 'You exceeded your current quota.', 'quota'],
  [429, 'insufficient_quota', 'organization_spend_limit_exceeded', 'You exceeded your current quota.', 'quota'],
  [429, 'insufficient_quota', 'project_spend_limit_exceeded', 'You exceeded your current quota.', 'quota'],
  [429, 'insufficient_quota', null, 'You exceeded your current quota.', 'quota'],
  [429, null, null, 'You exceeded your current quota, please check your plan and billing details.', 'quota'],
  [403, 'insufficient_quota', 'billing_not_active', 'Your account is not active.', 'quota'],
  [402, null, null, 'Payment required', 'quota'],
  [
    400,
    'invalid_request_error',
    'context_length_exceeded',
    "This model's maximum context length is 128000 tokens.",
    'bad_request',
  ],
  // https://github.com/ztjhz/BetterChatGPT/issues/105, https://github.com/binary-husky/gpt_academic/issues/985
  [403, 'access_terminated', null, 'Your access was terminated due to violation of our policies.', 'credential'],
  [403, 'access_terminated', 'access_terminated', 'Your access was terminated.', 'credential'],
  [400, null, 'access_terminated', 'Your access was terminated.', 'credential'],
  // https://github.com/BeehiveInnovations/pal-mcp-server/issues/178
  [
    400,
    'invalid_request_error',
    'invalid_prompt',
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
    'content_filter',
  ],
  [400, 'invalid_request_error', 'unsupported_value', "Unsupported value: 'temperature'.", 'bad_request'],
  [413, null, null, 'Too large', 'bad_request'],
  [422, null, null, 'Unprocessable', 'bad_request'],
  [
    400,
    'image_generation_user_error',
    'content_policy_violation',
    'Your request was rejected as a result of our safety system.',
    'content_filter',
  ],
  [408, null, null, 'Timeout', 'timeout'],
  [500, 'server_error', null, 'The server had an error while processing your request.', 'overloaded'],
  [
    503,
    'service_unavailable_error',
    'server_is_overloaded',
    'The server is overloaded or not ready yet.',
    'overloaded',
  ],
  [529, null, null, 'Overloaded', 'overloaded'],
  [302, null, null, 'Moved', 'overloaded'],
  [400, 'constructor', 'toString', 'Names that every object has are no entries of the tables.', 'bad_request'],
];

describe('an error answer', () => {
  test.each(table)('%d, type %s, code %s, %s: %s', (status, type, code, message, kind) => {
    const failure = fromErrorAnswer(
      status,
      { 'x-request-id': 'provider-1' },
      JSON.stringify({ error: { message, type, code, param: 'p' } }),
      now,
    );
    expect(failure).toMatchObject({
      kind,
      status,
      message,
      code: code ?? type,
      param: 'p',
      providerRequestId: 'provider-1',
    });
    expect(failure.garbled).toBeUndefined();
  });

  test.each([
    ['a page of a proxy', 502, '<html><head><title>502 Bad Gateway</title></head></html>', 'overloaded', true],
    ['nothing', 500, '', 'overloaded', true],
    ['half a body', 503, '{"error":{"message":"Th', 'overloaded', true],
    ['JSON without an error', 500, '{}', 'overloaded', undefined],
    ['a page with 403', 403, '<html></html>', 'permission', undefined],
  ] as const)('of %s says the status in words of the gateway', (_, status, text, kind, garbled) => {
    const failure = fromErrorAnswer(status, {}, text, now);
    expect(failure).toMatchObject({
      kind,
      status,
      message: `OpenAI answered with status ${status}.`,
      code: null,
      providerRequestId: null,
    });
    expect(failure.garbled).toBe(garbled);
  });

  it('inside a stream has no status', () => {
    expect(fromErrorObject({ message: 'm', type: 'insufficient_quota' }, null)).toMatchObject({
      kind: 'quota',
      status: null,
      code: 'insufficient_quota',
    });
    expect(fromErrorObject({ message: 'm' }, null)).toMatchObject({ kind: 'overloaded', status: null });
  });

  it('that is text, or whose fields stand without an error object, keeps its words', () => {
    expect(fromErrorObject('broken', null)).toMatchObject({ kind: 'overloaded', message: 'broken' });
    expect(fromErrorAnswer(400, {}, '{"error":"top_k is unknown"}', now)).toMatchObject({
      kind: 'bad_request',
      message: 'top_k is unknown',
    });
    const bare = '{"object":"error","message":"No such model","type":"NotFoundError","code":404,"param":null}';
    expect(fromErrorAnswer(404, {}, bare, now)).toMatchObject({
      kind: 'model_access',
      message: 'No such model',
      code: '404',
    });
  });
});

describe('when to come back', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '6' }, 6000],
    ['zero', { 'retry-after': '0' }, 0],
    ['milliseconds win', { 'retry-after': '1', 'retry-after-ms': '864' }, 864],
    ['milliseconds that are none', { 'retry-after': '2', 'retry-after-ms': 'soon' }, 2000],
    ['a date', { 'retry-after': 'Sun, 01 Mar 2026 00:01:00 GMT' }, 60_000],
    ['a date in the past', { 'retry-after': 'Sun, 01 Mar 2020 00:01:00 GMT' }, 0],
    ['a negative number', { 'retry-after': '-5' }, 0],
    ['nonsense', { 'retry-after': 'later' }, undefined],
    ['blank', { 'retry-after': ' ' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_, headers, expected) => {
    expect(readRetryAfter(headers, now)).toBe(expected);
    expect(fromErrorAnswer(429, headers, '{}', now).retryAfterMs).toBe(expected);
  });
});

describe('trouble of one model is not the whole key’s', () => {
  it.each([
    [
      404,
      'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
    ],
    [
      404,
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
    ],
    [404, 'This model is only supported in v1/responses and not in v1/chat/completions.'],
    [403, 'You are not allowed to generate embeddings from this model'],
  ])('a request at the wrong endpoint is the request’s fault: %s %s', (status, message) => {
    const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: 'model', code: null } });
    expect(fromErrorAnswer(status, {}, body, now)).toMatchObject({ kind: 'bad_request', param: 'model' });
  });

  it.each([
    ['rate_limit_exceeded', 'Rate limit reached for gpt-4o on requests per day (RPD): Limit 200.', true],
    ['rate_limit_exceeded', 'Rate limit reached for gpt-4o on tokens per day (TPD).', true],
    ['insufficient_quota', 'You exceeded your current quota, please check your plan.', undefined],
    ['rate_limit_exceeded', 'Rate limit reached on tokens per min (TPM).', undefined],
  ])('%s: %s', (code, message, modelOnly) => {
    expect(fromErrorObject({ message, type: 'requests', code }, 429).modelOnly).toBe(modelOnly);
  });
});
