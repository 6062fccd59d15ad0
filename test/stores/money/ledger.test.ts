import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../../functions/core/billing/money.ts';
import type { Hold, HoldCaps } from '../../../functions/core/billing/spend-caps.ts';
import { type SpendCap, toHold } from '../../../functions/core/billing/spend-caps.ts';
import { leaseMs } from '../../../functions/core/hours.ts';
import type { LogRecord } from '../../../functions/core/log-record.ts';
import { sweepHolds } from '../../../functions/gateway/sweep/sweep-holds.ts';
import { partition, sortKeys } from '../../../functions/stores/config/config-items.ts';
import { createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createHotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { createCredits } from '../../../functions/stores/money/credits.ts';
import { createHoldBook } from '../../../functions/stores/money/hold-book.ts';
import { createLedger } from '../../../functions/stores/money/ledger.ts';
import { addWorkspace, createClient, newId, openTables, stores, type Tables } from '../tables.ts';

const noCaps: HoldCaps = { fallback: [], apiKey: null };

describe.each(stores)('the ledger in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  const open = async (credit: number, tablesOfItsOwn = tables) => {
    const { workspace, apiKey } = await addWorkspace(tablesOfItsOwn, credit);
    const { client, config } = tablesOfItsOwn;
    const ledger = createLedger(client, config, Date.now);
    const credits = createCredits(client, config);
    return { id: workspace.id, apiKey, ledger, credits, balance: () => credits.balance(workspace.id) };
  };
  const of = (amount: number): Hold => toHold(amount, noCaps);

  it('sets aside what a request may cost, and charges what it did cost', async () => {
    const { id, ledger, balance } = await open(1000);
    expect(await ledger.hold(id, 'req_1', 700, noCaps)).toBe(true);
    expect(await balance()).toEqual({ balance: 1000, available: 300 });
    await ledger.settle(id, 'req_1', of(700), 200);
    expect(await balance()).toEqual({ balance: 800, available: 800 });
  });

  it('refuses a hold beyond the available balance, and any when nothing is left', async () => {
    const { id, ledger, balance } = await open(1000);
    await ledger.hold(id, 'req_1', 1000, noCaps);
    expect(await ledger.hold(id, 'req_2', 1, noCaps)).toBe(false);
    expect(await ledger.hold(id, 'req_3', 0, noCaps)).toBe(false);
    expect(await balance()).toEqual({ balance: 1000, available: 0 });
  });

  it('holds and settles once, however often it is told', async () => {
    const { id, ledger, balance } = await open(1000);
    expect(await ledger.hold(id, 'req_1', 600, noCaps)).toBe(true);
    expect(await ledger.hold(id, 'req_1', 600, noCaps)).toBe(true);
    expect(await balance()).toEqual({ balance: 1000, available: 400 });
    await ledger.settle(id, 'req_1', of(600), 100);
    await ledger.settle(id, 'req_1', of(600), 100);
    expect(await balance()).toEqual({ balance: 900, available: 900 });
  });

  it('charges more than was set aside when it cost more', async () => {
    const { id, ledger, balance } = await open(1000);
    await ledger.hold(id, 'req_1', 900, noCaps);
    await ledger.settle(id, 'req_1', of(900), 1200);
    expect(await balance()).toEqual({ balance: -200, available: -200 });
  });

  it('charges a fee whatever the balance', async () => {
    const { id, ledger, balance } = await open(100);
    await ledger.charge(id, 'req_1', 300);
    expect(await balance()).toEqual({ balance: -200, available: -200 });
    expect(await ledger.hold(id, 'req_2', 1, noCaps)).toBe(false);
  });

  describe('with caps', () => {
    const day: SpendCap = { counter: 'workspace day 2026-11-23', limit: 500, name: 'the day' };
    const key: SpendCap = { counter: 'key total', limit: 300, name: 'the key' };

    it('counts what is held until the cost is known, and names the cap that is reached', async () => {
      const { id, ledger, balance } = await open(10_000);
      const caps = { ...noCaps, fallback: [day] };
      expect(await ledger.hold(id, 'req_1', 500, caps)).toBe(true);
      expect(await ledger.hold(id, 'req_2', 1, caps)).toEqual(day);
      await ledger.settle(id, 'req_1', toHold(500, caps), 100);
      expect(await ledger.hold(id, 'req_3', 450, caps)).toBe(true);
      expect(await ledger.hold(id, 'req_4', 1, caps)).toEqual(day);
      expect(await balance()).toEqual({ balance: 9900, available: 9450 });
    });

    it('takes nothing under a cap of nothing', async () => {
      const { id, ledger } = await open(10_000);
      expect(await ledger.hold(id, 'req_1', 1, { ...noCaps, fallback: [{ ...day, limit: 0 }] })).toEqual({
        ...day,
        limit: 0,
      });
    });

    it('gives the whole hold back when the API key may not spend more', async () => {
      const { id, ledger, balance, apiKey } = await open(10_000);
      const caps = { ...noCaps, apiKey: { id: apiKey.id, caps: [key] } };
      await ledger.hold(id, 'req_1', 200, caps);
      await ledger.settle(id, 'req_1', toHold(200, caps), 300);
      expect(await ledger.hold(id, 'req_2', 200, caps)).toEqual(key);
      expect(await balance()).toEqual({ balance: 9700, available: 9700 });
    });

    it('spends at most one request more than the cap, however many come at once', async () => {
      const { id, ledger, apiKey, balance } = await open(1_000_000);
      const caps = { fallback: [day], apiKey: { id: apiKey.id, caps: [key] } };
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => ledger.hold(id, `req_${i}`, 100, caps)));
      const holds = results.flatMap((result, i) => (result === true ? [`req_${i}`] : []));
      expect(holds.length).toBeGreaterThan(0);
      expect(holds.length).toBeLessThanOrEqual(3);
      for (const requestId of holds) await ledger.settle(id, requestId, toHold(100, caps), 100);
      expect(await balance()).toEqual({
        balance: 1_000_000 - holds.length * 100,
        available: 1_000_000 - holds.length * 100,
      });
    });
  });

  it('forgets holds that nobody came back for, and the counters of days that are over', async () => {
    const own = await openTables(url);
    const { id, ledger, balance } = await open(1000, own);
    const past: SpendCap = { counter: 'workspace day 2020-01-01', limit: 1000, name: 'a day' };
    await ledger.hold(id, 'req_1', 400, { ...noCaps, fallback: [past] });
    const attributes = async () => {
      const answer = await own.client.send(
        new GetItemCommand({ TableName: own.config, Key: { pk: { S: partition(id) }, sk: { S: sortKeys.balance } } }),
      );
      return Object.keys(answer.Item ?? {}).sort();
    };
    const calls = createHotCalls(own.client);
    const sweepAfter = (ms: number) => {
      const now = () => Date.now() + ms;
      return sweepHolds([id], {
        book: createHoldBook(own.client, own.config, now),
        ledger,
        log: createRequestLog(own.client, calls, own.log, now),
        workspaces: createWorkspaces(own.client, own.config),
        now,
      });
    };
    expect(await sweepAfter(leaseMs - 5000)).toMatchObject({ settled: 0, released: 0 });
    expect(await sweepAfter(leaseMs + 1000)).toMatchObject({ settled: 0, released: 1 });
    expect(await balance()).toEqual({ balance: 1000, available: 1000 });
    expect(await attributes()).toContain('hold:req_1');
    // Swept again: the record that the sweep wrote itself ends nothing, for the request may still come back.
    expect(await sweepAfter(leaseMs + 2000)).toMatchObject({ settled: 0, released: 0 });
    expect(await attributes()).toContain('hold:req_1');
    await sweepAfter(25 * 3_600_000);
    expect(await attributes()).toEqual(['available', 'balance', 'pk', 'sk']);
    await own.close();
  });

  it('leaves a record of a request whose function ended before it could write one, which a late one replaces', async () => {
    const own = await openTables(url);
    const { id, apiKey, ledger, balance } = await open(1000, own);
    const requestId = newId('req');
    const caps = {
      fallback: [],
      apiKey: { id: apiKey.id, caps: [{ counter: 'key total', limit: 1e9, name: 'total' }] },
    };
    await ledger.hold(id, requestId, 400, caps);
    const now = () => Date.now() + leaseMs + 1000;
    const log = createRequestLog(own.client, createHotCalls(own.client), own.log, now);
    const workspaces = createWorkspaces(own.client, own.config);
    const sweep = () =>
      sweepHolds([id], { book: createHoldBook(own.client, own.config, now), ledger, log, workspaces, now });
    await workspaces.update(id, (known) => ({ ...known, retentionDays: 7 }));
    await sweep();
    const record = await log.get(id, requestId);
    expect(record).toMatchObject({
      status: 500,
      error_code: 'internal_error',
      error_message: 'The function ended before the answer was settled.',
      api_key_id: apiKey.id,
      credential: 'platform',
      usage_estimated: true,
      cost: formatUsd(0),
    });
    const days = ((record?.expires_at ?? 0) * 1000 - Date.parse(record?.at ?? '')) / 86_400_000;
    expect(days).toBeCloseTo(7, 2);
    // The process was only suspended: what it settles and writes counts, and no later sweep takes it back.
    await ledger.settle(id, requestId, toHold(400, caps), 150);
    if (record === null) throw new Error('no record');
    const { error_message: _, ...served } = { ...record, status: 200, error_code: null, cost: formatUsd(150) };
    await log.write(served);
    await log.writeIfNone(record);
    await sweep();
    expect(await log.get(id, requestId)).toEqual(served);
    expect(await balance()).toEqual({ balance: 850, available: 850 });
    await own.close();
  });

  it('balances in every interleaving of requests that repeat, fail and die with sweeps that take all of them for dead', async () => {
    const own = await openTables(url);
    const fate = fc.record({
      held: fc.integer({ min: 1, max: 5000 }),
      cost: fc.integer({ min: 0, max: 9000 }),
      capped: fc.boolean(),
      kind: fc.constantFrom(
        'served',
        'dies after the hold',
        'dies before the log',
        'settlement fails',
        'settlement seems to fail',
        'hold arrives again',
        'fee',
        'fee noted only',
      ),
    });
    const lost = new Set(['dies after the hold']);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.scheduler(),
        async (fates, sweeps, scheduler) => {
          const credit = 1e9;
          const { id, apiKey } = await open(credit, own);
          const client = createClient(own.url);
          client.middlewareStack.add(
            (next) => async (args) => {
              await scheduler.schedule(Promise.resolve());
              return next(args);
            },
            { step: 'initialize' },
          );
          const ledger = createLedger(client, own.config, Date.now);
          const log = new Map<string, LogRecord>();
          const written = (requestId: string, cost: number, settled: boolean) =>
            log.set(requestId, { cost: formatUsd(cost * 100), settled } as LogRecord);

          const requests = fates.map(async ({ held, cost: units, capped, kind }, i) => {
            const requestId = newId(`req_${i}`);
            const cost = units * 100;
            if (kind === 'fee') {
              await ledger.charge(id, requestId, cost);
              return written(requestId, units, true);
            }
            if (kind === 'fee noted only') {
              // What is left of `charge` when its second write never arrives.
              const dying = createClient(own.url);
              let calls = 0;
              dying.middlewareStack.add(
                (next) => async (args) => (calls++ === 1 ? Promise.reject(new Error('died')) : next(args)),
                { step: 'initialize' },
              );
              await createLedger(dying, own.config, Date.now)
                .charge(id, requestId, cost)
                .catch(() => null);
              return written(requestId, units, false);
            }
            const huge = (counter: string): SpendCap => ({ counter, limit: 1e15, name: counter });
            const caps = capped
              ? { fallback: [huge('workspace day 2026-11-23')], apiKey: { id: apiKey.id, caps: [huge('key total')] } }
              : noCaps;
            expect(await ledger.hold(id, requestId, held * 100, caps)).toBe(true);
            if (kind === 'dies after the hold') return;
            if (kind === 'settlement fails') return written(requestId, units, false);
            await ledger.settle(id, requestId, toHold(held * 100, caps), cost);
            if (kind === 'dies before the log') return;
            written(requestId, units, kind !== 'settlement seems to fail');
            if (kind === 'hold arrives again') await ledger.hold(id, requestId, held * 100, caps);
          });
          const sweep = (using: typeof client) =>
            sweepHolds([id], {
              book: createHoldBook(using, own.config, Date.now),
              ledger: createLedger(using, own.config, Date.now),
              log: {
                get: async (_, requestId) => log.get(requestId) ?? null,
                writeIfNone: async (record) => void (log.has(record.request_id) || log.set(record.request_id, record)),
              },
              workspaces: { get: async () => null },
              now: () => Date.now() + leaseMs + 1000,
            });
          const sweeper = (async () => {
            for (let i = 0; i < sweeps; i++) await sweep(client);
          })();
          await scheduler.waitFor(Promise.all([...requests, sweeper]));

          await sweep(own.client);
          const charged = fates.reduce((sum, { kind, cost }) => sum + (lost.has(kind) ? 0 : cost * 100), 0);
          const left = credit - charged;
          expect(await createCredits(own.client, own.config).balance(id)).toEqual({ balance: left, available: left });
        },
      ),
      { numRuns: 60 },
    );
    await own.close();
  }, 120_000);

  it('is right to the last unit after a thousand requests at once, with top-ups in between', async () => {
    // Sockets that were idle for as long as the server keeps them would all be reset at once.
    const client = createClient(tables.url);
    const { id, ledger, credits, balance } = await open(500_000, { ...tables, client });
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        if (i % 100 === 0) await credits.topUp(id, `key ${i % 300}`, 100_000);
        const cost = (i % 7) * 100;
        if (!(await ledger.hold(id, `req_${i}`, 1000, noCaps))) return 0;
        await ledger.settle(id, `req_${i}`, of(1000), cost);
        return cost;
      }),
    );
    const left = 500_000 + 3 * 100_000 - outcomes.reduce((sum, cost) => sum + cost, 0);
    expect(await balance()).toEqual({ balance: left, available: left });
    client.destroy();
  }, 120_000);
});
