import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import {
  simulatedApiKey,
  simulatedSecretAccessKey,
  simulatedShortTermKey,
} from '../../../local/simulated/bedrock/credentials.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
import { simulatedServiceAccount } from '../../../local/simulated/vertex/server.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../embedded/fake-openai.ts';
import {
  addKey,
  call,
  chat,
  createTenant,
  errorOf,
  fakeKey,
  keyOf,
  routeOf,
  type Tenant,
} from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

const account = (name: string) => simulatedServiceAccount(name);
const pair = (accessKeyId: string, secretAccessKey = simulatedSecretAccessKey) => ({
  accessKeyId,
  secretAccessKey,
  region: 'eu-west-1',
});
/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9';

describe('the test of a key', () => {
  let stores: Stores;
  let simulated: Listening;
  let fake: FakeOpenAi;
  /** On simulated providers; on providers that cannot be reached; on one that a test scripts. */
  let gateway: Gateway;
  let cutOff: Gateway;
  let scripted: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    [stores, simulated, fake] = await Promise.all([
      startStores({ openai: fakeKey() }),
      startSimulatedProviders(createSimulatedProviders().handlers),
      startFakeOpenAi(),
    ]);
    [gateway, cutOff, scripted] = await Promise.all([
      startGateway(stores, { ...simulatedEndpoints(simulated.url), KEYWAY_FIRST_BYTE_TIMEOUT_MS: '1500' }),
      startGateway(stores, {
        OPENAI_BASE_URL: nowhere,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: nowhere,
        VERTEX_BASE_URL: nowhere,
        GOOGLE_TOKEN_URL: nowhere,
      }),
      startGateway(stores, { OPENAI_BASE_URL: fake.url }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), cutOff.close(), scripted.close(), simulated.close(), fake.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    fake.reset();
    tenant = await createTenant(gateway);
  });
  afterEach(() => scripted.secrets.fault(null));

  const test = async (id: string, at: Gateway = gateway, body: object = {}) =>
    call(at, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body });

  it.each<[string, string, unknown, string, number | null]>([
    ['openai', 'works', 'sk-sim-demo', 'verified', 200],
    ['openai', 'is refused', 'sk-sim-invalid', 'invalid', 401],
    ['openai', 'may not', 'sk-sim-denied', 'no_permission', 401],
    ['openai', 'is throttled', 'sk-sim-ratelimited', 'rate_limited', 429],
    ['openai', 'has no quota', 'sk-sim-quota', 'quota_exceeded', 429],
    ['openai', 'gets no answer', 'sk-sim-slow', 'unreachable', null],
    ['openai', 'meets an overloaded service', 'sk-sim-overloaded', 'inconclusive', 503],
    ['bedrock', 'works', simulatedApiKey(), 'verified', 200],
    ['bedrock', 'works, short-term', simulatedShortTermKey('eu-central-1', new Date()), 'verified', 200],
    ['bedrock', 'works, IAM', pair('AKIASIMKEYWAYTEST0001'), 'verified', 200],
    ['bedrock', 'is refused', simulatedApiKey('sim-invalid'), 'invalid', 403],
    ['bedrock', 'has the wrong secret', pair('AKIASIMKEYWAYTEST0001', 'x'.repeat(40)), 'invalid', 403],
    ['bedrock', 'may not', simulatedApiKey('sim-denied'), 'no_permission', 403],
    ['bedrock', 'is throttled', simulatedApiKey('sim-ratelimited'), 'rate_limited', 429],
    ['bedrock', 'has no quota', simulatedApiKey('sim-quota'), 'quota_exceeded', 400],
    ['bedrock', 'gets no answer', simulatedApiKey('sim-slow'), 'unreachable', null],
    ['bedrock', 'meets an overloaded service', simulatedApiKey('sim-overloaded'), 'inconclusive', 503],
    ['vertex', 'works', account('works'), 'verified', 200],
    ['vertex', 'is refused', account('invalid'), 'invalid', 400],
    ['vertex', 'may not', account('denied'), 'no_permission', 403],
    ['vertex', 'is throttled', account('ratelimited'), 'rate_limited', 429],
    ['vertex', 'has no quota', account('quota'), 'quota_exceeded', 403],
    ['vertex', 'gets no answer', account('slow'), 'unreachable', null],
    ['vertex', 'meets an overloaded service', account('overloaded'), 'inconclusive', 503],
  ])('%s: a key that %s', async (provider, _, credential, state, provider_status) => {
    const id = await addKey(gateway, tenant, credential, { provider });
    const { status, json, text } = await test(id);
    expect(status).toBe(200);
    expect(json, text).toMatchObject({
      state,
      provider_status,
      detail: expect.any(String),
      latency_ms: expect.any(Number),
      checked_at: expect.stringMatching(/Z$/),
    });
    if (state === 'verified') expect(json.hint).toBeNull();
  });

  it.each<[string, unknown]>([
    ['openai', 'sk-sim-demo'],
    ['bedrock', simulatedApiKey()],
    ['bedrock', pair('AKIASIMKEYWAYTEST0001')],
    ['vertex', account('works')],
  ])('%s: never says invalid when the network fails', async (provider, credential) => {
    const id = await addKey(gateway, tenant, credential, { provider });
    expect((await test(id, cutOff)).json).toMatchObject({ state: 'unreachable', provider_status: null });
  });

  it('is made in the region of the key, with the model that is asked for', async () => {
    const id = await addKey(gateway, tenant, simulatedApiKey(), { provider: 'bedrock', region: 'eu-west-1' });
    expect((await test(id)).json).toMatchObject({
      state: 'verified',
      region: 'eu-west-1',
      model: 'eu.amazon.nova-micro-v1:0',
    });
    const denied = (await test(id, gateway, { model: 'bedrock/anthropic.denied-v1' })).json;
    expect(denied).toMatchObject({ state: 'no_permission', provider_status: 403, hint: expect.stringContaining(id) });
    expect((await test(id, gateway, { model: 'openai/gpt-4o' })).status).toBe(422);
    const openai = await addKey(gateway, tenant, 'sk-sim-demo');
    expect((await test(openai, gateway, { model: 'openai/sim-missing' })).json).toMatchObject({
      state: 'no_permission',
      provider_status: 404,
    });
    expect((await test(openai, gateway, { model: 'text-embedding-3-small' })).json).toMatchObject({
      state: 'verified',
      model: 'text-embedding-3-small',
    });
  });

  it('is one call, as cheap as can be', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    await test(id, scripted);
    expect(fake.calls).toEqual([
      {
        credential: secret,
        path: '/chat/completions',
        body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 },
      },
    ]);
  });

  it('tests what is stored, not what was read earlier', async () => {
    const [old, fresh] = [fakeKey(), fakeKey()];
    const id = await addKey(gateway, tenant, old);
    const name = `keyway/tenants/${tenant.id}/${id}`;
    await chat(scripted, tenant);
    await stores.secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: fresh }));
    fake.treat(old, { status: 401, error: { code: 'invalid_api_key' } });
    expect((await test(id, scripted)).json.state).toBe('verified');
    expect(fake.calls.at(-1)?.credential).toBe(fresh);
    await stores.secretsManager.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    expect((await test(id, scripted)).json).toMatchObject({
      state: 'inconclusive',
      provider_status: null,
      hint: expect.stringContaining(`PATCH /v1/provider-keys/${id}`),
    });
  });

  it('says inconclusive when the store of secrets is down, and leaves the key in use', async () => {
    const id = await addKey(gateway, tenant, fakeKey());
    await chat(scripted, tenant);
    scripted.secrets.fault(() => 'reset');
    expect((await test(id, scripted)).json.state).toBe('inconclusive');
    expect(routeOf(await chat(scripted, tenant))).toBe(`byok(${id})=200`);
  });

  it('ends the cooldown of a key that works again, and of no other', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    fake.treat(secret, { status: 429, error: { code: 'insufficient_quota' } });
    await chat(scripted, tenant);
    expect((await test(id, scripted)).json.state).toBe('quota_exceeded');
    expect(routeOf(await chat(scripted, tenant))).toBe(`byok(${id})=cooldown:quota, platform=200`);
    fake.treat(secret, 'serve');
    expect((await test(id, scripted)).json.state).toBe('verified');
    expect(routeOf(await chat(scripted, tenant))).toBe(`byok(${id})=200`);
    expect((await keyOf(gateway, tenant, id)).json.health).toMatchObject({ state: 'healthy' });
  });

  it('works for a disabled key, and is 404 for that of another workspace', async () => {
    const id = await addKey(gateway, tenant, 'sk-sim-demo', { enabled: false });
    expect((await test(id)).json.state).toBe('verified');
    const other = await createTenant(gateway);
    const answer = await call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: other.apiKey, body: {} });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'not_found']);
  });
});
