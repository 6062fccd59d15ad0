import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { type Behaviour, type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
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
} from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const platformKey = fakeKey();
const refused: Behaviour = { status: 401, error: { code: 'invalid_api_key' } };
const throttled: Behaviour = { status: 429, error: { code: 'rate_limit_exceeded' }, headers: { 'retry-after': '30' } };

describe('cooldown and recovery', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let other: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    const settings = { OPENAI_BASE_URL: provider.url };
    [gateway, other] = await Promise.all([startGateway(stores, settings), startGateway(stores, settings)]);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), other.close(), provider.close()]);
    await stores.close();
  });
  // Time moves only when a test moves it; timers stay real.
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    provider.reset();
    stores.events.length = 0;
    tenant = await createTenant(gateway);
  });
  afterEach(() => void vi.useRealTimers());

  const pass = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);
  const healthOf = async (id: string) => (await keyOf(gateway, tenant, id)).json.health as JsonObject;

  it('passes a throttled key over for that model, in every process, until Retry-After is over', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(secret, (nth) => (nth === 0 ? throttled : 'serve'));
    expect(routeOf(await chat(gateway, tenant))).toBe(`byok(${id})=rate_limit:429, platform=200`);
    pass(29);
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=cooldown:rate_limit, platform=200`);
    expect(routeOf(await chat(other, tenant, { model: 'gpt-4o' }))).toBe(`byok(${id})=200`);
    pass(5);
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=200`);
    expect((await healthOf(id)).state).toBe('healthy');
  });

  it('lets one request among many find out whether the key is well again', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(secret, refused);
    await chat(gateway, tenant);
    pass(40);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => chat(i % 2 === 0 ? gateway : other, tenant)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(provider.callsOf(secret)).toBe(2);
    expect(
      answers.filter((answer) => routeOf(answer) === `byok(${id})=cooldown:credential, platform=200`),
    ).toHaveLength(39);
    expect(await healthOf(id)).toMatchObject({ state: 'cooling_down', failures: 2 });
  });

  it('lets the next request try when the one that tried learnt nothing, or died', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(
      secret,
      (nth) => [refused, { status: 500, error: {} } satisfies Behaviour, 'serve' as const][nth] ?? 'serve',
    );
    await chat(gateway, tenant);
    pass(40);
    expect(routeOf(await chat(gateway, tenant))).toBe(`byok(${id})=overloaded:500, platform=200`);
    expect(routeOf(await chat(gateway, tenant))).toBe(`byok(${id})=200`);

    provider.treat(secret, (nth) => (nth === 3 ? refused : 'hang'));
    await chat(gateway, tenant);
    pass(40);
    const probe = chat(gateway, tenant);
    await vi.waitFor(() => expect(provider.callsOf(secret)).toBe(5));
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=cooldown:credential, platform=200`);
    pass(16);
    provider.treat(secret, 'serve');
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=200`);
    provider.breakConnections();
    await probe;
  });

  it('doubles the cooldown while the key keeps failing, up to a quarter of an hour', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(secret, refused);
    const spans: number[] = [];
    for (let i = 0; i < 8; i++) {
      await chat(gateway, tenant);
      const { cooling_until } = await healthOf(id);
      spans.push((Date.parse(String(cooling_until)) - Date.now()) / 1000);
      pass(20 * 60);
    }
    for (const [i, least] of [30, 60, 120, 240, 480, 900, 900, 900].entries()) {
      expect(spans[i]).toBeGreaterThanOrEqual(least);
      expect(spans[i]).toBeLessThanOrEqual(least * 1.1);
    }
  });

  it('recovers at once when the key is rotated', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(secret, refused);
    await chat(gateway, tenant);
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=cooldown:credential, platform=200`);
    await call(gateway, 'PATCH', `/v1/provider-keys/${id}`, { key: tenant.apiKey, body: { credential: fakeKey() } });
    expect(routeOf(await chat(other, tenant))).toBe(`byok(${id})=200`);
  });

  it('keeps every cooldown when processes write at the same moment', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret);
    provider.treat(secret, throttled);
    const models = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'o3', 'gpt-5.2'];
    await Promise.all(models.map((model, i) => chat(i % 2 === 0 ? gateway : other, tenant, { model })));
    const routes = await Promise.all(models.map(async (model) => routeOf(await chat(gateway, tenant, { model }))));
    expect(routes).toEqual(models.map(() => `byok(${id})=cooldown:rate_limit, platform=200`));
  });

  it('writes health when it changes, not with every request', async () => {
    const secret = fakeKey();
    await addKey(gateway, tenant, secret);
    await chat(gateway, tenant);
    gateway.dynamo.calls.length = 0;
    await chat(gateway, tenant);
    await chat(gateway, tenant);
    expect(gateway.dynamo.calls).toEqual(['BatchGetItem', 'PutItem', 'BatchGetItem', 'PutItem']);
  });

  it('tells the tenant since when, why, how often and at what cost, and the bus once per change', async () => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret, { label: 'main' });
    provider.treat(secret, refused);
    const since = new Date().toISOString();
    const first = await Promise.all(Array.from({ length: 10 }, (_, i) => chat(i % 2 === 0 ? gateway : other, tenant)));
    pass(10);
    const costs = [...first, await chat(gateway, tenant)].map(({ json }) => Number((json.usage as JsonObject).cost));
    expect(await healthOf(id)).toMatchObject({
      state: 'cooling_down',
      since,
      last_error: { kind: 'credential', status: 401, code: 'invalid_api_key', at: since },
      failures: 1,
      fallbacks_24h: 11,
      fallback_cost_24h_usd: costs.reduce((sum, cost) => sum + cost, 0).toFixed(7),
    });
    pass(40);
    provider.treat(secret, 'serve');
    await chat(gateway, tenant);
    await chat(gateway, tenant);
    expect(await healthOf(id)).toMatchObject({
      state: 'healthy',
      since: new Date().toISOString(),
      failures: 0,
      cooling_until: null,
    });
    const about = {
      provider: 'openai',
      workspace_id: tenant.id,
      provider_key_id: id,
      label: 'main',
      fallback_enabled: true,
      reason: 'credential',
    };
    expect(stores.events).toEqual([
      {
        type: 'Provider key health changed',
        detail: expect.objectContaining({ ...about, state: 'failing', since, failures: 1 }),
      },
      {
        type: 'Provider key health changed',
        detail: expect.objectContaining({ ...about, state: 'healthy', cooling_until: null }),
      },
    ]);
  });

  it("leaves other tenants' keys alone", async () => {
    const neighbour = await createTenant(gateway);
    const [secret, same] = [fakeKey(), fakeKey()];
    await addKey(gateway, tenant, secret);
    const id = await addKey(gateway, neighbour, same);
    provider.treat(secret, refused);
    await chat(gateway, tenant);
    expect(routeOf(await chat(gateway, neighbour))).toBe(`byok(${id})=200`);
  });

  describe("the platform's own credential", () => {
    // Each test on gateways and a platform credential of its own: what they learn about it is shared.
    const withPlatform = async (
      run: (gateways: { a: Gateway; b: Gateway; secret: string; tenant: Tenant; stores: Stores }) => Promise<void>,
    ) => {
      const secret = fakeKey();
      const ownStores = await startStores({ openai: secret });
      const settings = { OPENAI_BASE_URL: provider.url };
      const [a, b] = await Promise.all([startGateway(ownStores, settings), startGateway(ownStores, settings)]);
      try {
        await run({ a, b, secret, tenant: await createTenant(a), stores: ownStores });
      } finally {
        await Promise.all([a.close(), b.close()]);
        await ownStores.close();
      }
    };

    it.each([
      ['credential', 401, 'invalid_api_key'],
      ['quota', 429, 'insufficient_quota'],
    ])(
      'is left alone after a %s failure, here at once and elsewhere within seconds, and recovers by itself',
      (kind, status, code) =>
        withPlatform(async ({ a, b, secret, tenant: someone, stores: { events } }) => {
          await chat(b, someone);
          provider.treat(secret, (nth) => (nth === 1 ? { status, error: { code } } : 'serve'));
          expect(routeOf(await chat(a, someone))).toBe(`platform=${kind}:${status}`);
          const left = await chat(a, someone);
          expect([left.status, errorOf(left).code, routeOf(left)]).toEqual([
            503,
            'provider_unavailable',
            `platform=cooldown:${kind}`,
          ]);
          pass(5.5);
          expect(routeOf(await chat(b, someone))).toBe(`platform=cooldown:${kind}`);
          expect(provider.callsOf(secret)).toBe(2);
          pass(70);
          const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => chat(i % 2 === 0 ? a : b, someone)));
          expect(answers.filter((answer) => routeOf(answer) === 'platform=200').length).toBeGreaterThan(0);
          expect(routeOf(await chat(a, someone))).toBe('platform=200');
          expect(events.map(({ type, detail }) => [type, detail.state, detail.reason])).toEqual([
            ['Platform credential health changed', 'failing', kind],
            ['Platform credential health changed', 'healthy', kind],
          ]);
        }),
    );

    it('is not left alone for what one workspace meets with, until another one meets with it, too', () =>
      withPlatform(async ({ a, secret, tenant: someone }) => {
        const another = await createTenant(a);
        provider.treat(secret, { status: 429, error: { code: 'rate_limit_exceeded' } });
        for (let i = 0; i < 3; i++) expect(routeOf(await chat(a, someone))).toBe('platform=rate_limit:429');
        expect(routeOf(await chat(a, another))).toBe('platform=rate_limit:429');
        expect(routeOf(await chat(a, someone))).toBe('platform=cooldown:rate_limit');
      }));

    it('is not blamed for an overloaded provider', () =>
      withPlatform(async ({ a, secret, tenant: someone }) => {
        provider.treat(secret, { status: 503, error: {} });
        await chat(a, someone);
        expect(routeOf(await chat(a, someone))).toBe('platform=overloaded:503, platform=overloaded:503');
      }));

    it('gives way to a cooling own key when both are left alone', () =>
      withPlatform(async ({ a, secret, tenant: someone }) => {
        const own = fakeKey();
        const id = await addKey(a, someone, own);
        provider.treat(secret, refused);
        provider.treat(own, (nth) => (nth === 0 ? throttled : 'serve'));
        await chat(a, someone);
        expect(routeOf(await chat(a, someone))).toBe(
          `byok(${id})=cooldown:rate_limit, platform=cooldown:credential, byok(${id})=200`,
        );
      }));
  });
});
