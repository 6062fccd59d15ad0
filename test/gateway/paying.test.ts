import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import {
  type Answer,
  addKey,
  call,
  chat,
  createTenant,
  errorOf,
  fakeKey,
  keyOf,
  routeOf,
  type Tenant,
} from '../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const platformKey = fakeKey();
const refused = { status: 401, error: { code: 'invalid_api_key' } };
/** 10 prompt and 5 completion tokens of gpt-4o-mini at 0.15 and 0.60 USD per million. */
const cost = '0.0000045';

describe('workspaces that pay', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let withFee: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    withFee = await startGateway(stores, { OPENAI_BASE_URL: provider.url, KEYWAY_PLATFORM_FEE_PERCENT: '50' });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), withFee.close(), provider.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    provider.reset();
    tenant = await createTenant(gateway, '1');
  });

  const balance = async () => (await call(gateway, 'GET', '/v1/balance', { key: tenant.apiKey })).json;
  const usageOf = (answer: Answer) => answer.json.usage as JsonObject;
  const logOf = async (answer: Answer) =>
    (await call(gateway, 'GET', `/v1/logs/${answer.headers.get('x-request-id')}`, { key: tenant.apiKey })).json;
  const limitedKey = async (limits: object): Promise<Tenant> => {
    const { json } = await call(gateway, 'POST', '/v1/api-keys', {
      key: tenant.apiKey,
      body: { scopes: ['inference'], ...limits },
    });
    return { id: tenant.id, apiKey: String(json.key) };
  };

  it('are charged what the answer, the log and the balance agree on', async () => {
    const answer = await chat(gateway, tenant);
    expect(usageOf(answer).cost).toBe(cost);
    expect(await logOf(answer)).toMatchObject({ cost, upstream_cost: cost, settled: true, usage_estimated: false });
    expect(await balance()).toMatchObject({
      balance_usd: '0.9999955',
      held_usd: '0.0000000',
      available_usd: '0.9999955',
    });
  });

  it('pay nothing for an answer that failed', async () => {
    provider.treat(platformKey, { status: 400, error: { code: 'bad' } });
    expect((await chat(gateway, tenant)).status).toBe(400);
    provider.treat(platformKey, 'cut');
    expect((await chat(gateway, tenant)).status).toBe(502);
    expect(await balance()).toMatchObject({ balance_usd: '1.0000000', held_usd: '0.0000000' });
  });

  it('pay an estimate, marked as one, for a stream that was cut', async () => {
    provider.treat(platformKey, 'cut');
    const answer = await chat(gateway, tenant, { stream: true });
    expect(answer.text).not.toContain('[DONE]');
    const record = await logOf(answer);
    expect(record).toMatchObject({ usage_estimated: true, error_code: 'provider_error', settled: true });
    const charged = Number(record.cost);
    expect(charged).toBeGreaterThan(0);
    expect(charged).toBeLessThan(0.0001);
    expect(await balance()).toMatchObject({ balance_usd: (1 - charged).toFixed(7), held_usd: '0.0000000' });
  });

  it('pay the fee on their own keys, and are served on them when nothing is left', async () => {
    tenant = await createTenant(gateway, '0.0000001');
    await addKey(gateway, tenant, fakeKey());
    const answer = await chat(withFee, tenant);
    expect(usageOf(answer)).toMatchObject({ byok_used: true, cost: '0.0000023' });
    expect(await balance()).toMatchObject({ balance_usd: '-0.0000022', held_usd: '0.0000000' });
    expect((await chat(withFee, tenant)).status).toBe(200);
    expect(errorOf(await chat(withFee, tenant, {}, { 'x-keyway-credentials': 'platform-only' })).code).toBe(
      'insufficient_credits',
    );
  });

  it('are served without what has no price, and told so', async () => {
    const answer = await chat(gateway, tenant, { service_tier: 'priority' });
    expect(answer.headers.get('x-keyway-dropped-params')).toBe('service_tier');
    expect(provider.calls.at(-1)?.body).not.toHaveProperty('service_tier');
    await addKey(gateway, tenant, fakeKey());
    expect(
      (await chat(gateway, tenant, { service_tier: 'priority' })).headers.get('x-keyway-dropped-params'),
    ).toBeNull();
    expect(provider.calls.at(-1)?.body).toHaveProperty('service_tier', 'priority');
  });

  it('get no dearer service tier on credit by sending so much that the request is passed on as text', async () => {
    const messages = [{ role: 'user', content: 'a'.repeat(100_000) }];
    const answer = await chat(gateway, tenant, { service_tier: 'priority', messages });
    expect(answer.headers.get('x-keyway-dropped-params')).toBe('service_tier');
    expect(provider.calls.at(-1)?.body).not.toHaveProperty('service_tier');
    expect(provider.calls.at(-1)?.body).toMatchObject({ model: 'gpt-4o-mini', messages });
  });

  it("are not told the operator's accounts when the platform's credential fails", async () => {
    // A refusal of the request, because it does not keep the credential aside for a while.
    provider.treat(platformKey, {
      status: 400,
      error: { code: 'bad', message: 'Not for organization org-Operator1234.' },
    });
    const answer = await chat(gateway, tenant);
    expect(errorOf(answer).provider_error).toMatchObject({ message: 'Not for organization [redacted].' });
    const record = JSON.stringify(await logOf(answer));
    expect(record).toContain('Not for organization');
    expect(record).not.toContain('org-Operator');
  });

  it("do not read the operator's files with the operator's credentials", async () => {
    const messages = [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-of-the-operator' } }] }];
    const answer = await chat(gateway, tenant, { messages });
    expect(answer.status).toBe(422);
    expect(errorOf(answer)).toMatchObject({ code: 'validation_error', param: 'messages.0.content.0.file.file_id' });
    expect(provider.calls).toHaveLength(0);

    const key = fakeKey();
    const id = await addKey(gateway, tenant, key);
    expect((await chat(gateway, tenant, { messages })).headers.get('x-keyway-credential')).toBe('byok');
    provider.treat(key, refused);
    const second = await chat(gateway, tenant, { messages });
    expect(errorOf(second).code).toBe('provider_credential_invalid');
    expect(routeOf(second)).toBe(`byok(${id})=credential:401, platform=skipped:stored_file`);
    expect(provider.callsOf(platformKey)).toBe(0);
  });

  it("pay the operator's price", async () => {
    const price = await call(gateway, 'PUT', '/v1/prices/openai/gpt-4o-nothing-yet', {
      key: adminToken,
      body: { input_usd_per_million: '1', output_usd_per_million: '10' },
    });
    expect([price.status, price.json.id]).toEqual([200, 'openai/gpt-4o-nothing-yet']);
    const another = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    expect(usageOf(await chat(another, tenant, { model: 'openai/gpt-4o-nothing-yet' })).cost).toBe('0.0000600');
    await another.close();
    expect(
      (await call(gateway, 'PUT', '/v1/prices/openai/x', { key: tenant.apiKey, body: { served: false } })).status,
    ).toBe(401);
    expect((await call(gateway, 'DELETE', '/v1/prices/openai/gpt-4o-nothing-yet', { key: adminToken })).status).toBe(
      204,
    );
  });

  describe('for fallback', () => {
    it('get the failure of their own key, with the cap named, once the cap of the workspace is reached', async () => {
      await call(gateway, 'PATCH', `/v1/workspaces/${tenant.id}`, {
        key: adminToken,
        body: { fallback_cap_day_usd: '0.0000040' },
      });
      const secret = fakeKey();
      const id = await addKey(gateway, tenant, secret);
      provider.treat(secret, refused);
      expect(routeOf(await chat(gateway, tenant))).toBe(`byok(${id})=credential:401, platform=200`);
      const answer = await chat(gateway, tenant);
      expect(answer.status).toBe(401);
      expect(routeOf(answer)).toContain('platform=skipped:spend_cap');
      expect(errorOf(answer).hint).toContain("the workspace's fallback cap of 0.0000040 USD a day is reached");
    });

    it('spend no more than the cap of the workspace without own keys either, nor by leaving them out', async () => {
      await call(gateway, 'PATCH', `/v1/workspaces/${tenant.id}`, {
        key: adminToken,
        body: { fallback_cap_day_usd: '0.0000040' },
      });
      expect((await chat(gateway, tenant)).status).toBe(200);
      const platformOnly = () => chat(gateway, tenant, {}, { 'x-keyway-credentials': 'platform-only' });
      for (const answer of [await chat(gateway, tenant), await platformOnly()])
        expect([answer.status, errorOf(answer).code]).toEqual([402, 'spend_cap_reached']);
      await addKey(gateway, tenant, fakeKey());
      expect((await chat(gateway, tenant)).status).toBe(200);
      expect((await platformOnly()).status).toBe(402);
    });

    it('keep to the cap of the provider key that was replaced', async () => {
      const secret = fakeKey();
      const id = await addKey(gateway, tenant, secret, { fallback_cap_month_usd: '0.0000001' });
      expect((await keyOf(gateway, tenant, id)).json).toMatchObject({
        fallback_cap_day_usd: null,
        fallback_cap_month_usd: '0.0000001',
      });
      provider.treat(secret, refused);
      expect((await chat(gateway, tenant)).status).toBe(200);
      expect(errorOf(await chat(gateway, tenant)).hint).toContain(
        `the fallback cap of provider key ${id} of 0.0000001 USD a month`,
      );
      await call(gateway, 'PATCH', `/v1/provider-keys/${id}`, {
        key: tenant.apiKey,
        body: { fallback_cap_month_usd: null },
      });
      expect((await chat(gateway, tenant)).status).toBe(200);
    });
  });

  describe('with limits on an API key', () => {
    it('are refused above the requests of a minute, with the headers that clients know', async () => {
      await addKey(gateway, tenant, fakeKey());
      const key = await limitedKey({ requests_per_minute: 2 });
      const first = await chat(gateway, key);
      expect([
        first.status,
        first.headers.get('x-ratelimit-limit-requests'),
        first.headers.get('x-ratelimit-remaining-requests'),
      ]).toEqual([200, '2', '1']);
      const answers = [first, await chat(gateway, key), await chat(gateway, key), await chat(gateway, key)];
      const last = answers.at(-1);
      // A new minute may have begun in between.
      if (last?.status === 200)
        return expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(4);
      expect([last?.status, last && errorOf(last).code]).toEqual([429, 'rate_limit_exceeded']);
      expect(last?.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(last?.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+s|\d+ms|1m0s)$/);
    });

    it('stop at what the key may spend, on platform credentials only', async () => {
      const key = await limitedKey({ spend_total_usd: '0.0000040' });
      expect((await chat(gateway, key)).status).toBe(200);
      const answer = await chat(gateway, key);
      expect([answer.status, errorOf(answer).code]).toEqual([402, 'spend_cap_reached']);
      expect(errorOf(answer).message).toContain("This API key's spend cap of 0.0000040 USD in total");
      expect(await balance()).toMatchObject({ balance_usd: '0.9999955', held_usd: '0.0000000' });
      await addKey(gateway, tenant, fakeKey());
      expect((await chat(gateway, key)).status).toBe(200);
    });

    it('may use the models of the list', async () => {
      const key = await limitedKey({ models: ['openai/gpt-4o*'] });
      expect((await chat(gateway, key)).status).toBe(200);
      const answer = await chat(gateway, key, { model: 'gpt-4.1' });
      expect([answer.status, errorOf(answer).code, errorOf(answer).param]).toEqual([403, 'forbidden', 'model']);
      expect(provider.calls).toHaveLength(1);
    });
  });

  describe('see their usage', () => {
    it('by key, and an inference key sees its own', async () => {
      const key = await limitedKey({});
      await chat(gateway, key);
      await chat(gateway, tenant);
      const all = await call(gateway, 'GET', '/v1/usage', { key: tenant.apiKey });
      expect(all.json.data).toHaveLength(2);
      const own = await call(gateway, 'GET', '/v1/usage', { key: key.apiKey });
      expect(own.json.data).toEqual([
        expect.objectContaining({
          requests: 1,
          prompt_tokens: 10,
          completion_tokens: 5,
          credential: 'platform',
          model: 'gpt-4o-mini',
          cost,
        }),
      ]);
    });

    it('as CSV', async () => {
      await chat(gateway, tenant);
      const { headers, text } = await call(gateway, 'GET', '/v1/usage', {
        key: tenant.apiKey,
        headers: { accept: 'text/csv' },
      });
      expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(text.split('\r\n')[1]).toMatch(
        /^\d{4}-\d\d-\d\d,gpt-4o-mini,openai,platform,ak_\w{26},,1,0,10,5,0,0,0\.0000045,0\.0000045$/,
      );
    });
  });

  describe('change an API key for another', () => {
    const rotate = (id: string, body?: object) =>
      call(gateway, 'POST', `/v1/api-keys/${id}/rotate`, { key: tenant.apiKey, body });
    const createKey = async () =>
      (
        await call(gateway, 'POST', '/v1/api-keys', {
          key: tenant.apiKey,
          body: { name: 'app', scopes: ['inference'], models: ['openai/*'] },
        })
      ).json;
    const passes = async (key: unknown) => (await chat(gateway, { id: tenant.id, apiKey: String(key) })).status;

    it('at once', async () => {
      const old = await createKey();
      const { status, json } = await rotate(String(old.id));
      expect([status, json.name, json.models, json.rotates]).toEqual([201, 'app', ['openai/*'], old.id]);
      expect([await passes(old.key), await passes(json.key)]).toEqual([403, 200]);
    });

    it('and what the old key spent goes over to the new one', async () => {
      const { json: old } = await call(gateway, 'POST', '/v1/api-keys', {
        key: tenant.apiKey,
        body: { scopes: ['inference'], spend_total_usd: '0.0000040', requests_per_day: 50 },
      });
      expect(await passes(old.key)).toBe(200);
      expect(await passes(old.key)).toBe(402);
      const { json: second } = await rotate(String(old.id), { overlap_seconds: 3600 });
      const { json: third } = await rotate(String(second.id));
      expect(await passes(third.key)).toBe(402);
      const answer = await chat(gateway, { id: tenant.id, apiKey: String(third.key) });
      expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('46');
    });

    it('with an overlap', async () => {
      const old = await createKey();
      const { json } = await rotate(String(old.id), { overlap_seconds: 3600 });
      expect([await passes(old.key), await passes(json.key)]).toEqual([200, 200]);
      const { json: list } = await call(gateway, 'GET', '/v1/api-keys', { key: tenant.apiKey });
      const shown = (list.data as JsonObject[]).find(({ id }) => id === old.id);
      expect(Date.parse(String(shown?.expires_at)) - Date.now()).toBeGreaterThan(3_500_000);
      expect(shown?.last_used_at).not.toBeNull();
    });
  });
});
