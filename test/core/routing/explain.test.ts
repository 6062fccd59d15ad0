import { describe, expect, it, test } from 'vitest';
import { type ErrorCode, errorStatuses, GatewayError, toWire } from '../../../functions/core/errors.ts';
import type { AttemptRecord } from '../../../functions/core/log-record.ts';
import { explain } from '../../../functions/core/routing/explain.ts';
import { type FailureKind, failureKinds } from '../../../functions/core/routing/failure.ts';
import { failure, keyId, own, platform } from '../samples.ts';

const expected: Record<FailureKind, [status: number, code: ErrorCode, retry: boolean]> = {
  credential: [401, 'provider_credential_invalid', false],
  permission: [403, 'provider_permission_denied', false],
  quota: [429, 'provider_quota_exceeded', false],
  rate_limit: [429, 'provider_rate_limited', true],
  model_access: [404, 'model_not_found', true],
  overloaded: [503, 'provider_unavailable', true],
  timeout: [504, 'provider_timeout', true],
  network: [502, 'provider_error', true],
  secret_unavailable: [502, 'provider_secret_unavailable', true],
  bad_request: [400, 'invalid_request', false],
  content_filter: [400, 'invalid_request', false],
  cancelled: [499, 'client_closed_request', false],
};

const key = own('a', { label: 'main "key"' });

describe('how each failure is told to the caller', () => {
  test.each(failureKinds)('%s', (kind) => {
    const [status, code, retry] = expected[kind];
    for (const target of [key, platform()]) {
      const error = explain(target, failure(kind, { status: 418, message: 'Said the provider.' }), []);
      expect([error.status, error.code, error.headers()['x-should-retry'] !== 'false']).toEqual([status, code, retry]);
      expect(error.message).toContain('openai: Said the provider.');
      expect(error.message).not.toMatch(/undefined|null/);
    }
  });

  it('an answer that made no sense is 502, not 503', () => {
    expect(explain(key, failure('overloaded', { garbled: true }), []).code).toBe('provider_error');
    expect(explain(key, failure('timeout', { garbled: true }), []).code).toBe('provider_timeout');
  });
});

describe('the hint', () => {
  test.each(['credential', 'secret_unavailable', 'rate_limit', 'quota', 'permission', 'model_access'] as const)(
    'of %s names the key by label and id',
    (kind) => {
      const { hint } = explain(key, failure(kind), []).details;
      expect(hint).toContain('"main \\"key\\""');
      expect(hint).toContain(keyId('a'));
    },
  );

  test.each(['credential', 'quota', 'permission', 'model_access', 'rate_limit', 'bad_request'] as const)(
    'of %s keeps what the adapter knows better',
    (kind) => {
      expect(explain(key, failure(kind, { hint: 'Enable the model.' }), []).details.hint).toContain(
        'Enable the model.',
      );
    },
  );

  it('never speaks of a tenant’s key when the platform failed', () => {
    expect(explain(platform(), failure('credential'), []).details.hint).toBeUndefined();
    expect(explain(platform(), failure('credential', { hint: 'Enable the model.' }), []).details.hint).toBe(
      'Platform credential: Enable the model.',
    );
  });
});

describe('the message', () => {
  it('says what is wrong with a request that was never sent', () => {
    const told = explain(key, failure('bad_request', { local: true, message: 'One answer at most.', param: 'n' }), []);
    expect(told).toMatchObject({
      message: 'openai does not take this request. One answer at most.',
      details: { param: 'n' },
    });
    expect(told.details.providerError).toBeUndefined();
  });

  it.each([
    ['network', { code: 'ECONNRESET' }, 'The connection to OpenAI broke.', 'The connection to OpenAI broke.'],
    ['network', {}, '', 'The connection to openai failed.'],
    ['timeout', {}, 'No answer within 300 ms.', 'openai did not answer in time. No answer within 300 ms.'],
  ] as const)('says once what happened on the way: %s %j', (kind, change, message, expected) => {
    expect(explain(key, failure(kind, { status: null, message, ...change }), []).message).toBe(expected);
  });
});

describe('the details', () => {
  it('repeat the provider’s own answer', () => {
    const error = explain(
      key,
      failure('rate_limit', {
        status: 429,
        code: 'slow_down',
        message: 'Slow down',
        providerRequestId: 'req_1',
        retryAfterMs: 1200,
      }),
      [],
    );
    expect(error.details.providerError).toEqual({
      provider: 'openai',
      status: 429,
      code: 'slow_down',
      message: 'Slow down',
      request_id: 'req_1',
    });
    expect(error.headers()['retry-after']).toBe('2');
  });

  it('hold no provider error when no call was made', () => {
    expect(explain(key, failure('credential', { local: true }), []).details.providerError).toBeUndefined();
  });

  it('name the parameter at fault', () => {
    expect(explain(key, failure('bad_request', { param: 'temperature' }), []).details.param).toBe('temperature');
    expect(explain(key, failure('model_access'), []).details.param).toBe('model');
  });

  it('list the attempts without anything that a provider said', () => {
    const record: AttemptRecord = {
      target: 'byok',
      provider: 'openai',
      provider_key_id: keyId('a'),
      region: null,
      kind: 'credential',
      status: 401,
      code: 'c',
      message: 'm',
      provider_request_id: 'r',
      ms: 12,
    };
    const attempts = explain(key, failure('credential'), [
      record,
      { ...record, target: 'platform', provider_key_id: null, kind: null, status: 200 },
    ]).details.attempts;
    expect(attempts).toEqual([
      { target: `byok(${keyId('a')})`, kind: 'credential', status: 401, ms: 12 },
      { target: 'platform', kind: null, status: 200, ms: 12 },
    ]);
  });
});

describe('an error on the wire', () => {
  test.each(Object.entries(errorStatuses) as [ErrorCode, number][])(
    '%s has status %d, the four OpenAI fields and the request id',
    (code, status) => {
      const error = new GatewayError(code, 'Words.');
      expect(error.status).toBe(status);
      const body = toWire(error, 'req_1');
      expect(body).toEqual({
        error: { message: 'Words.', type: expect.stringMatching(/_error$/), code, param: null },
        request_id: 'req_1',
      });
    },
  );

  it('has the details that there are', () => {
    const error = new GatewayError('provider_rate_limited', 'Words.', {
      param: 'p',
      hint: 'h',
      shouldRetry: false,
      retryAfterSeconds: 3,
      headers: { allow: 'GET' },
    });
    expect(toWire(error, 'r').error).toMatchObject({
      param: 'p',
      hint: 'h',
      retry_after_seconds: 3,
      type: 'rate_limit_error',
    });
    expect(error.headers()).toEqual({ 'x-should-retry': 'false', 'retry-after': '3', allow: 'GET' });
  });
});
