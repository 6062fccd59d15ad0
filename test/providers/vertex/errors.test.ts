import { describe, expect, it } from 'vitest';
import type { failureKinds } from '../../../functions/core/routing/failure.ts';
import {
  readBreak,
  readError,
  readRefusal,
  readTokenRefusal,
} from '../../../functions/providers/vertex/errors/errors.ts';

const place = { project: 'my-project', region: 'europe-west4', model: 'gemini-x' };

function refused(status: number, body: unknown, headers: Record<string, string> = {}) {
  return { status, text: typeof body === 'string' ? body : JSON.stringify(body), headers: new Headers(headers) };
}

function google(code: number, status: string, message: string, reason?: string, more: object[] = []) {
  const info =
    reason === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }];
  const details = [...info, ...more];
  return refused(code, { error: { code, message, status, ...(details.length > 0 && { details }) } });
}

const claude = (status: number, type: string, message = 'x') =>
  refused(status, { type: 'error', error: { type, message } });
const notFound =
  'Publisher Model `projects/p/locations/us-central1/publishers/google/models/gemini-9` was not found or your project does not have access to it.';
const violation = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }],
};

describe('an error of Vertex AI is classified by reason, words, status name, HTTP status', () => {
  it.each<[string, ReturnType<typeof refused>, (typeof failureKinds)[number], RegExp | null]>([
    [
      'an access token nobody takes',
      google(
        401,
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials.',
        'ACCESS_TOKEN_TYPE_UNSUPPORTED',
      ),
      'credential',
      /store a new key/,
    ],
    [
      'an expired access token',
      google(401, 'UNAUTHENTICATED', 'x', 'ACCESS_TOKEN_EXPIRED'),
      'credential',
      /store a new key/,
    ],
    ['no credentials', google(401, 'UNAUTHENTICATED', 'x', 'CREDENTIALS_MISSING'), 'credential', /./],
    ['a disabled account', google(401, 'UNAUTHENTICATED', 'x', 'ACCOUNT_STATE_INVALID'), 'credential', /enabled/],
    [
      'a scope that is missing',
      google(403, 'PERMISSION_DENIED', 'x', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
      'permission',
      /roles\/aiplatform.user/,
    ],
    [
      'a role that is missing',
      google(403, 'PERMISSION_DENIED', "Permission 'aiplatform.endpoints.predict' denied", 'IAM_PERMISSION_DENIED'),
      'permission',
      /roles\/aiplatform.user.*my-project/,
    ],
    [
      'a role that is missing, without details',
      google(403, 'PERMISSION_DENIED', "Permission 'aiplatform.endpoints.predict' denied"),
      'permission',
      /roles\/aiplatform.user/,
    ],
    [
      'the API not enabled',
      google(403, 'PERMISSION_DENIED', 'Vertex AI API has not been used in project 123 before', 'SERVICE_DISABLED'),
      'permission',
      /Enable the Vertex AI API in the project my-project/,
    ],
    [
      'billing off',
      google(403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.', 'BILLING_DISABLED'),
      'quota',
      /Enable billing/,
    ],
    [
      'billing off, in words',
      google(400, 'FAILED_PRECONDITION', 'Billing must be enabled for this project.'),
      'quota',
      /Enable billing/,
    ],
    ['a suspended project', google(403, 'PERMISSION_DENIED', 'x', 'CONSUMER_SUSPENDED'), 'permission', /suspended/],
    [
      'a project that is not there',
      google(403, 'PERMISSION_DENIED', 'x', 'CONSUMER_INVALID'),
      'permission',
      /project_id/,
    ],
    [
      'a project of somebody else',
      google(403, 'PERMISSION_DENIED', 'x', 'USER_PROJECT_DENIED'),
      'permission',
      /project_id/,
    ],
    [
      'a service perimeter',
      google(403, 'PERMISSION_DENIED', "Request is prohibited by organization's policy.", 'SECURITY_POLICY_VIOLATED'),
      'permission',
      /policy of the organization/,
    ],
    [
      'an organization policy on models',
      google(400, 'FAILED_PRECONDITION', 'Organization Policy constraint constraints/vertexai.allowedModels violated.'),
      'permission',
      /policy of the organization/,
    ],
    ['a model nobody knows', google(404, 'NOT_FOUND', notFound), 'model_access', /gemini-x.*europe-west4/],
    [
      'a model nobody knows, as a bad request',
      google(400, 'FAILED_PRECONDITION', notFound),
      'model_access',
      /Model Garden/,
    ],
    [
      'a model not in this location',
      google(400, 'FAILED_PRECONDITION', 'Publisher Model `x` is not servable in region europe-west4.'),
      'model_access',
      /another region/,
    ],
    [
      'a model that was never enabled',
      google(
        400,
        'FAILED_PRECONDITION',
        'Project `p` is not allowed to use Publisher Model `projects/p/locations/us-east5/publishers/anthropic/models/x`',
      ),
      'model_access',
      /Model Garden/,
    ],
    [
      'a project that Google is still setting up',
      google(
        400,
        'FAILED_PRECONDITION',
        'Service agents are being provisioned. Service agents are needed to read the Cloud Storage file provided. So please try again in a few minutes.',
      ),
      'overloaded',
      /in a few minutes/,
    ],
    [
      'a location that Google does not serve',
      google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      'permission',
      /another region/,
    ],
    [
      'shared capacity',
      google(429, 'RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.'),
      'rate_limit',
      /no quota changes.*region global/,
    ],
    [
      'a quota per minute',
      google(
        429,
        'RESOURCE_EXHAUSTED',
        'Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model.',
      ),
      'rate_limit',
      /per minute/,
    ],
    [
      'a quota per day, in words',
      google(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for requests per day.'),
      'quota',
      /daily/,
    ],
    [
      'a quota per day, in the details',
      google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', undefined, [violation]),
      'quota',
      /daily/,
    ],
    [
      'a quota that says no more',
      google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan.'),
      'rate_limit',
      null,
    ],
    [
      'an array around the error',
      refused(429, [
        { error: { code: 429, message: 'Resource exhausted. Please try again later.', status: 'RESOURCE_EXHAUSTED' } },
      ]),
      'rate_limit',
      /capacity/,
    ],
    [
      'a wrong argument',
      google(400, 'INVALID_ARGUMENT', 'Unable to submit request because it has a temperature value of 1000.'),
      'bad_request',
      null,
    ],
    [
      'a missing thought signature',
      google(
        400,
        'INVALID_ARGUMENT',
        'Unable to submit request because function call `default_api:x` is missing a `thought_signature`.',
      ),
      'bad_request',
      null,
    ],
    ['an argument out of range', google(400, 'OUT_OF_RANGE', 'x'), 'bad_request', null],
    ['an operation the model has not', google(501, 'UNIMPLEMENTED', 'x'), 'bad_request', null],
    [
      'a prompt that Model Armor stopped',
      google(400, 'INVALID_ARGUMENT', 'The prompt was blocked by Model Armor.'),
      'content_filter',
      null,
    ],
    [
      'a prompt against the policy',
      google(400, 'INVALID_ARGUMENT', "The prompt contains words that violate Google's Responsible AI practices."),
      'content_filter',
      null,
    ],
    ['a cancellation by the provider', google(499, 'CANCELLED', 'The operation was cancelled.'), 'overloaded', null],
    ['an internal error', google(500, 'INTERNAL', 'Internal error encountered.'), 'overloaded', null],
    ['an unknown error', google(500, 'UNKNOWN', 'x'), 'overloaded', null],
    ['an abortion', google(409, 'ABORTED', 'x'), 'overloaded', null],
    ['unavailability', google(503, 'UNAVAILABLE', 'The service is currently unavailable.'), 'overloaded', null],
    [
      'a deadline',
      google(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'),
      'timeout',
      null,
    ],
    ['Claude: a bad request', claude(400, 'invalid_request_error'), 'bad_request', null],
    ['Claude: too large', claude(413, 'request_too_large'), 'bad_request', null],
    ['Claude: no authentication', claude(401, 'authentication_error'), 'credential', /new key/],
    ['Claude: no permission', claude(403, 'permission_error'), 'permission', /roles/],
    ['Claude: not found', claude(404, 'not_found_error'), 'model_access', /Model Garden/],
    ['Claude: rate limit', claude(429, 'rate_limit_error'), 'rate_limit', null],
    ['Claude: rate limit per day', claude(429, 'rate_limit_error', 'tokens per day'), 'quota', /daily/],
    ['Claude: billing', claude(402, 'billing_error'), 'quota', null],
    ['Claude: timeout', claude(504, 'timeout_error'), 'timeout', null],
    ['Claude: an error of theirs', claude(500, 'api_error'), 'overloaded', null],
    ['Claude: overloaded', claude(529, 'overloaded_error'), 'overloaded', null],
    ['status 401 alone', refused(401, { error: { message: 'x' } }), 'credential', /./],
    ['status 402 alone', refused(402, { error: {} }), 'quota', null],
    ['status 403 alone', refused(403, { error: {} }), 'permission', /./],
    ['status 404 alone', refused(404, { error: {} }), 'model_access', /./],
    ['status 408 alone', refused(408, { error: {} }), 'timeout', null],
    ['status 429 alone', refused(429, ''), 'rate_limit', null],
    ['status 422 alone', refused(422, ''), 'bad_request', null],
    ['a page with status 502', refused(502, '<html>502</html>'), 'overloaded', null],
    ['a status nobody knows', refused(599, '{}'), 'overloaded', null],
  ])('%s', (_name, answer, kind, hint) => {
    const failure = readRefusal(answer, place);
    expect(failure).toMatchObject({ kind, status: answer.status });
    if (hint) expect(failure.hint).toMatch(hint);
    else expect(failure).not.toHaveProperty('hint');
  });
});

describe('an error', () => {
  it('keeps the provider’s code and words, cut to a length that is no dump', () => {
    const failure = readRefusal(google(400, 'INVALID_ARGUMENT', 'x'.repeat(5000)), place);
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'x'.repeat(2000) });
  });

  it('that is no JSON is marked as garbled, and its page is not repeated', () => {
    const failure = readRefusal(refused(502, '<html>secret page</html>'), place);
    expect(failure).toMatchObject({ garbled: true, code: null });
    expect(failure.message).not.toContain('secret page');
  });

  it.each([
    [
      'RetryInfo',
      google(429, 'RESOURCE_EXHAUSTED', 'x', undefined, [
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' },
      ]),
      34_400,
    ],
    ['seconds in the header', refused(503, { error: { status: 'UNAVAILABLE' } }, { 'retry-after': '12' }), 12_000],
    ['a date gone by in the header', refused(503, '', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), 0],
  ])('says how long to wait: %s', (_name, answer, ms) => {
    expect(readRefusal(answer, place).retryAfterMs).toBe(ms);
  });

  it('says nothing of waiting when the provider does not', () => {
    expect(readRefusal(refused(503, '', { 'retry-after': 'soon' }), place)).not.toHaveProperty('retryAfterMs');
  });

  it('inside a stream may lack its code', () => {
    expect(readError({ message: 'x', status: 'UNAVAILABLE' }, place, 200)).toMatchObject({
      kind: 'overloaded',
      status: null,
      code: 'UNAVAILABLE',
    });
    expect(readError({ code: 429, message: 'x' }, place, 200)).toMatchObject({ kind: 'rate_limit', status: 429 });
  });
});

describe('an error of the token endpoint', () => {
  it.each<[string, ReturnType<typeof refused>, (typeof failureKinds)[number], RegExp | null]>([
    [
      'a deleted key',
      refused(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }),
      'credential',
      /Create a new key/,
    ],
    [
      'a deleted account',
      refused(400, { error: 'invalid_grant', error_description: 'Invalid grant: account not found' }),
      'credential',
      /deleted or disabled/,
    ],
    [
      'a clock that is wrong',
      refused(400, {
        error: 'invalid_grant',
        error_description: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
      }),
      'credential',
      /clock/,
    ],
    [
      'an unauthorized client',
      refused(401, { error: 'unauthorized_client', error_description: 'x' }),
      'credential',
      /enabled/,
    ],
    ['an invalid client', refused(401, { error: 'invalid_client' }), 'credential', /enabled/],
    [
      'a policy',
      refused(400, { error: 'access_denied', error_description: 'Account restricted' }),
      'permission',
      /policy/,
    ],
    ['a scope', refused(400, { error: 'invalid_scope' }), 'permission', /policy/],
    ['any other 403', refused(403, { error: 'whatever' }), 'credential', /enabled/],
    ['a rate limit', refused(429, { error: 'rate_limit_exceeded' }), 'rate_limit', null],
    ['a rate limit with another status', refused(403, { error: 'rate_limit_exceeded' }), 'rate_limit', null],
    ['an internal failure', refused(500, { error: 'internal_failure' }), 'overloaded', null],
    ['an exchange that was wrong in itself', refused(400, { error: 'invalid_request' }), 'overloaded', null],
    [
      'an error in the form of other Google services',
      refused(503, { error: { code: 503, status: 'UNAVAILABLE', message: 'x' } }),
      'overloaded',
      null,
    ],
    ['a page', refused(502, '<html>'), 'overloaded', null],
  ])('%s', (_name, answer, kind, hint) => {
    const failure = readTokenRefusal(answer, place);
    expect(failure).toMatchObject({ kind, status: answer.status });
    if (hint) expect(failure.hint).toMatch(hint);
    else expect(failure).not.toHaveProperty('hint');
  });
});

describe('a connection that broke', () => {
  const still = new AbortController().signal;
  const withCode = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

  it.each([
    ['reset', withCode('ECONNRESET'), still, 'network'],
    ['not found', withCode('ENOTFOUND'), still, 'network'],
    ['silent', withCode('UND_ERR_HEADERS_TIMEOUT'), still, 'timeout'],
    ['silent in the middle', withCode('UND_ERR_BODY_TIMEOUT'), still, 'timeout'],
    ['ended by us', withCode('ECONNRESET'), AbortSignal.abort(), 'cancelled'],
    ['whatever was thrown', 'x', still, 'network'],
  ])('is classified: %s', (_name, error, signal, kind) => {
    expect(readBreak(error, signal)).toMatchObject({ kind, status: null });
  });
});

describe('a quota per day', () => {
  const perDay = (quota: string) =>
    readRefusal(google(429, 'RESOURCE_EXHAUSTED', `Quota exceeded for aiplatform.googleapis.com/${quota}.`), place);

  it.each([
    ['generate_content_requests_per_day_per_project_per_base_model with base model: gemini-pro', true],
    ['online_prediction_tokens_per_day_per_base_model', true],
    ['GenerateRequestsPerDayPerProjectPerModel', true],
    ['requests_per_day_per_project', undefined],
  ])('%s', (quota, modelOnly) => {
    expect(perDay(quota)).toMatchObject({ kind: 'quota' });
    expect(perDay(quota).modelOnly).toBe(modelOnly);
  });
});
