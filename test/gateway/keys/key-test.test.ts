import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import { simulatedApiKey, simulatedShortTermKey } from '../../../local/simulated/bedrock/credentials.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
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

describe('the test of a key', () => {
  let stores: Stores;
  let simulated: Listening;
  let fake: FakeOpenAi;
  /** On simulated providers; on one that a test scripts. */
  let gateway: Gateway;
  let scripted: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    [stores, simulated, fake] = await Promise.all([
      startStores({ openai: fakeKey() }),
      startSimulatedProviders(createSimulatedProviders().handlers),
      startFakeOpenAi(),
    ]);
    [gateway, scripted] = await Promise.all([
      startGateway(stores, { ...simulatedEndpoints(simulated.url), KEYWAY_FIRST_BYTE_TIMEOUT_MS: '1500' }),
      startGateway(stores, { OPENAI_BASE_URL: fake.url }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), scripted.close(), simulated.close(), fake.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    fake.reset();
    tenant = await createTenant(gateway);
  });
  afterEach(() => scripted.secrets.fault(null));

  const test = async (id: string, at: Gateway = gateway, body: object = {}) =>
    call(at, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body });

  it('says what the provider said, how long it took and when it was', async () => {
    const shortTerm = simulatedShortTermKey('eu-central-1', new Date());
    const wrong = { accessKeyId: 'AKIASIMKEYWAYTEST0001', secretAccessKey: 'x'.repeat(40), region: 'eu-west-1' };
    const cases: [string, unknown, string, number][] = [
      ['openai', 'sk-sim-quota', 'quota_exceeded', 429],
      ['bedrock', shortTerm, 'verified', 200],
      ['bedrock', wrong, 'invalid', 403],
    ];
    for (const [provider, credential, state, provider_status] of cases) {
      const id = await addKey(gateway, tenant, credential, { provider });
      const { status, json, text } = await test(id);
      expect(status).toBe(200);
      expect(json, text).toMatchObject({
        state,
        provider_status,
        detail: expect.any(String),
        hint: state === 'verified' ? null : expect.any(String),
        latency_ms: expect.any(Number),
        checked_at: expect.stringMatching(/Z$/),
      });
    }
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
