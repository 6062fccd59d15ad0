import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChangeLimiter } from '../../../functions/gateway/access/change-limiter.ts';
import { call, createTenant, errorOf, fakeKey, type Tenant } from '../../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

const noon = Date.parse('2026-03-01T12:00:00Z');

function open(limits = { perMinute: 3, perDay: 5 }) {
  const stored = new Map<string, number>();
  const clock = { now: noon };
  let writes = 0;
  const limiter = createChangeLimiter({
    counts: {
      async add(workspaceId, id, window, { requests }) {
        writes++;
        const name = `${workspaceId} ${id} ${window.name}`;
        stored.set(name, (stored.get(name) ?? 0) + requests);
        return { requests: stored.get(name) ?? 0, tokens: 0 };
      },
    },
    limits,
    now: () => clock.now,
    report: () => undefined,
  });
  return { limiter, clock, writes: () => writes };
}

describe('the limit of changes', () => {
  it('is of the workspace and the minute, tells when to come back, and a flood beyond it writes nothing', async () => {
    const { limiter, clock, writes } = open();
    for (let i = 0; i < 3; i++) await limiter.take('ws_1', false);
    clock.now = noon + 20_000;
    await expect(limiter.take('ws_1', false)).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      status: 429,
      details: { retryAfterSeconds: 40 },
    });
    const before = writes();
    for (let i = 0; i < 100; i++) await expect(limiter.take('ws_1', false)).rejects.toThrow('too many changes');
    expect(writes()).toBe(before);
    await limiter.take('ws_2', false);
    clock.now = noon + 60_000;
    await limiter.take('ws_1', false);
  });

  it('never keeps anybody from deleting because of changes, and is kept by deletions, too', async () => {
    const { limiter } = open();
    for (let i = 0; i < 3; i++) await limiter.take('ws_1', false);
    await expect(limiter.take('ws_1', false)).rejects.toThrow();
    for (let i = 0; i < 3; i++) await limiter.take('ws_1', true);
    await expect(limiter.take('ws_1', true)).rejects.toThrow('too many removals');
  });

  it('is of the day, too, and then official clients do not wait', async () => {
    const { limiter, clock } = open();
    for (let i = 0; i < 5; i++) {
      clock.now = noon + i * 60_000;
      await limiter.take('ws_1', false);
    }
    clock.now += 60_000;
    await expect(limiter.take('ws_1', false)).rejects.toMatchObject({ details: { shouldRetry: false } });
  });
});

describe('a workspace that asks for too many changes', () => {
  let stores: Stores;
  let gateway: Gateway;
  let tenant: Tenant;
  beforeAll(async () => {
    stores = await startStores();
    gateway = await startGateway(stores, { KEYWAY_CHANGES_PER_MINUTE: '4', KEYWAY_CHANGES_PER_DAY: '4' });
    tenant = await createTenant(gateway);
  });
  afterAll(async () => {
    await gateway.close();
    await stores.close();
  });

  it('gets 429, leaves no record of what was not looked at, and may still revoke the key; the operator is not limited', async () => {
    const key = tenant.apiKey;
    const ask = (body: object) => call(gateway, 'POST', '/v1/provider-keys', { key, body });
    const answers = [
      await call(gateway, 'POST', '/v1/api-keys', { key, body: { scopes: ['inference'] } }),
      await ask({ provider: 'nobody' }),
      await ask({ provider: 'openai', credential: fakeKey() }),
      await ask({ nonsense: true }),
      await ask({ provider: 'openai', credential: fakeKey() }),
    ];
    const statuses = answers.map(({ status }) => status);
    expect(statuses[0]).toBe(201);
    expect(statuses[2]).toBe(201);
    const [last] = answers.slice(-1);
    // Each function counts the same workspace in the same place.
    expect(last && errorOf(last)).toMatchObject({ code: 'rate_limit_exceeded' });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    const audit = await call(gateway, 'GET', '/v1/audit', { key });
    const byKeys = (audit.json.data as { actor: { type: string } }[]).filter(({ actor }) => actor.type === 'api_key');
    expect(byKeys).toHaveLength(4);
    const made = String(answers[0]?.json.id);
    expect((await call(gateway, 'DELETE', `/v1/api-keys/${made}`, { key })).status).toBe(204);
    const credit = { amount_usd: '1', idempotency_key: 'one' };
    for (let i = 0; i < 6; i++)
      expect(
        (await call(gateway, 'POST', `/v1/workspaces/${tenant.id}/credits`, { key: adminToken, body: credit })).status,
      ).toBeLessThan(300);
  });
});
