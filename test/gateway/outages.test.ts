import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from '../../functions/core/json.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { countCalls, type Fault } from '../embedded/faulty-proxy.ts';
import {
  type Answer,
  addKey,
  call,
  chat,
  createTenant,
  errorOf,
  fakeKey,
  routeOf,
  type Tenant,
} from '../embedded/workspace.ts';
import { adminToken, type Gateway, keyStores, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const platformKey = fakeKey();
const refused = { status: 401, error: { code: 'invalid_api_key' } };
const down: Fault = { status: 500, type: 'InternalServerError' };

describe('when a service behind the gateway is down', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let tenant: Tenant;
  let secret: string;
  let id: string;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    provider.reset();
    tenant = await createTenant(gateway);
    secret = fakeKey();
    id = await addKey(gateway, tenant, secret);
    gateway.lines.length = 0;
  });
  afterEach(() => {
    gateway.dynamo.fault(null);
    gateway.secrets.fault(null);
    stores.busDown = false;
  });

  const reported = (event: string) =>
    gateway.lines.map((line) => parseJson(line) as Record<string, unknown>).filter((line) => line.event === event);

  it.each([false, true])(
    'the log: the record goes to the function’s log as one line, and the answer is whole (stream: %s)',
    async (stream) => {
      gateway.dynamo.fault((operation) => (operation === 'PutItem' ? down : undefined));
      const answer = await chat(gateway, tenant, { stream });
      expect(answer.status).toBe(200);
      expect(stream ? answer.text.endsWith('data: [DONE]\n\n') : answer.json.object).toBe(
        stream ? true : 'chat.completion',
      );
      expect(gateway.lines.every((line) => !line.includes('\n'))).toBe(true);
      expect(reported('log_write_failed')).toEqual([
        expect.objectContaining({
          request_id: answer.headers.get('x-request-id'),
          workspace_id: tenant.id,
          status: 200,
          provider_key_id: id,
          usage: expect.objectContaining({ prompt_tokens: 10 }),
        }),
      ]);
    },
  );

  it.each<[string, Fault]>([
    ['answers with errors', down],
    ['throttles', { status: 400, type: 'ProvisionedThroughputExceededException' }],
    ['breaks connections', 'reset'],
    ['does not answer', 'hang'],
  ])('the configuration %s: 503 within seconds, and nothing is called', async (_, fault) => {
    gateway.dynamo.fault(() => fault);
    const started = performance.now();
    const answers = await Promise.all([
      chat(gateway, tenant),
      chat(gateway, tenant, { stream: true }),
      call(gateway, 'GET', '/v1/provider-keys', { key: tenant.apiKey }),
      call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body: {} }),
      call(gateway, 'POST', '/v1/workspaces', { key: adminToken, body: { name: 'another' } }),
    ]);
    expect(performance.now() - started).toBeLessThan(12_000);
    for (const answer of answers)
      expect([answer.status, errorOf(answer).code, answer.headers.get('retry-after')]).toEqual([
        503,
        'service_unavailable',
        '1',
      ]);
    expect(provider.calls).toEqual([]);
    expect(JSON.stringify(reported('unexpected_error'))).toContain('DynamoDB');
  });

  it('the ledger, before a fallback: the platform is not called without a hold', async () => {
    provider.treat(secret, refused);
    gateway.dynamo.fault((operation, body) =>
      operation === 'UpdateItem' && body.includes('BALANCE') ? down : undefined,
    );
    const answer = await chat(gateway, tenant);
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'service_unavailable']);
    expect([provider.callsOf(secret), provider.callsOf(platformKey)]).toEqual([1, 0]);
  });

  it('health and counts: the answer is as it would have been', async () => {
    provider.treat(secret, refused);
    gateway.dynamo.fault((operation, body) =>
      operation === 'UpdateItem' && /HEALTH|FALLBACK/.test(body) ? down : undefined,
    );
    const answer = await chat(gateway, tenant);
    expect(routeOf(answer)).toBe(`byok(${id})=credential:401, platform=200`);
    const unwritten = reported('health_write_failed') as { workspace_id: string; key: string | null }[];
    expect(unwritten.map((each) => [each.workspace_id, each.key]).sort()).toEqual([
      [tenant.id, null],
      [tenant.id, id],
    ]);
    expect(reported('fallback_count_failed')).toMatchObject([{ key: id }]);
  });

  it('the event bus: the answer is as it would have been, and the event is in the log', async () => {
    provider.treat(secret, refused);
    stores.busDown = true;
    expect((await chat(gateway, tenant)).status).toBe(200);
    expect(reported('event_send_failed')).toMatchObject([
      { type: 'Provider key health changed', detail: { provider_key_id: id, state: 'failing' } },
    ]);
  });

  it('the secrets, for a platform credential that is known: it stays in use', async () => {
    await chat(gateway, tenant, {}, { 'x-keyway-credentials': 'platform-only' });
    gateway.secrets.fault(() => 'reset');
    expect((await chat(gateway, tenant, {}, { 'x-keyway-credentials': 'platform-only' })).status).toBe(200);
  });

  it('the secrets, for operators whose token is not known yet: 503', async () => {
    const fresh = await startGateway(stores, {});
    fresh.secrets.fault(() => 'reset');
    const answer = await call(fresh, 'GET', '/v1/workspaces', { key: adminToken });
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'service_unavailable']);
    await fresh.close();
  });
});

describe('calls to each service', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let tenant: Tenant;

  beforeEach(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    tenant = await createTenant(gateway);
  });
  afterEach(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  /** The calls that a request makes, on DynamoDB and on Secrets Manager. */
  const callsOf = async (request: () => Promise<Answer>) => {
    gateway.dynamo.calls.length = 0;
    gateway.secrets.calls.length = 0;
    expect((await request()).status).toBe(200);
    return { dynamo: countCalls(gateway.dynamo.calls), secrets: countCalls(gateway.secrets.calls) };
  };
  const print = (what: string, calls: object) => console.log(`Calls per request, ${what}: ${JSON.stringify(calls)}`);

  it.each([false, true])(
    'of a request on an own key: one read and one write when warm (stream: %s)',
    async (stream) => {
      await addKey(gateway, tenant, fakeKey());
      const cold = await callsOf(() => chat(gateway, tenant, { stream }));
      print('own key, cold', cold);
      // Beside the warm ones: health, when the API key was used last, the operator's prices, and that the hour has records.
      expect(cold).toEqual({
        dynamo: { BatchGetItem: 1, GetItem: 1, UpdateItem: 2, PutItem: 2 },
        secrets: { GetSecretValue: 1 },
      });
      const warm = await callsOf(() => chat(gateway, tenant, { stream }));
      print('own key, warm', warm);
      expect(warm).toEqual({ dynamo: { BatchGetItem: 1, PutItem: 1 }, secrets: {} });
    },
  );

  it('of a request on an own key in the key store kms: a read of the table and one call to KMS more when cold, none when warm', async () => {
    const sealing = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores.kms });
    const id = await addKey(sealing, tenant, fakeKey());
    expect(countCalls(sealing.kms.calls)).toEqual({ GenerateDataKey: 1 });
    const callsTo = async () => {
      for (const { calls } of [sealing.dynamo, sealing.secrets, sealing.kms]) calls.length = 0;
      const answer = await chat(sealing, tenant);
      expect(routeOf(answer)).toBe(`byok(${id})=200`);
      return [sealing.dynamo, sealing.secrets, sealing.kms].map(({ calls }) => countCalls(calls));
    };
    expect(await callsTo()).toEqual([{ BatchGetItem: 1, GetItem: 2, UpdateItem: 2, PutItem: 2 }, {}, { Decrypt: 1 }]);
    expect(await callsTo()).toEqual([{ BatchGetItem: 1, PutItem: 1 }, {}, {}]);
    await sealing.close();
  });

  it('of requests on a key in the key store kms that its provider refuses: KMS is not asked again', async () => {
    const sealing = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores.kms });
    const credential = fakeKey();
    provider.treat(credential, { status: 401, error: { code: 'invalid_api_key' } });
    await addKey(sealing, tenant, credential, { fallback_enabled: false });
    sealing.kms.calls.length = 0;
    for (let i = 0; i < 5; i++) expect((await chat(sealing, tenant)).status).toBe(401);
    expect(countCalls(sealing.kms.calls)).toEqual({ Decrypt: 1 });
    await sealing.close();
  });

  it.each<[string, Fault]>([
    ['down', down],
    ['throttled', { status: 400, type: 'ProvisionedThroughputExceededException' }],
    ['denied', { status: 400, type: 'AccessDeniedException' }],
  ])('fall back when the table of encrypted secrets is %s, and a warm process serves on', async (_, fault) => {
    const sealing = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores.kms });
    const id = await addKey(sealing, tenant, fakeKey());
    const breakTable = () =>
      sealing.dynamo.fault((_operation, body) => (body.includes('"keyway-keys"') ? fault : undefined));
    breakTable();
    expect(routeOf(await chat(sealing, tenant))).toBe(`byok(${id})=secret_unavailable, platform=200`);
    const answer = await call(sealing, 'POST', '/v1/provider-keys', {
      key: tenant.apiKey,
      body: { provider: 'openai', credential: fakeKey() },
    });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    sealing.dynamo.fault(null);
    expect(routeOf(await chat(sealing, tenant))).toBe(`byok(${id})=200`);
    breakTable();
    sealing.kms.fault(() => down);
    expect(routeOf(await chat(sealing, tenant))).toBe(`byok(${id})=200`);
    await sealing.close();
  });

  it('of a request on platform credentials', async () => {
    const cold = await callsOf(() => chat(gateway, tenant));
    print('platform, cold', cold);
    // That the credential serves is noted for the first time: the note has no item yet, and once that is made it is written.
    expect(cold).toEqual({
      dynamo: { BatchGetItem: 1, GetItem: 3, UpdateItem: 5, PutItem: 3 },
      secrets: { GetSecretValue: 1 },
    });
    const warm = await callsOf(() => chat(gateway, tenant));
    print('platform, warm', warm);
    expect(warm).toEqual({ dynamo: { BatchGetItem: 1, UpdateItem: 2, PutItem: 1 }, secrets: {} });
  });

  it.each([
    [{ requests_per_minute: 100 }, 1],
    [{ requests_in_flight: 100 }, 2],
    [{ tokens_per_minute: 100_000 }, 2],
    [{ requests_per_minute: 100, requests_in_flight: 100, tokens_per_minute: 100_000 }, 2],
  ])('of a workspace that the operator limits: %j', async (limits, updates) => {
    await addKey(gateway, tenant, fakeKey());
    await call(gateway, 'PATCH', `/v1/workspaces/${tenant.id}`, { key: adminToken, body: limits });
    await chat(gateway, tenant);
    const warm = await callsOf(() => chat(gateway, tenant));
    print(`limited by ${Object.keys(limits).join(', ')}, warm`, warm);
    expect(warm).toEqual({ dynamo: { BatchGetItem: 1, UpdateItem: updates, PutItem: 1 }, secrets: {} });
  });

  it('of a workspace whose limits were taken away: as if it never had any', async () => {
    await addKey(gateway, tenant, fakeKey());
    for (const body of [{ requests_in_flight: 5 }, { requests_in_flight: null }])
      await call(gateway, 'PATCH', `/v1/workspaces/${tenant.id}`, { key: adminToken, body });
    await chat(gateway, tenant);
    expect(await callsOf(() => chat(gateway, tenant))).toEqual({
      dynamo: { BatchGetItem: 1, PutItem: 1 },
      secrets: {},
    });
  });

  it('of a request that falls back while its key cools down: one more, which counts it', async () => {
    const secret = fakeKey();
    await addKey(gateway, tenant, secret);
    provider.treat(secret, refused);
    print('first failure', await callsOf(() => chat(gateway, tenant)));
    const warm = await callsOf(() => chat(gateway, tenant));
    print('fallback, warm', warm);
    expect(warm).toEqual({ dynamo: { BatchGetItem: 1, UpdateItem: 3, PutItem: 1 }, secrets: {} });
  });
});
