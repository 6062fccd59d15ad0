import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../../functions/core/billing/money.ts';
import type { LogRecord } from '../../../functions/core/log-record.ts';
import { usageOf } from '../../../functions/gateway/accounts/usage.ts';
import { sweepUsage } from '../../../functions/gateway/sweep/sweep-usage.ts';
import { createHotCalls, type HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { createUsageHours } from '../../../functions/stores/log/usage-hours.ts';
import { noIds } from '../../core/samples.ts';
import { addWorkspace, newId, openTables, type Tables } from '../tables.ts';

const hour = 3_600_000;
const noon = Date.parse('2026-11-23T12:00:00Z');

function recordAt(workspaceId: string, at: number, change: Partial<LogRecord> = {}): LogRecord {
  return {
    request_id: newId('req', at),
    ...noIds,
    workspace_id: workspaceId,
    api_key_id: 'ak_1',
    at: new Date(at).toISOString(),
    endpoint: '/v1/chat/completions',
    model: 'm',
    stream: false,
    status: 200,
    error_code: null,
    route: null,
    kind: null,
    message: null,
    credential: 'platform',
    provider: 'p',
    provider_key_id: null,
    provider_model: 'm',
    provider_request_id: null,
    fallback_triggered: false,
    attempts: [],
    usage: { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 2, reasoning_tokens: 1 },
    usage_estimated: false,
    cost: '0.0000100',
    settled: true,
    upstream_cost: '0.0000100',
    first_byte_ms: 1,
    total_ms: 2,
    gateway_ms: 1,
    finish_reason: 'stop',
    dropped_params: [],
    client: { user_agent: null, ip: null },
    expires_at: Math.floor(Date.now() / 1000) + 365 * 86_400,
    ...change,
  };
}

describe('usage', () => {
  let tables: Tables;
  let calls: HotCalls;
  beforeAll(async () => {
    tables = await openTables();
    calls = createHotCalls(tables.client);
  });
  afterAll(() => tables.close());

  const open = async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const log = createRequestLog(tables.client, calls, tables.log, () => noon);
    const hours = createUsageHours(tables.client, tables.config);
    const requests = async (count: number, at: number, change: Partial<LogRecord> = {}) => {
      for (let i = 0; i < count; i++) await log.write(recordAt(workspace.id, at + i, change));
    };
    // Only this workspace: the others of the table are none of its business.
    const alone = () => ({
      ...hours,
      completeUntil: (id: string | null, set?: number) =>
        id === null ? Promise.resolve(set ?? 0) : hours.completeUntil(id, set),
      workspaces: async function* () {
        yield [workspace.id];
      },
    });
    const sweep = (now: number) => sweepUsage({ hours: alone(), log, now: () => now });
    const usage = (from: number, to: number, key: string | null = null) =>
      usageOf({ log, hours }, workspace.id, { from, to }, key);
    return { id: workspace.id, log, hours, requests, sweep, usage };
  };
  const total = (rows: { requests: number }[]) => rows.reduce((sum, row) => sum + row.requests, 0);

  it('is the same before, between and after the sums of the hours', async () => {
    const { requests, sweep, usage } = await open();
    await requests(3, noon - 5 * hour);
    await requests(2, noon - 90 * 60_000, { error_code: 'provider_error', cost: '0.0000000' });
    await requests(1, noon - 1000);
    const before = await usage(noon - 24 * hour, noon);
    expect(before.rows).toEqual([
      expect.objectContaining({
        day: '2026-11-23',
        requests: 6,
        errors: 2,
        prompt_tokens: 60,
        cached_tokens: 12,
        cost: '0.0000400',
      }),
    ]);
    expect(await sweep(noon)).toEqual({ hours: 2 });
    expect((await usage(noon - 24 * hour, noon)).rows).toEqual(before.rows);
    expect(await sweep(noon)).toEqual({ hours: 0 });
    await requests(1, noon - 500);
    expect(total((await usage(noon - 24 * hour, noon)).rows)).toBe(7);
  });

  it('outlives the log', async () => {
    const { log, hours, requests, sweep, id } = await open();
    await requests(4, noon - 5 * hour);
    await sweep(noon);
    const gone = { ...log, records: async function* () {} };
    expect(total((await usageOf({ log: gone, hours }, id, { from: noon - 24 * hour, to: noon }, null)).rows)).toBe(4);
  });

  it('leaves an hour open until none of its requests can still run', async () => {
    const { requests, sweep, hours, id } = await open();
    await requests(1, noon - 10 * 60_000);
    expect(await sweep(noon + 10 * 60_000)).toEqual({ hours: 0 });
    expect(await hours.completeUntil(id)).toBe(0);
    expect(await sweep(noon + 21 * 60_000)).toEqual({ hours: 1 });
  });

  it('can be asked for by day, and names what it counted', async () => {
    const { requests, sweep, usage } = await open();
    await requests(1, noon - 48 * hour);
    await requests(2, noon - 24 * hour);
    await requests(4, noon - 2 * hour);
    await sweep(noon);
    const day = Date.parse('2026-11-22T00:00:00Z');
    expect(await usage(day, day + 24 * hour - 1)).toMatchObject({
      rows: [{ day: '2026-11-22', requests: 2 }],
      from: day,
      to: day + 24 * hour,
    });
  });

  it('shows an API key its own part', async () => {
    const { requests, usage } = await open();
    await requests(2, noon - 1000, { api_key_id: 'ak_2' });
    await requests(3, noon - 1000);
    expect((await usage(noon - hour, noon, 'ak_2')).rows).toEqual([
      expect.objectContaining({ api_key_id: 'ak_2', requests: 2 }),
    ]);
  });

  it('adds up to the last unit however often, and wherever, the sums are broken off', async () => {
    const write = fc.record({
      minutesAgo: fc.integer({ min: 0, max: 600 }),
      cost: fc.nat(1_000_000),
      model: fc.constantFrom('a', 'b', '=c,"d"'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 15 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }),
        async (writes, breaks) => {
          const { log, hours, usage, sweep, id } = await open();
          for (const { minutesAgo, cost, model } of writes)
            await log.write(recordAt(id, noon - minutesAgo * 60_000, { model, cost: formatUsd(cost * 100) }));
          for (const after of breaks) {
            let calls = 0;
            const breaking = <Arguments extends unknown[], Result>(run: (...given: Arguments) => Promise<Result>) => {
              return (...given: Arguments) => (calls++ >= after ? Promise.reject(new Error('died')) : run(...given));
            };
            const dying = {
              list: hours.list,
              put: breaking(hours.put),
              completeUntil: breaking((of: string | null, set?: number) =>
                of === null ? Promise.resolve(set ?? 0) : hours.completeUntil(of, set),
              ),
              workspaces: async function* () {
                yield [id];
              },
            };
            await sweepUsage({ hours: dying, log, now: () => noon }).catch(() => null);
          }
          await sweep(noon);
          const { rows } = await usage(noon - 24 * hour, noon + 1);
          expect(total(rows)).toBe(writes.length);
          expect(rows.reduce((sum, row) => sum + Number(row.cost.replace('.', '')), 0)).toBe(
            writes.reduce((sum, { cost }) => sum + cost, 0),
          );
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});
