import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorStatuses } from '../../../functions/core/errors.ts';
import { brokenOffRecord, type LogRecord } from '../../../functions/core/log-record.ts';
import { failureKinds } from '../../../functions/core/routing/failure.ts';
import { metricUnits } from '../../../functions/core/telemetry/metrics.ts';
import { toRefusalLine } from '../../../functions/core/telemetry/refusal-line.ts';
import { toRequestLine } from '../../../functions/core/telemetry/request-line.ts';
import { definitions } from '../../../functions/providers/registry.ts';
import { readMetrics, type Series } from './embedded-metrics.ts';
import { attemptRecord, logRecord } from './sample-record.ts';

const options = { namespace: 'Keyway/prod', providers: new Set<string>(definitions.map(({ name }) => name)) };
const line = (change: Partial<LogRecord> = {}) => toRequestLine(logRecord(change), options);
const read = (change: Partial<LogRecord> = {}) => JSON.parse(line(change)) as Record<string, unknown>;
const valuesOf = (series: Series[], dimension?: string) =>
  Object.fromEntries(
    series
      .filter(({ dimensions }) =>
        dimension === undefined ? Object.keys(dimensions).length === 0 : dimension in dimensions,
      )
      .map(({ name, value }) => [name, value]),
  );

describe('the line of a request', () => {
  it('holds its metrics, all of them without dimensions', () => {
    expect(valuesOf(readMetrics(line()))).toEqual({
      requests: 1,
      mid_stream_failures: 0,
      first_byte_ms: 431,
      gateway_ms: 9,
      provider_ms: 3603,
      prompt_tokens: 1200,
      completion_tokens: 345,
      upstream_cost_usd: 0.000387,
    });
  });

  it('has some of them by provider and credential', () => {
    const series = readMetrics(line({ error_code: 'provider_error', status: 502 }));
    expect(valuesOf(series, 'provider')).toEqual({
      requests: 1,
      errors: 1,
      first_byte_ms: 431,
      upstream_cost_usd: 0.000387,
    });
    expect(series.find(({ dimensions }) => 'provider' in dimensions)?.dimensions).toEqual({
      provider: 'openai',
      credential: 'byok',
    });
  });

  it('has the time of its end', () => {
    expect(read()._aws).toMatchObject({ Timestamp: Date.parse('2026-03-01T12:00:03.612Z') });
  });

  it('holds the ids, workspace and keys as properties', () => {
    const record = logRecord();
    expect(read()).toMatchObject({
      request_id: record.request_id,
      gateway_request_id: record.gateway_request_id,
      gateway_extended_request_id: record.gateway_extended_request_id,
      lambda_request_id: record.lambda_request_id,
      workspace_id: record.workspace_id,
      api_key_id: record.api_key_id,
      provider_key_id: record.provider_key_id,
      provider_request_id: record.provider_request_id,
      model: 'gpt-4o-mini',
    });
  });

  it('is short', () => {
    expect(line().length).toBeLessThan(1500);
    const failed = attemptRecord({
      kind: 'credential',
      status: 401,
      code: 'invalid_api_key',
      message: 'x'.repeat(150),
    });
    const fallback = {
      credential: 'platform',
      provider_key_id: null,
      fallback_triggered: true,
      cost: '0.0003870',
    } as const;
    expect(line({ ...fallback, attempts: [failed, attemptRecord({ target: 'platform' })] }).length).toBeLessThan(2000);
  });

  it('leaves out what the record has not, and what a good request need not tell', () => {
    const told = read({ usage: null, upstream_cost: null, finish_reason: null, provider_request_id: null });
    expect(Object.values(told)).not.toContain(null);
    for (const name of ['failed_attempts', 'settled', 'errors', 'kind', 'cost_usd', 'prompt_tokens', 'finish_reason'])
      expect(told).not.toHaveProperty(name);
  });

  it('tells of a refusal before any provider by its code', () => {
    const told = line({
      provider: null,
      credential: null,
      provider_key_id: null,
      attempts: [],
      usage: null,
      status: 402,
      error_code: 'insufficient_credits',
      first_byte_ms: null,
      upstream_cost: null,
    });
    expect(JSON.parse(told)).toMatchObject({ kind: 'insufficient_credits', errors: 1 });
    expect(valuesOf(readMetrics(told), 'kind')).toEqual({ errors: 1 });
    expect(valuesOf(readMetrics(told))).toEqual({ requests: 1, errors: 1, gateway_ms: 9 });
  });

  it('tells the kind and the words that the record has of the failure, and the attempts', () => {
    const attempts = [
      attemptRecord({ kind: 'quota', status: 429, message: 'no more' }),
      attemptRecord({ kind: 'credential', status: 401, message: 'bad key' }),
    ];
    const message = `Your key was refused. ${'x'.repeat(500)}`;
    const failed = { status: 401, error_code: 'provider_credential_invalid', kind: 'credential', message } as const;
    expect(read({ ...failed, attempts })).toMatchObject({
      kind: 'credential',
      message: message.slice(0, 300),
      failed_attempts: [{ kind: 'quota' }, { kind: 'credential' }],
    });
  });

  it('has no kind and no words where the platform served, which is no error', () => {
    const told = read({ kind: 'quota', message: 'no more', fallback_triggered: true });
    for (const name of ['kind', 'message', 'errors']) expect(told).not.toHaveProperty(name);
  });

  it.each([
    ['internal_error', 1],
    ['service_unavailable', 1],
    ['provider_error', undefined],
    ['provider_credential_invalid', undefined],
    // Anybody gets it who asks for a provider that the platform has no credential for.
    ['provider_secret_unavailable', undefined],
    ['validation_error', undefined],
    ['client_closed_request', undefined],
  ] as const)('counts %s as an error of the gateway: %s', (error_code, expected) => {
    expect(read({ error_code, status: errorStatuses[error_code] }).gateway_errors).toBe(expected);
  });

  it('an error of its own is no matter of the provider that was called', () => {
    const attempts = [attemptRecord({ kind: 'overloaded', status: 503 })];
    const told = read({
      error_code: 'internal_error',
      status: 500,
      attempts,
      kind: 'overloaded',
      message: 'Try again.',
    });
    expect(told).toMatchObject({ kind: 'internal_error', message: 'Try again.' });
  });

  it.each([
    ['a stream that ended well', {}, 0],
    ['a stream that broke off', { error_code: 'provider_error', status: 502 }, 1],
    ['a stream whose caller left', { error_code: 'client_closed_request', status: 499 }, 0],
    ['a stream that never began', { error_code: 'provider_error', status: 502, first_byte_ms: null }, undefined],
    ['a whole answer', { stream: false }, undefined],
  ])('says of %s whether it failed in the middle: %s', (_, change, expected) => {
    expect(read(change).mid_stream_failures).toBe(expected);
    if ('stream' in change) expect(valuesOf(readMetrics(line(change)))).not.toHaveProperty('first_byte_ms');
  });

  it('tells of what the sweep found', () => {
    const record = brokenOffRecord({ requestId: 'req_1', workspaceId: 'ws_1', apiKeyId: null, at: 0 }, 30);
    expect(JSON.parse(toRequestLine(record, options))).toMatchObject({
      kind: 'internal_error',
      gateway_errors: 1,
      message: 'The function ended before the answer was settled.',
    });
  });

  it('says when something is left to charge', () => {
    expect(read({ settled: false }).settled).toBe(false);
  });
});

/** Whatever a tenant, or a provider of a tenant's choice, can put into a record, quotes, line ends and kilobytes included. */
const wild = fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.constant('"\n\u2028\r{}'));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const attempt = fc
  .record({
    target: fc.constantFrom('byok', 'platform'),
    provider: wild,
    provider_key_id: maybe(wild),
    kind: maybe(fc.constantFrom(...failureKinds)),
    status: maybe(fc.nat(599)),
    code: maybe(wild),
    message: maybe(wild),
    provider_request_id: maybe(wild),
    ms: fc.nat(900_000),
  })
  .map((change) => attemptRecord(change as Partial<ReturnType<typeof attemptRecord>>));
const wildRecord = fc
  .record({
    model: maybe(wild),
    endpoint: wild,
    stream: fc.boolean(),
    error_code: maybe(fc.constantFrom(...(Object.keys(errorStatuses) as ErrorCode[]))),
    route: maybe(wild),
    kind: maybe(fc.constantFrom(...failureKinds)),
    message: maybe(wild),
    credential: maybe(fc.constantFrom('byok', 'platform')),
    provider: maybe(fc.oneof(wild, fc.constantFrom(...definitions.map(({ name }) => name)))),
    provider_key_id: maybe(wild),
    provider_request_id: maybe(wild),
    fallback_triggered: fc.boolean(),
    attempts: fc.array(attempt, { maxLength: 8 }),
    usage: maybe(fc.constant({ prompt_tokens: 1, completion_tokens: 0, cached_tokens: 0, reasoning_tokens: 0 })),
    first_byte_ms: maybe(fc.nat(900_000)),
    finish_reason: maybe(wild),
    cost: fc.constantFrom('0.0000000', '1.2345678'),
  })
  .map((change) => logRecord(change as Partial<LogRecord>));

const nameOf = ({ name, dimensions }: Series) => `${name} ${JSON.stringify(dimensions)}`;

describe('what a stack pays for in metrics', () => {
  /** Every series that there can be: by provider and credential, by kind or code, and without dimensions. */
  const bound =
    Object.keys(metricUnits).length +
    4 * (definitions.length + 1) * 2 +
    (failureKinds.length + Object.keys(errorStatuses).length) +
    Object.keys(errorStatuses).length;

  it('is bounded: a hostile tenant makes no series that is not on a list of ours, nor a line without metrics', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(wildRecord, (record) => {
        const text = toRequestLine(record, options);
        for (const series of readMetrics(text)) {
          seen.add(nameOf(series));
          const { provider, credential, kind, ...others } = series.dimensions;
          expect(others).toEqual({});
          if (provider !== undefined) expect(provider === 'other' || options.providers.has(provider)).toBe(true);
          if (credential !== undefined) expect(['byok', 'platform']).toContain(credential);
          if (kind !== undefined) expect([...failureKinds, ...Object.keys(errorStatuses)]).toContain(kind);
        }
        // Logs take 1 MB in one event; this much is what a line may cost when everything in it is made to be long.
        expect(Buffer.byteLength(text)).toBeLessThan(48_000);
      }),
      { numRuns: 400 },
    );
    expect(seen.size).toBeLessThanOrEqual(bound);
  });

  it('is some 220 series at most, of which a stack with two providers has forty', () => {
    expect(bound).toBeLessThan(225);
    const providers = ['openai', 'anthropic'];
    const usual = providers.flatMap((provider) =>
      (['byok', 'platform'] as const).flatMap((credential) => [
        line({ provider, credential, cost: '0.01' }),
        line({ provider, credential, error_code: 'provider_error', status: 502 }),
        line({ provider, credential, fallback_triggered: true }),
        ...failureKinds
          .slice(0, 6)
          .map((kind) =>
            line({ provider, credential, error_code: 'provider_error', kind, attempts: [attemptRecord({ kind })] }),
          ),
        line({ error_code: 'internal_error', status: 500 }),
      ]),
    );
    const series = new Set(usual.flatMap((text) => readMetrics(text).map(nameOf)));
    expect(series.size).toBeLessThanOrEqual(40);
  });
});

describe('the line of a refusal without a record', () => {
  const refusal = {
    request_id: 'req_1',
    gateway_request_id: 'g',
    gateway_extended_request_id: null,
    lambda_request_id: 'l',
    at: 1_700_000_000_000,
    ms: 12.3,
    method: 'POST',
    resource: '/v1/chat/completions',
    status: 401,
    error_code: 'unauthorized',
    ip: '203.0.113.7',
  } as const;

  it('counts by its code, and tells where it happened', () => {
    const text = toRefusalLine(refusal, options);
    expect(readMetrics(text)).toEqual([{ name: 'refusals', dimensions: { error_code: 'unauthorized' }, value: 1 }]);
    expect(JSON.parse(text)).toMatchObject({
      resource: '/v1/chat/completions',
      ip: '203.0.113.7',
      lambda_request_id: 'l',
    });
    expect(text.length).toBeLessThan(600);
  });

  it('is an error of the gateway when it is one', () => {
    const text = toRefusalLine({ ...refusal, status: 503, error_code: 'service_unavailable' }, options);
    expect(readMetrics(text)).toContainEqual({ name: 'gateway_errors', dimensions: {}, value: 1 });
  });
});
