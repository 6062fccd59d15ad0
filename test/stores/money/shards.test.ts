import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../../functions/core/billing/money.ts';
import type { Hold, HoldCaps } from '../../../functions/core/billing/spend-caps.ts';
import { leaseMs } from '../../../functions/core/hours.ts';
import type { LogRecord } from '../../../functions/core/log-record.ts';
import { sweepHolds } from '../../../functions/gateway/sweep/sweep-holds.ts';
import { listWorkspaceIds } from '../../../functions/stores/config/workspace-ids.ts';
import { createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createCredits } from '../../../functions/stores/money/credits.ts';
import { createHoldBook } from '../../../functions/stores/money/hold-book.ts';
import { createLedger, workspaceWallet } from '../../../functions/stores/money/ledger.ts';
import { createShards } from '../../../functions/stores/money/shards.ts';
import { addWorkspace, createClient, newId, openTables, stores, type Tables } from '../tables.ts';

const noCaps: HoldCaps = { fallback: [], apiKey: null };
const held = (amount: number, shard?: number): Hold => ({
  amount,
  counters: [],
  apiKey: null,
  ...(shard !== undefined && { shard }),
});

describe.each(stores)('a balance in shards in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  /** Whoever is asked twice within a second looks twice. */
  let clock = Date.now();
  const later = () => {
    clock += 2000;
    return clock;
  };

  async function open(credit: number) {
    const { workspace } = await addWorkspace(tables, credit);
    const { client, config } = tables;
    const item = async (shard?: number) => {
      const { key } = workspaceWallet(workspace.id, shard);
      const { Item } = await client.send(new GetItemCommand({ TableName: config, Key: key, ConsistentRead: true }));
      return Item ?? {};
    };
    return {
      id: workspace.id,
      ledger: createLedger(client, config, later),
      shards: createShards(client, config, later),
      balance: () => createCredits(client, config).balance(workspace.id),
      item,
      money: async (shard?: number) => {
        const { balance, available } = await item(shard);
        return [Number(balance?.N), Number(available?.N)];
      },
    };
  }

  it('is the sum of its items, at every step of a request', async () => {
    const { id, ledger, balance, money } = await open(640_000);
    expect(await ledger.hold(id, 'req_1', 100, noCaps, 7)).toBe(true);
    // Room for 64 such holds.
    expect([await money(), await money(7)]).toEqual([
      [640_000, 633_600],
      [0, 6300],
    ]);
    expect(await balance()).toEqual({ balance: 640_000, available: 639_900 });
    await ledger.settle(id, 'req_1', held(100, 7), 30);
    await ledger.settle(id, 'req_1', held(100, 7), 30);
    expect(await money(7)).toEqual([-30, 6370]);
    expect(await balance()).toEqual({ balance: 639_970, available: 639_970 });
    const [listed] = (await createWorkspaces(tables.client, tables.config).list(1, null)).data;
    expect(listed?.balance).toEqual({ balance: 639_970, available: 639_970 });
  });

  it('holds once in a shard, however often it is told', async () => {
    const { id, ledger, balance } = await open(64_000);
    for (let i = 0; i < 3; i++) expect(await ledger.hold(id, 'req_1', 100, noCaps, 0)).toBe(true);
    expect(await balance()).toEqual({ balance: 64_000, available: 63_900 });
  });

  it('costs two calls for a request in a shard that has credit, as any other', async () => {
    const { id, ledger } = await open(640_000);
    await ledger.hold(id, 'req_1', 100, noCaps, 7);
    const client = createClient(tables.url);
    const calls: string[] = [];
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          calls.push(commandName ?? '');
          return next(args);
        },
      { step: 'initialize' },
    );
    const counted = createLedger(client, tables.config, later);
    await counted.hold(id, 'req_2', 100, noCaps, 7);
    await counted.settle(id, 'req_2', held(100, 7), 30);
    expect(calls).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    client.destroy();
  });

  it('gives a shard a 64th of what is available at most, and nothing where that is less than the hold', async () => {
    const { id, ledger, money } = await open(64_000);
    expect(await ledger.hold(id, 'req_1', 1000, noCaps, 1)).toBe(true);
    expect(await money(1)).toEqual([0, 0]);
    expect(await ledger.hold(id, 'req_2', 1000, noCaps, 2)).toBe(false);
    expect(await money()).toEqual([64_000, 63_000]);
    // The shard is not made for a hold that it cannot take.
    expect(await money(2)).toEqual([Number.NaN, Number.NaN]);
  });

  it('is spent to its last unit: what lies in shards comes back for whoever needs it', async () => {
    const { id, ledger, balance, money } = await open(64_000);
    for (let shard = 0; shard < 64; shard += 9) {
      expect(await ledger.hold(id, `req_${shard}`, 1, noCaps, shard)).toBe(true);
      await ledger.settle(id, `req_${shard}`, held(1, shard), 1);
    }
    expect(await money()).toEqual([64_000, 64_000 - 8 * 64]);
    expect(await ledger.hold(id, 'req_all', 63_992, noCaps)).toBe(false);
    expect(await ledger.gather(id)).toBe(true);
    expect(await ledger.hold(id, 'req_all', 63_992, noCaps)).toBe(true);
    expect(await balance()).toEqual({ balance: 63_992, available: 0 });
    expect(await ledger.gather(id)).toBe(false);
  });

  it('does not look again for a second where it has found nothing', async () => {
    const { id, ledger, shards } = await open(64_000);
    let now = 5_000_000;
    const { gather } = createShards(tables.client, tables.config, () => now);
    await ledger.hold(id, 'req_1', 10, noCaps, 3);
    expect([await gather(id), await gather(id)]).toEqual([true, false]);
    await shards.refill(id, 3, 10);
    now += 999;
    expect(await gather(id)).toBe(false);
    now += 1;
    expect(await gather(id)).toBe(true);
  });

  it('is short of what cost more than its hold in the balance itself at once, not in the shard', async () => {
    const { id, ledger, balance, money } = await open(64_000);
    expect(await ledger.hold(id, 'req_1', 1000, noCaps, 5)).toBe(true);
    await ledger.settle(id, 'req_1', held(1000, 5), 70_000);
    expect(await money(5)).toEqual([-70_000, 0]);
    expect(await balance()).toEqual({ balance: -6000, available: -6000 });
    expect(await ledger.hold(id, 'req_2', 1, noCaps)).toBe(false);
    expect(await ledger.hold(id, 'req_3', 1, noCaps, 5)).toBe(false);
  });

  it('of a workspace that does not exist holds nothing and gives nothing', async () => {
    const { ledger } = await open(0);
    const nobody = newId('ws');
    expect(await ledger.hold(nobody, 'req_1', 1, noCaps, 1)).toBe(false);
    expect(await ledger.gather(nobody)).toBe(false);
  });

  describe('after a death', () => {
    /** The shards of a process that dies when it makes its `call`th update, before it or with its answer lost. */
    function dying(call: number, answerLost: boolean) {
      const client = createClient(tables.url);
      let updates = 0;
      client.middlewareStack.add(
        (next) => async (args) => {
          if (!('UpdateExpression' in args.input) || ++updates !== call) return next(args);
          if (answerLost) await next(args);
          throw new Error('died');
        },
        { step: 'initialize' },
      );
      return createShards(client, tables.config, later);
    }
    const steps = [1, 2].flatMap((call) => [false, true].map((answerLost) => ({ call, answerLost })));

    it.each(steps)(
      'while credit goes out, $call answer lost $answerLost: it arrives once or not at all',
      async (at) => {
        const { id, shards, balance, money } = await open(64_000);
        await shards.refill(id, 9, 10);
        await expect(dying(at.call, at.answerLost).refill(id, 9, 10)).rejects.toThrow('died');
        // What is under way counts as held, and is nobody's loss.
        expect((await balance())?.balance).toBe(64_000);
        expect(await shards.refill(id, 9, 10)).toBe(true);
        expect((await balance())?.available).toBe(64_000);
        // What was left half-way is finished by the next one; what was not is given anew.
        expect(await money(9)).toEqual([0, at.call === 2 && at.answerLost ? 1920 : 1280]);
        await shards.gather(id);
        expect([await money(), await money(9)]).toEqual([
          [64_000, 64_000],
          [0, 0],
        ]);
      },
    );

    it.each(steps)('while credit comes home, $call answer lost $answerLost', async ({ call, answerLost }) => {
      const { id, shards, ledger, balance, money } = await open(64_000);
      await ledger.hold(id, 'req_1', 10, noCaps, 9);
      await ledger.settle(id, 'req_1', held(10, 9), 4);
      await expect(dying(call, answerLost).gather(id)).rejects.toThrow('died');
      expect((await balance())?.balance).toBe(63_996);
      await shards.gather(id);
      expect(await balance()).toEqual({ balance: 63_996, available: 63_996 });
      expect([await money(), await money(9)]).toEqual([
        [64_000, 63_996],
        [-4, 0],
      ]);
    });

    it('a transfer that is told again by many at once, late, is made once', async () => {
      const { id, shards, balance, item } = await open(64_000);
      await expect(dying(2, false).refill(id, 9, 10)).rejects.toThrow('died');
      await Promise.all(Array.from({ length: 8 }, () => shards.refill(id, 9, 10)));
      await Promise.all(Array.from({ length: 8 }, () => createShards(tables.client, tables.config, later).gather(id)));
      expect(await balance()).toEqual({ balance: 64_000, available: 64_000 });
      const given = (await item())['to:9']?.M?.n;
      expect((await item(9)).in).toEqual(given);
    });
  });

  it('charges a request once whose hold was refused in a shard and came through there, late', async () => {
    const own = await openTables(url);
    const { id } = (await addWorkspace(own, 64_000)).workspace;
    const ledger = createLedger(own.client, own.config, later);
    expect(await ledger.hold(id, 'req_1', 100, noCaps)).toBe(true);
    expect(await ledger.hold(id, 'req_1', 100, noCaps, 4)).toBe(true);
    const record = { cost: formatUsd(3000), settled: false } as LogRecord;
    expect(await sweepAll(own, new Map([['req_1', record]]))).toEqual({ settled: 2, released: 0 });
    expect(await createCredits(own.client, own.config).balance(id)).toEqual({ balance: 61_000, available: 61_000 });
    await own.close();
  });

  it('comes home with each sweep, and holds that nobody came back for are given back, charged when they do, and dropped', async () => {
    const own = await openTables(url);
    const { id } = (await addWorkspace(own, 64_000)).workspace;
    const ledger = createLedger(own.client, own.config, Date.now);
    const shard = async () => {
      const { key } = workspaceWallet(id, 9);
      const { Item = {} } = await own.client.send(new GetItemCommand({ TableName: own.config, Key: key }));
      return Object.entries(Item).flatMap(([name, { N }]) => (['pk', 'sk', 'out'].includes(name) ? [] : [[name, N]]));
    };
    expect(await ledger.hold(id, 'req_1', 100, noCaps, 9)).toBe(true);
    expect(await ledger.hold(id, 'req_2', 100, noCaps, 9)).toBe(true);
    expect(await sweepAll(own, new Map(), own.client, leaseMs + 1000)).toEqual({ settled: 0, released: 2 });
    const swept = await shard();
    expect(swept).toHaveLength(5);
    expect(swept).toEqual(
      expect.arrayContaining([
        ['available', '0'],
        ['hold:req_1', undefined],
      ]),
    );
    await ledger.settle(id, 'req_1', held(100, 9), 40);
    await ledger.settle(id, 'req_1', held(100, 9), 40);
    await sweepAll(own, new Map());
    expect(Object.fromEntries(await shard())).toEqual({ available: '0', balance: '-40', in: '1' });
    expect(await createCredits(own.client, own.config).balance(id)).toEqual({ balance: 63_960, available: 63_960 });
    await own.close();
  });

  it('balances in every interleaving of processes that spend, top up, gather, sweep and die between any two steps', async () => {
    const own = await openTables(url);
    const request = fc.record({
      held: fc.integer({ min: 1, max: 5000 }),
      shard: fc.option(fc.constantFrom(0, 1, 2), { nil: undefined }),
      /** The record says that the settlement failed; or the process ends without one. */
      ending: fc.constantFrom('settles', 'records that it could not settle', 'ends'),
    });
    const process = fc.record({
      requests: fc.array(request, { maxLength: 3 }),
      afterwards: fc.constantFrom('nothing', 'gathers', 'tops up', 'sweeps'),
      diesAt: fc.option(fc.integer({ min: 0, max: 14 })),
      answerLost: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(process, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 400_000 }),
        fc.scheduler(),
        async (processes, credit, scheduler) => {
          const { workspace } = await addWorkspace(own, credit);
          const { id } = workspace;
          const log = new Map<string, LogRecord>();
          /** Each request costs another power of two, so the sum tells who was charged. */
          const bits = { certain: 0, possible: 0 };
          let next = 0;
          const topUps = new Set<string>();
          const clients = processes.map(({ diesAt, answerLost }) => {
            const client = createClient(own.url);
            let calls = 0;
            client.middlewareStack.add(
              (call) => async (args) => {
                await scheduler.schedule(Promise.resolve());
                if (diesAt !== null && calls > diesAt) throw new Error('dead');
                const dies = calls++ === diesAt;
                if (dies && !answerLost) throw new Error('died');
                const answer = await call(args);
                if (dies) throw new Error('died');
                return answer;
              },
              { step: 'initialize' },
            );
            return client;
          });
          const running = Promise.allSettled(
            processes.map(async ({ requests, afterwards }, i) => {
              const client = clients[i] ?? own.client;
              const ledger = createLedger(client, own.config, later);
              for (const { held: amount, shard, ending } of requests) {
                const requestId = newId(`req_${i}`);
                const bit = 2 ** next++;
                if ((await ledger.hold(id, requestId, amount * 100, noCaps, shard)) !== true) continue;
                if (ending === 'ends') continue;
                // What it cost; the log has seven places.
                const cost = bit * 100;
                if (ending === 'settles') {
                  bits.possible += bit;
                  await ledger.settle(id, requestId, held(amount * 100, shard), cost);
                  bits.certain += bit;
                } else {
                  log.set(requestId, { cost: formatUsd(cost), settled: false } as LogRecord);
                  bits.possible += bit;
                  bits.certain += bit;
                }
              }
              if (afterwards === 'gathers') await ledger.gather(id);
              if (afterwards === 'sweeps') await sweepAll(own, log, client);
              if (afterwards === 'tops up') {
                topUps.add(`top-up ${i}`);
                await createCredits(client, own.config).topUp(id, `top-up ${i}`, 5_000_000);
              }
            }),
          );
          await scheduler.waitFor(running);
          for (const name of topUps) await createCredits(own.client, own.config).topUp(id, name, 5_000_000);
          await sweepAll(own, log);
          await sweepAll(own, log);
          const whole = await createCredits(own.client, own.config).balance(id);
          const spent = (credit + 5_000_000 * topUps.size - (whole?.balance ?? Number.NaN)) / 100;
          // Nothing is held any more, what is certain was charged, and nothing twice.
          expect(whole?.available).toBe(whole?.balance);
          expect(spent & bits.certain).toBe(bits.certain);
          expect(spent & ~bits.possible).toBe(0);
          for (const client of clients) client.destroy();
        },
      ),
      { numRuns: 80 },
    );
    await own.close();
  }, 120_000);

  it('never lends more than there is, however many shards and requests there are at once', async () => {
    const client = createClient(tables.url);
    const { workspace } = await addWorkspace(tables, 150_000);
    const { id } = workspace;
    const ledger = createLedger(client, tables.config, later);
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const shard = i % 3 === 0 ? undefined : i % 64;
        return { i, shard, placed: await ledger.hold(id, `req_${i}`, 1000, noCaps, shard) };
      }),
    );
    const placed = outcomes.filter((outcome) => outcome.placed === true);
    expect(placed.length).toBeGreaterThan(50);
    expect(placed.length).toBeLessThanOrEqual(150);
    for (const { i, shard } of placed) await ledger.settle(id, `req_${i}`, held(1000, shard), 900);
    const left = 150_000 - placed.length * 900;
    expect(await createCredits(client, tables.config).balance(id)).toEqual({ balance: left, available: left });
    client.destroy();
  }, 60_000);
});

/** A sweep that takes every request for dead. */
async function sweepAll(tables: Tables, log: Map<string, LogRecord>, client = tables.client, afterMs = 25 * 3_600_000) {
  const now = () => Date.now() + afterMs;
  const ids = (await Array.fromAsync(listWorkspaceIds(tables.client, tables.config))).flat();
  const { settled, released } = await sweepHolds(ids, {
    book: createHoldBook(client, tables.config, now),
    ledger: createLedger(client, tables.config, now),
    log: {
      get: async (_, requestId) => log.get(requestId) ?? null,
      writeIfNone: async (record) => void (log.has(record.request_id) || log.set(record.request_id, record)),
    },
    workspaces: { get: async () => null },
    now,
  });
  return { settled, released };
}
