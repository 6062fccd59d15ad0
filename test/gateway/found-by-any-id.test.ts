import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../functions/core/json.ts';
import { pasteHere, queryText, shippedQueries } from '../../lib/constructs/observability/queries.ts';
import { readMetrics } from '../core/telemetry/embedded-metrics.ts';
import { type Behaviour, type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { discover, runQuery } from '../embedded/insights.ts';
import { addKey, call, chat, createTenant, fakeKey } from '../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';
import { propertiesOf, synthesize } from '../lib/synthesize.ts';

interface FailingKey {
  name: string;
  provider?: Behaviour;
  secretMissing?: boolean;
  /** Whether the platform serves in its place, so that the caller sees no error. */
  fallback?: boolean;
  stream?: boolean;
  kind: string;
  says: string;
}

/** What API Gateway's access log has. */
const accessLogFields = Object.keys(
  JSON.parse(
    (
      propertiesOf(synthesize({ 'keyway:accountLogRole': 'existing' }), 'AWS::ApiGateway::Stage').AccessLogSetting as {
        Format: string;
      }
    ).Format,
  ) as object,
);

const refused = (status: number, code: string, message: string): Behaviour => ({
  status,
  error: { code, message },
  headers: { 'x-request-id': `upstream-${code}` },
});

const six: FailingKey[] = [
  {
    name: 'a revoked key',
    provider: refused(401, 'invalid_api_key', 'Incorrect API key provided.'),
    kind: 'credential',
    says: 'Incorrect API key provided.',
  },
  {
    name: 'a key without permission, for which the platform steps in',
    provider: refused(403, 'no_scope', 'Missing scopes: model.request.'),
    fallback: true,
    kind: 'permission',
    says: 'Missing scopes: model.request.',
  },
  {
    name: 'a key without money',
    provider: refused(429, 'insufficient_quota', 'You exceeded your current quota.'),
    kind: 'quota',
    says: 'You exceeded your current quota.',
  },
  {
    name: 'a key that is throttled, for which the platform steps in',
    provider: refused(429, 'rate_limit_exceeded', 'Rate limit reached.'),
    fallback: true,
    stream: true,
    kind: 'rate_limit',
    says: 'Rate limit reached.',
  },
  { name: 'a key whose secret is gone', secretMissing: true, kind: 'secret_unavailable', says: '' },
  { name: 'a key whose streams break off', provider: 'cut', stream: true, kind: 'network', says: '' },
];

describe('at 3 a.m.', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  /** The log of the functions as CloudWatch has it: Lambda wraps what they report, and only that. */
  let log: string[];
  const found = new Map<string, { requestId: string; ids: Record<string, string> }>();

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: fakeKey() }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url, KEYWAY_METRICS_NAMESPACE: 'Keyway/prod' });
    for (const key of six) found.set(key.name, await failWith(key));
    // Others, among which they must be found.
    const well = await createTenant(gateway);
    await addKey(gateway, well, fakeKey());
    for (const stream of [false, true]) await chat(gateway, well, { stream });
    await chat(gateway, await createTenant(gateway), {});
    const twice = await createTenant(gateway, '0');
    for (const secret of [fakeKey(), fakeKey()]) {
      await addKey(gateway, twice, secret);
      provider.treat(secret, refused(401, 'other_code', 'Refused.'));
    }
    await chat(gateway, twice, {});
    await chat(gateway, await createTenant(gateway, '0'), {});
    await call(gateway, 'POST', '/v1/moderations', { key: well.apiKey, body: {} });
    await call(gateway, 'POST', '/v1/chat/completions', { key: well.apiKey, body: { model: 1 } });
    await call(gateway, 'POST', '/v1/chat/completions', { key: 'kw_nobody', body: {} });
    gateway.dynamo.fault((operation) =>
      operation === 'PutItem' ? { status: 500, type: 'InternalServerError' } : undefined,
    );
    await chat(gateway, well, {});
    gateway.dynamo.fault(() => ({ status: 500, type: 'InternalServerError' }));
    await chat(gateway, well, {});
    gateway.dynamo.fault(null);
    log = [...gateway.printed, ...gateway.lines.map(wrapped)];
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  async function failWith(key: FailingKey) {
    const tenant = await createTenant(gateway);
    const secret = fakeKey();
    const keyId = await addKey(gateway, tenant, secret, { fallback_enabled: key.fallback === true });
    if (key.provider) provider.treat(secret, key.provider);
    if (key.secretMissing) gateway.secrets.fault(() => ({ status: 400, type: 'ResourceNotFoundException' }));
    const answer = await chat(gateway, tenant, { stream: key.stream === true });
    gateway.secrets.fault(null);
    expect(answer.status === 200).toBe(key.fallback === true || key.provider === 'cut');
    const requestId = answer.headers.get('x-request-id') ?? '';
    const record = (await call(gateway, 'GET', `/v1/logs/${requestId}`, { key: tenant.apiKey })).json;
    const attempts = record.attempts as JsonObject[];
    const ids = {
      req_: requestId,
      'API Gateway’s': String(record.gateway_request_id),
      'API Gateway’s extended': String(record.gateway_extended_request_id),
      'Lambda’s': String(record.lambda_request_id),
      'the provider key’s': keyId,
      'the API key’s': String(record.api_key_id),
      'the workspace’s': tenant.id,
    };
    const providerId = attempts[0]?.provider_request_id;
    return { requestId, ids: typeof providerId === 'string' ? { ...ids, 'the provider’s': providerId } : ids };
  }

  it.each(six)('$name is found, with the reason, from any id by one query', ({ name, kind, says, secretMissing }) => {
    const { requestId, ids } = found.get(name) ?? { requestId: '', ids: {} };
    expect(Object.keys(ids)).toHaveLength(secretMissing ? 7 : 8);
    expect(Object.values(ids).every((id) => id.length > 8)).toBe(true);
    for (const [which, id] of Object.entries(ids)) {
      for (const query of ['Anything by its id', 'Why a provider key fails']) {
        const { rows } = runQuery(textOf(query, id), log);
        const row = rows.find((each) => each.request_id === requestId);
        expect(row, `${query}, ${which} id`).toMatchObject({
          'failed_attempts.0.kind': kind,
          'failed_attempts.0.provider_key_id': ids['the provider key’s'],
          'failed_attempts.0.message': says === '' ? expect.stringMatching(/\w/) : says,
        });
        // No other request has the id, but for the one id that the fake provider gives to several.
        if (id !== 'req-of-the-provider') expect(rows.every((each) => each.request_id === requestId)).toBe(true);
      }
    }
  });

  describe.each(shippedQueries)('the query "$name"', (query) => {
    it('asks for nothing but what lines have', () => {
      const { fields } = runQuery(textOf(query.name, 'req_'), log);
      const known = new Set([...log.flatMap((line) => Object.keys(discover(line))), ...accessLogFields, ...ofLambda]);
      expect(fields.size).toBeGreaterThan(1);
      for (const field of fields) expect(known, field).toContain(field);
    });

    it('finds something among real lines', () => {
      expect(runQuery(textOf(query.name, 'pk_'), log).rows.length).toBeGreaterThan(0);
    });
  });

  it('the queries tell apart what they are there for', () => {
    const rows = (name: string) => runQuery(textOf(name, ''), log).rows;
    expect(rows('Mid-stream failures')).toMatchObject([{ kind: 'network', provider: 'openai' }]);
    expect(
      rows('Fallbacks')
        .map((row) => row['failed_attempts.0.kind'])
        .sort(),
    ).toEqual(['permission', 'rate_limit']);
    expect(rows('Refusals without a record')).toContainEqual(
      expect.objectContaining({ error_code: 'unauthorized', resource: '/v1/chat/completions', requests: 1 }),
    );
    expect(rows('Spend on the platform').length).toBe(3);
    expect(rows('What the functions report').map((row) => row['message.event'])).toContain('log_write_failed');
    expect(rows('Gateway errors')).toContainEqual(expect.objectContaining({ error_code: 'service_unavailable' }));
    expect(rows('Errors by kind').map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'credential',
        'quota',
        'secret_unavailable',
        'network',
        'insufficient_credits',
        'not_found',
      ]),
    );
  });

  it('each request has left one line, which CloudWatch reads, with nothing of a prompt', () => {
    const ids = gateway.printed.map((line) => String((parseJson(line) as JsonObject).request_id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(16);
    for (const line of gateway.printed) {
      expect(readMetrics(line).length).toBeGreaterThan(0);
      expect(line).not.toContain('ping');
      expect(line.length).toBeLessThan(2000);
    }
  });

  it('a management request is told of when it is refused, by its route, and not otherwise', async () => {
    const before = gateway.printed.length;
    await call(gateway, 'GET', '/v1/workspaces', { key: adminToken });
    await call(gateway, 'GET', '/v1/provider-keys/pk_secret-looking', { key: 'kw_wrong' });
    const told = gateway.printed.slice(before).map((line) => parseJson(line));
    expect(told).toMatchObject([{ resource: '/v1/provider-keys/{id}', method: 'GET', status: 401, refusals: 1 }]);
    expect(JSON.stringify(told)).not.toContain('secret-looking');
  });
});

/** What Lambda's own lines have in JSON: docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, `level` and `requestId` of wrapped ones. */
const ofLambda = ['record.status', 'requestId', 'level'];

/** As github.com/aws/aws-lambda-nodejs-runtime-interface-client does it with an object. */
function wrapped(line: string): string {
  return JSON.stringify({
    timestamp: new Date().toISOString(),
    level: 'ERROR',
    requestId: 'l',
    message: parseJson(line),
  });
}

function textOf(name: string, id: string): string {
  const query = shippedQueries.find((each) => each.name === name);
  if (!query) throw new Error(`No query ${name}.`);
  return queryText(query).replace(pasteHere, id);
}
