import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createBaseModels } from '../../../functions/gateway/keys/base-models.ts';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import { simulatedApiKey, simulatedSecretAccessKey } from '../../../local/simulated/bedrock/credentials.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
import { providerKey } from '../../core/samples.ts';
import { addKey, call, chat, createTenant, errorOf, keyOf, routeOf, type Tenant } from '../../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

const claude = arn('simclaude0001');
const titan = arn('simtitan00001');

function arn(id: string, resource = 'application-inference-profile'): string {
  return `arn:aws:bedrock:us-east-1:000000000000:${resource}/${id}`;
}

const pair = {
  accessKeyId: 'AKIASIMKEYWAYTENANT1',
  secretAccessKey: simulatedSecretAccessKey,
  region: 'us-east-1',
};

describe("models behind an account's own ids", () => {
  let stores: Stores;
  let simulated: Listening;
  let gateway: Gateway;
  let tenant: Tenant;
  const seen: { method: string; url: string; body: JsonObject }[] = [];
  const lookups = () => seen.filter(({ url }) => url.startsWith('/inference-profiles/'));
  const sent = () => seen.find(({ method }) => method === 'POST')?.body ?? {};

  beforeAll(async () => {
    const { handlers } = createSimulatedProviders();
    const bedrock = handlers.bedrock;
    simulated = await startSimulatedProviders({
      ...handlers,
      bedrock: async (request, body, response) => {
        seen.push({
          method: request.method ?? '',
          url: request.url ?? '',
          body: body.length === 0 ? {} : JSON.parse(body.toString()),
        });
        await bedrock?.(request, body, response);
      },
    });
    stores = await startStores({ bedrock: simulatedApiKey('sim-platform') });
  });
  afterAll(async () => {
    await simulated.close();
    await stores.close();
  });
  beforeEach(async () => {
    // A process that knows nothing yet.
    gateway = await startGateway(stores, simulatedEndpoints(simulated.url));
    tenant = await createTenant(gateway);
    seen.length = 0;
    return () => gateway.close();
  });

  const ask = (model: string, more: JsonObject = {}, headers: Record<string, string> = {}) =>
    chat(gateway, tenant, { model: `bedrock/${model}`, reasoning_effort: 'low', max_tokens: 3000, ...more }, headers);
  const add = (credential: unknown, more: JsonObject = {}) =>
    addKey(gateway, tenant, credential, { provider: 'bedrock', ...more });
  const record = async () => {
    const { json } = await call(gateway, 'GET', '/v1/logs', { key: tenant.apiKey });
    return (json.data as JsonObject[])[0] ?? {};
  };
  const thinking = { thinking: expect.objectContaining({ type: 'enabled' }) };

  it.each([
    ['an API key', simulatedApiKey()],
    ['AWS credentials', pair],
  ])('are asked for once, with %s, and then decide about fields and price', async (_, credential) => {
    await add(credential);
    const first = await ask(claude);
    expect(first.status, first.text).toBe(200);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /inference-profiles/${encodeURIComponent(claude)}`,
      `POST /model/${encodeURIComponent(claude)}/converse`,
    ]);
    expect(sent().additionalModelRequestFields).toMatchObject(thinking);
    expect(await record()).toMatchObject({ provider_model: claude, upstream_cost: expect.stringMatching(/[1-9]/) });
    await Promise.all([ask(claude), ask(claude)]);
    expect(lookups()).toHaveLength(1);
  });

  it('are asked for once, however many requests come at the same time', async () => {
    await add(simulatedApiKey());
    const answers = await Promise.all([ask(claude), ask(claude), ask(claude)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(lookups()).toHaveLength(1);
  });

  it('let Claude be called in its own words, and texts be embedded', async () => {
    await add(simulatedApiKey());
    const body = { model: `bedrock/${claude}`, max_tokens: 50, messages: [{ role: 'user', content: 'ping' }] };
    expect((await call(gateway, 'POST', '/v1/messages', { key: tenant.apiKey, body })).status).toBe(200);
    expect(seen.at(-1)?.url).toBe(`/model/${encodeURIComponent(claude)}/invoke`);
    await call(gateway, 'POST', '/v1/messages/count_tokens', { key: tenant.apiKey, body });
    expect(seen.at(-1)?.url).toBe('/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens');
    const texts = { model: `bedrock/${titan}`, input: 'ping' };
    const embedded = await call(gateway, 'POST', '/v1/embeddings', { key: tenant.apiKey, body: texts });
    expect(embedded.status, embedded.text).toBe(200);
    // An embedding model is asked nothing else.
    expect(errorOf(await ask(titan))).toMatchObject({ code: 'validation_error', param: 'model' });
  });

  it('stay unknown without harm where the key may not ask, and are not asked for again and again', async () => {
    await add(simulatedApiKey('sim-sealed'));
    for (let round = 0; round < 3; round++) expect((await ask(claude)).status).toBe(200);
    expect(lookups()).toHaveLength(1);
    expect(sent().additionalModelRequestFields).toBeUndefined();
    expect(await record()).toMatchObject({ upstream_cost: null });
  });

  it('are what the key says, and then nobody is asked', async () => {
    const models = {
      [claude]: { base_model: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
      [arn('*', 'provisioned-model')]: { base_model: 'anthropic/claude-sonnet-4-5' },
    };
    const id = await add(simulatedApiKey('sim-sealed'), { models });
    expect((await keyOf(gateway, tenant, id)).json.models).toEqual(models);
    for (const model of [claude, arn('abcdef', 'provisioned-model')]) {
      seen.length = 0;
      expect((await ask(model)).status).toBe(200);
      expect(lookups()).toEqual([]);
      expect(sent().additionalModelRequestFields).toMatchObject(thinking);
      expect(await record()).toMatchObject({ upstream_cost: expect.stringMatching(/[1-9]/) });
    }
    // The names of the object are the key's models, as those of a list are.
    expect((await ask('amazon.nova-lite-v1:0', {}, { 'x-keyway-credentials': 'byok-only' })).status).toBe(422);
    const patched = await call(gateway, 'PATCH', `/v1/provider-keys/${id}`, {
      key: tenant.apiKey,
      body: { models: ['*'] },
    });
    expect(patched.json.models).toEqual(['*']);
  });

  it('are told by the test of a key, too', async () => {
    const id = await add(simulatedApiKey());
    const body = { model: `bedrock/${titan}` };
    const tested = await call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body });
    expect(tested.json).toMatchObject({ state: 'verified', model: titan });
  });

  it.each([
    [{ 'x-keyway-credentials': 'platform-only' }, 404],
    [{ 'x-keyway-provider-key': 'pinned' }, 200],
  ])('are asked for with no key that %j leaves out', async (headers, status) => {
    await add(simulatedApiKey('sim-other'));
    const pinned = await add(simulatedApiKey('sim-sealed'));
    const [name = '', value = ''] = Object.entries(headers)[0] ?? [];
    expect((await ask(claude, {}, { [name]: value === 'pinned' ? pinned : value })).status).toBe(status);
    expect(lookups()).toHaveLength(status === 200 ? 1 : 0);
  });

  it('stand in filters for themselves', async () => {
    await add(simulatedApiKey('sim-nova'), { models: ['amazon/*'], priority: 0 });
    const key = await add(simulatedApiKey('sim-claude'), { models: ['anthropic/*'], priority: 1 });
    const answer = await ask(claude);
    expect(answer.headers.get('x-keyway-provider-key'), answer.text).toBe(key);
    const limited = await call(gateway, 'POST', '/v1/api-keys', {
      key: tenant.apiKey,
      body: { scopes: ['inference'], models: ['amazon/*'] },
    });
    const apiKey = String(limited.json.key);
    expect((await chat(gateway, { ...tenant, apiKey }, { model: `bedrock/${claude}` })).status).toBe(403);
    expect((await chat(gateway, { ...tenant, apiKey }, { model: `bedrock/${arn('simnova000001')}` })).status).toBe(200);
  });

  it('keep the platform off in doubt, although the operator has priced the id', async () => {
    for (const id of [claude, arn('unknown')])
      await call(gateway, 'PUT', `/v1/prices/bedrock/${id}`, {
        key: adminToken,
        body: { input_usd_per_million: '1', output_usd_per_million: '2' },
      });
    const open = await ask(arn('unknown'));
    expect(open.headers.get('x-keyway-credential'), open.text).toBe('platform');
    await add(simulatedApiKey('sim-sealed'), { models: ['anthropic/*'], fallback_enabled: false });
    // Nobody says what is behind it: it may be what the tenant keeps for the exclusive key.
    expect((await ask(arn('unknown'))).status).toBe(422);
    expect((await ask(claude)).status).toBe(422);
    // It is known, and is none of it.
    await add(simulatedApiKey('sim-nova'), { models: { [claude]: { base_model: 'amazon.nova-lite-v1:0' } } });
    const known = await ask(claude, {}, { 'x-keyway-credentials': 'platform-only' });
    expect(routeOf(known), known.text).toBe('platform=200');
    // Two keys that say different things say nothing.
    await add(simulatedApiKey('sim-nova'), { models: { [claude]: { base_model: 'anthropic/claude-sonnet-4-5' } } });
    expect((await ask(claude, {}, { 'x-keyway-credentials': 'platform-only' })).status).toBe(403);
  });

  it('are nobody’s guess where the operator has moved Bedrock and not its control plane', async () => {
    const { AWS_ENDPOINT_URL_BEDROCK: _, ...endpoints } = simulatedEndpoints(simulated.url);
    const moved = await startGateway(stores, endpoints);
    try {
      await add(simulatedApiKey());
      expect((await chat(moved, tenant, { model: `bedrock/${claude}` })).status).toBe(200);
      expect(lookups()).toEqual([]);
    } finally {
      await moved.close();
    }
  });

  it.each<[string, unknown, string]>([
    ['an empty object', {}, 'models'],
    ['a text', { a: 'b' }, 'models.a'],
    ['a base model that is no id', { a: { base_model: 'a b' } }, 'models.a.base_model'],
    ['a field that nobody knows', { a: { base: 'b' } }, 'models.a.base'],
    ['a list with a number', ['a', 1], 'models.1'],
  ])('are refused as %s', async (_, models, param) => {
    const body = { provider: 'bedrock', credential: simulatedApiKey(), models };
    const { status, json } = await call(gateway, 'POST', '/v1/provider-keys', { key: tenant.apiKey, body });
    expect(status).toBe(422);
    expect(json.error).toMatchObject({ code: 'validation_error', param });
  });
});

describe('what a provider tells of an id', () => {
  const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');

  /** `answers`: what each call to the provider comes to, in order. */
  function asked(...answers: (string | null | Error | Promise<string | null>)[]) {
    let now = 0;
    const calls: string[] = [];
    const models = createBaseModels({
      now: () => now,
      credentials: {
        resolve: async ({ model }) => ({
          ...{ credential: new Secret({}), credentialKey: `${model}@1`, secretVersion: '1', writtenAt: 0 },
          facts: { type: 'api_key', region: null, names: {} },
          ...{ region: null, redact: Object.assign((text: string) => text, { addSecret: () => {} }), learn: () => {} },
        }),
      },
      upstream: async () => ({
        prepare: () => Promise.reject(new Error('nothing is served')),
        modelBehind: async ({ model }) => {
          calls.push(model);
          const answer = answers[calls.length - 1] ?? null;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      }),
    });
    const find = async (keys = [providerKey('a', { provider: 'bedrock' })]) => {
      const candidates = [{ provider: 'bedrock', model: claude, offer: null }];
      const found = await models.find(candidates, { catalogue, workspaceId: 'ws_1', keys, mayAsk: () => true });
      return found[0]?.base?.model;
    };
    return { calls, find, later: (ms: number) => (now += ms) };
  }

  it('holds for ever', async () => {
    const { calls, find, later } = asked('amazon.nova-lite-v1:0');
    expect(await find()).toBe('amazon.nova-lite-v1:0');
    later(1e12);
    expect(await find()).toBe('amazon.nova-lite-v1:0');
    expect(calls).toHaveLength(1);
  });

  it('is asked for again some time after a refusal, and no request waits for it', async () => {
    let answer: (base: string) => void = () => {};
    const slow = new Promise<string>((done) => {
      answer = done;
    });
    const { calls, find, later } = asked(new Error('denied'), slow);
    expect(await find()).toBeUndefined();
    later(599_999);
    expect(await find()).toBeUndefined();
    expect(calls).toHaveLength(1);
    later(1);
    expect(await find()).toBeUndefined();
    expect(await find()).toBeUndefined();
    expect(calls).toHaveLength(2);
    answer('amazon.nova-lite-v1:0');
    await slow;
    await new Promise(setImmediate);
    expect(await find()).toBe('amazon.nova-lite-v1:0');
    expect(calls).toHaveLength(2);
  });

  it('is asked with three keys at most, in the order in which they are tried', async () => {
    const keys = ['a', 'b', 'c', 'd'].map((name, i) => providerKey(name, { provider: 'bedrock', priority: -i }));
    const { calls, find } = asked(null, null, null, 'amazon.nova-lite-v1:0');
    expect(await find(keys)).toBeUndefined();
    expect(calls).toHaveLength(3);
    const disabled = asked('amazon.nova-lite-v1:0');
    expect(await disabled.find([providerKey('a', { provider: 'bedrock', enabled: false })])).toBeUndefined();
    expect(disabled.calls).toEqual([]);
  });
});
