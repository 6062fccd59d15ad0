import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiKey, ApiKeyLimits } from '../../../functions/core/accounts/workspace.ts';
import type { WindowCounts } from '../../../functions/core/ports.ts';
import { createRateLimiter } from '../../../functions/gateway/accounts/rate-limiter.ts';
import { createWindowCounts } from '../../../functions/stores/config/window-counts.ts';
import { newId, noLimits, openTables, type Tables } from '../../stores/tables.ts';

const start = Date.parse('2026-11-23T10:05:20Z');

describe('the rate limiter', () => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables();
  });
  afterAll(() => tables.close());

  const keyWith = (limits: Partial<ApiKeyLimits>): ApiKey => ({
    id: newId('ak'),
    workspaceId: newId('ws'),
    name: null,
    hash: '',
    scopes: ['inference'],
    enabled: true,
    revokedAt: null,
    createdAt: new Date(start).toISOString(),
    limits: { ...noLimits, ...limits },
  });

  /** A process, with the number of its writes. */
  const open = (counts: WindowCounts = createWindowCounts(tables.client, tables.config)) => {
    const clock = { now: start };
    const seen = { writes: 0, reports: [] as string[] };
    const counting: WindowCounts = {
      add: (...given) => {
        seen.writes++;
        return counts.add(...given);
      },
    };
    const limiter = createRateLimiter({
      counts: counting,
      now: () => clock.now,
      report: (event) => seen.reports.push(event),
    });
    const passes = async (key: ApiKey) => (await limiter.take(key)).refusal === null;
    return { limiter, passes, clock, seen };
  };

  it('makes no call for a key without limits', async () => {
    const { limiter, seen } = open();
    expect(await limiter.take(keyWith({}))).toEqual({ headers: {}, refusal: null });
    await limiter.countTokens(keyWith({}), 1000);
    expect(seen.writes).toBe(0);
  });

  it('lets as many through as the minute allows, over all processes, and starts anew', async () => {
    const key = keyWith({ requestsPerMinute: 5 });
    const processes = [open(), open(), open()];
    const results: boolean[] = [];
    for (let i = 0; i < 9; i++) results.push((await processes[i % 3]?.passes(key)) ?? false);
    expect(results.filter(Boolean)).toHaveLength(5);
    for (const { clock } of processes) clock.now += 60_000;
    expect(await processes[0]?.passes(key)).toBe(true);
  });

  it('says when to come back', async () => {
    const key = keyWith({ requestsPerMinute: 1 });
    const { limiter } = open();
    expect((await limiter.take(key)).headers).toMatchObject({
      'x-ratelimit-limit-requests': '1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '40s',
    });
    const { refusal, headers } = await limiter.take(key);
    expect(refusal).toMatchObject({ code: 'rate_limit_exceeded', status: 429 });
    expect(refusal?.headers()).toEqual({ 'retry-after': '40' });
    expect(headers['x-ratelimit-remaining-requests']).toBe('0');
  });

  it('writes nothing for those that it refuses again, and takes nothing from their day', async () => {
    const key = keyWith({ requestsPerMinute: 2, requestsPerDay: 4 });
    const { passes, clock, seen } = open();
    for (let i = 0; i < 50; i++) await passes(key);
    expect(seen.writes).toBe(4);
    clock.now += 60_000;
    expect([await passes(key), await passes(key), await passes(key)]).toEqual([true, true, false]);
    clock.now += 60_000;
    expect(await passes(key)).toBe(false);
  });

  it('tells official clients not to wait for a new day', async () => {
    const key = keyWith({ requestsPerDay: 1 });
    const { limiter } = open();
    await limiter.take(key);
    expect((await limiter.take(key)).refusal?.headers()).toMatchObject({
      'x-should-retry': 'false',
      'retry-after': String(86_400 - 10 * 3600 - 5 * 60 - 20),
    });
  });

  it('refuses once the tokens of the minute are used up', async () => {
    const key = keyWith({ tokensPerMinute: 1000 });
    const [one, other] = [open(), open()];
    expect(await one.passes(key)).toBe(true);
    await one.limiter.countTokens(key, 600);
    expect(await other.passes(key)).toBe(true);
    await other.limiter.countTokens(key, 500);
    expect(await other.passes(key)).toBe(false);
    expect((await one.limiter.take(key)).refusal?.message).toContain('1000 tokens a minute');
  });

  it('writes once for several requests where a key may send very many, and never lets more through', async () => {
    const key = keyWith({ requestsPerMinute: 27_000 });
    const counts = createWindowCounts(tables.client, tables.config);
    await counts.add(
      key.workspaceId,
      key.id,
      { kind: 'minute', name: '2026-11-23T10:05', seconds: 60, endsAt: start + 40_000 },
      { requests: 26_990, tokens: 0 },
    );
    const { passes, seen } = open(counts);
    const results: boolean[] = [];
    for (let i = 0; i < 30; i++) results.push(await passes(key));
    expect(results.filter(Boolean)).toHaveLength(10);
    expect(seen.writes).toBeLessThanOrEqual(5);
  });

  it('lets requests pass when they cannot be counted, and says so', async () => {
    const { passes, seen } = open({ add: () => Promise.reject(new Error('throttled')) });
    expect(await passes(keyWith({ requestsPerMinute: 1 }))).toBe(true);
    expect(seen.reports).toEqual(['rate_limit_not_counted']);
  });
});
