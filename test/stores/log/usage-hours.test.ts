import { randomBytes } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../../functions/core/billing/money.ts';
import type { UsageRow } from '../../../functions/core/billing/usage-rows.ts';
import type { LogRecord } from '../../../functions/core/log-record.ts';
import type { UsagePages } from '../../../functions/core/more-ports/sweep.ts';
import { usageOf } from '../../../functions/gateway/accounts/usage.ts';
import { sweepUsage } from '../../../functions/gateway/sweep/sweep-usage.ts';
import { partition } from '../../../functions/stores/config/config-items.ts';
import { createHotCalls, type HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { createUsageHours } from '../../../functions/stores/log/usage-hours.ts';
import { createUsagePages } from '../../../functions/stores/log/usage-pages.ts';
import { createUsageSums } from '../../../functions/stores/sweep/usage-sums.ts';
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
    const sums = createUsageSums(tables.client, tables.config);
    const usageLog = createUsagePages(tables.client, tables.log);
    const sweep = (now: number) => sweepUsage(workspace.id, null, () => false, { sums, usageLog, now: () => now });
    const usage = (from: number, to: number, key: string | null = null) =>
      usageOf({ log, hours }, workspace.id, { from, to }, key);
    return { id: workspace.id, log, hours, sums, usageLog, requests, sweep, usage };
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
    expect(await sweep(noon)).toEqual({ hours: 2, unfinished: null });
    expect((await usage(noon - 24 * hour, noon)).rows).toEqual(before.rows);
    expect(await sweep(noon)).toEqual({ hours: 0, unfinished: null });
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
    expect(await sweep(noon + 10 * 60_000)).toEqual({ hours: 0, unfinished: null });
    expect(await hours.completeUntil(id)).toBe(0);
    expect(await sweep(noon + 21 * 60_000)).toEqual({ hours: 1, unfinished: null });
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

  it('adds up to the last unit, however often the sums are broken off, repeated, and made by two at once', async () => {
    const write = fc.record({
      minutesAgo: fc.integer({ min: 0, max: 600 }),
      cost: fc.nat(1_000_000),
      model: fc.constantFrom('a', 'b', '=c,"d"'),
    });
    /** A worker gets a message, begins or goes on, and may die before a write of its own, or after it. */
    const worker = fc.record({
      continues: fc.boolean(),
      dies: fc.option(fc.record({ atWrite: fc.integer({ min: 0, max: 4 }), done: fc.boolean() })),
      pages: fc.integer({ min: 0, max: 3 }),
      minutesLater: fc.integer({ min: 0, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 15 }),
        fc.array(worker, { maxLength: 6 }),
        fc.scheduler(),
        async (writes, workers, scheduler) => {
          const { log, usage, sums, usageLog, sweep, id } = await open();
          for (const { minutesAgo, cost, model } of writes)
            await log.write(recordAt(id, noon - minutesAgo * 60_000, { model, cost: formatUsd(cost * 100) }));
          const messages: (string | null)[] = [null];
          let time = noon;
          const work = async ({ continues, dies, pages, minutesLater }: (typeof workers)[number]) => {
            let count = 0;
            const step = async <Result>(run: () => Promise<Result>) => {
              await scheduler.schedule(Promise.resolve());
              const isLast = count++ === dies?.atWrite;
              if (isLast && !dies?.done) throw new Error('died');
              const result = await run();
              if (isLast) throw new Error('died');
              return result;
            };
            const dying = {
              head: (of: string) => scheduler.schedule(sums.head(of)),
              put: (...given: Parameters<typeof sums.put>) => step(() => sums.put(...given)),
              move: (...given: Parameters<typeof sums.move>) => step(() => sums.move(...given)),
            };
            time += minutesLater * 60_000;
            let left = pages;
            const done = await sweepUsage(id, (continues && messages.at(-1)) || null, () => left-- <= 0, {
              sums: dying,
              usageLog: { pages: (...given) => oneByOne(usageLog.pages(...given)) },
              now: () => time,
            }).catch(() => 'died' as const);
            if (typeof done !== 'string') messages.push(done.unfinished);
          };
          await scheduler.waitFor(Promise.all(workers.map(work)));
          await sweep(time + hour);
          const { rows } = await usage(noon - 24 * hour, noon + 1);
          expect(total(rows)).toBe(writes.length);
          expect(rows.reduce((sum, row) => sum + Number(row.cost.replace('.', '')), 0)).toBe(
            writes.reduce((sum, { cost }) => sum + cost, 0),
          );
          expect((await sums.head(id)).draft).toBeNull();
        },
      ),
      { numRuns: 30 },
    );
  }, 120_000);

  it('hands the work on in pages, and whoever goes on does not count twice what is in the draft', async () => {
    const { id, requests, sums, usageLog, usage } = await open();
    await requests(5, noon - 2 * hour);
    const deps = {
      sums,
      usageLog: { pages: (...given: Parameters<typeof usageLog.pages>) => oneByOne(usageLog.pages(...given)) },
      now: () => noon,
    };
    const first = await sweepUsage(id, null, () => true, deps);
    expect(first).toMatchObject({ hours: 0, unfinished: expect.stringMatching(/^req_/) });
    expect((await sums.head(id)).draft?.rows).toMatchObject([{ requests: 1 }]);
    // Who has not been told where to go on leaves it to whoever is at work.
    expect(await sweepUsage(id, null, () => true, deps)).toBe('elsewhere');
    const next = first === 'elsewhere' ? null : first.unfinished;
    expect(await sweepUsage(id, next, () => true, deps)).toMatchObject({ hours: 0 });
    expect(await sweepUsage(id, next, () => true, deps)).toBe('elsewhere');
    // Nobody has gone on for a while.
    expect(await sweepUsage(id, null, () => false, { ...deps, now: () => noon + 6 * 60_000 })).toMatchObject({
      hours: 1,
    });
    expect(total((await usage(noon - 24 * hour, noon)).rows)).toBe(5);
  });

  it('sums up again what came late, and never goes back to an older sum of an hour', async () => {
    const { id, requests, sums, sweep, usage } = await open();
    await requests(2, noon - 3 * hour);
    await sweep(noon);
    await requests(1, noon - 3 * hour + 5);
    const known = await sums.head(id);
    await sums.move(id, known, { until: noon - 3 * hour, draft: null });
    expect(await sums.move(id, known, { until: noon, draft: null })).toBe(false);
    await sweep(noon + 1);
    expect(total((await usage(noon - 24 * hour, noon)).rows)).toBe(3);
    await sums.put(id, noon - 3 * hour, [], noon);
    expect(total((await usage(noon - 24 * hour, noon)).rows)).toBe(3);
  });

  it('takes a draft for none when a release that knew none has closed the hour meanwhile', async () => {
    const { id, requests, sums, usageLog, usage } = await open();
    await requests(3, noon - 2 * hour);
    await sweepUsage(id, null, () => true, {
      sums,
      usageLog: { pages: (...given) => oneByOne(usageLog.pages(...given)) },
      now: () => noon,
    });
    // What that release wrote: the hour, and how far it is.
    await sums.put(id, noon - 2 * hour, [], noon);
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.config,
        Key: { pk: { S: partition(id) }, sk: { S: 'USAGE' } },
        UpdateExpression: 'SET #until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(noon - hour) } },
      }),
    );
    expect(await sums.head(id)).toEqual({ until: noon - hour, draft: null });
    await requests(4, noon - hour);
    expect(await sweepUsage(id, null, () => false, { sums, usageLog, now: () => noon + hour })).toMatchObject({
      hours: 1,
    });
    expect(total((await usage(noon - 24 * hour, noon)).rows)).toBe(4);
  });

  it('fits an hour into its item, whatever a caller writes into `model`, and leaves nothing out', async () => {
    const { id, sums, hours } = await open();
    const rows: UsageRow[] = Array.from({ length: 4000 }, (_, i) => ({
      ...{ day: '2026-11-23', model: randomBytes(150).toString('base64'), provider: null, credential: null },
      ...{ api_key_id: `ak_${i % 3}`, provider_key_id: null, requests: i === 0 ? 50 : 1, errors: 1, prompt_tokens: 0 },
      ...{ completion_tokens: 0, cached_tokens: 0, reasoning_tokens: 0, cost: 7, upstream_cost: 0 },
    }));
    await sums.put(id, noon, rows, noon);
    const kept = await hours.list(id, noon, noon);
    const sum = (of: UsageRow[], what: 'requests' | 'errors' | 'cost') => of.reduce((all, row) => all + row[what], 0);
    for (const what of ['requests', 'errors', 'cost'] as const) expect(sum(kept, what)).toBe(sum(rows, what));
    expect(kept.length).toBeLessThan(rows.length);
    // What is used most is told in full.
    expect(kept).toContainEqual(rows[0]);
    for (const key of ['ak_0', 'ak_1', 'ak_2'])
      expect(
        sum(
          kept.filter(({ api_key_id }) => api_key_id === key),
          'requests',
        ),
      ).toBe(
        sum(
          rows.filter(({ api_key_id }) => api_key_id === key),
          'requests',
        ),
      );
  });
});

/** Pages of one record. */
async function* oneByOne(pages: ReturnType<UsagePages['pages']>): ReturnType<UsagePages['pages']> {
  for await (const { records, isLast } of pages)
    for (const [i, record] of records.toSorted((a, b) => (a.request_id < b.request_id ? -1 : 1)).entries())
      yield { records: [record], upTo: record.request_id, isLast: isLast && i === records.length - 1 };
}
