import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCredits } from '../../../functions/stores/money/credits.ts';
import { createFallbackCounts } from '../../../functions/stores/money/fallback-counts.ts';
import { createHoldBook } from '../../../functions/stores/money/hold-book.ts';
import { createLedger } from '../../../functions/stores/money/ledger.ts';
import { addWorkspace, newId, openTables, stores, type Tables } from '../tables.ts';

describe.each(stores)('in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  describe('fallbacks of a key', () => {
    const hour = 3_600_000;
    const now = Date.parse('2026-11-25T12:30:00Z');

    it('are counted with what they cost, over the last 24 hours, each key by itself', async () => {
      const counts = createFallbackCounts(tables.client, tables.config);
      const { workspace } = await addWorkspace(tables, 0);
      const add = (key: string, hoursAgo: number, cost: number) =>
        counts.add(workspace.id, key, now - hoursAgo * hour, cost);
      await Promise.all([add('pk_a', 0, 5), add('pk_a', 0, 6), add('pk_a', 22, 7), add('pk_b', 1, 1)]);
      await add('pk_a', 25, 1000);
      expect(await counts.lastDay(workspace.id, now)).toEqual({
        pk_a: { count: 3, cost: 18 },
        pk_b: { count: 1, cost: 1 },
      });
      const { workspace: other } = await addWorkspace(tables, 0);
      expect(await counts.lastDay(other.id, now)).toEqual({});
    });
  });

  describe('the book of holds', () => {
    const noCaps = { fallback: [], apiKey: null };
    const amount = 400;
    const hold = { amount, counters: [], apiKey: null };
    const later = Date.now() + 3_600_000;

    async function withHold(credit = 1000) {
      const { workspace } = await addWorkspace(tables, credit);
      const requestId = newId('req');
      const ledger = createLedger(tables.client, tables.config, Date.now);
      expect(await ledger.hold(workspace.id, requestId, amount, noCaps)).toBe(true);
      return { id: workspace.id, requestId, ledger, book: createHoldBook(tables.client, tables.config, () => later) };
    }
    const balance = async (id: string) => createCredits(tables.client, tables.config).balance(id);
    async function found(book: ReturnType<typeof createHoldBook>, id: string, before: number) {
      return (await book.list([id], before))[0]?.holds ?? null;
    }

    it('lists what is older than asked for, and nothing younger', async () => {
      const { id, requestId, book } = await withHold();
      expect(await found(book, id, later)).toMatchObject([{ requestId, amount }]);
      expect(await found(book, id, Date.now() - 3_600_000)).toBeNull();
    });

    it('gives a lapsed hold back once, and a late settlement still charges once', async () => {
      const { id, requestId, ledger, book } = await withHold();
      expect(await balance(id)).toEqual({ balance: 1000, available: 600 });
      await book.lapse(id, requestId, hold);
      await book.lapse(id, requestId, hold);
      expect(await balance(id)).toEqual({ balance: 1000, available: 1000 });
      await ledger.settle(id, requestId, hold, 150);
      await ledger.settle(id, requestId, hold, 150);
      expect(await balance(id)).toEqual({ balance: 850, available: 850 });
    });

    it('drops lapsed holds alone', async () => {
      const { id, requestId, book } = await withHold();
      await book.drop(id, requestId, hold);
      expect(await found(book, id, later)).toMatchObject([{ amount }]);
      await book.lapse(id, requestId, hold);
      await book.drop(id, requestId, hold);
      expect(await found(book, id, later)).toBeNull();
      expect(await balance(id)).toEqual({ balance: 1000, available: 1000 });
    });

    it('forgets counters of spans that are over', async () => {
      const { workspace } = await addWorkspace(tables, 1000);
      const counter = 'workspace day 2020-01-01';
      const caps = { fallback: [{ counter, limit: 1e9, name: 'a cap' }], apiKey: null };
      const ledger = createLedger(tables.client, tables.config, Date.now);
      const requestId = newId('req');
      await ledger.hold(workspace.id, requestId, amount, caps);
      await ledger.settle(workspace.id, requestId, { amount, counters: [counter], apiKey: null }, 10);
      const book = createHoldBook(tables.client, tables.config, () => later);
      const past = async () => {
        return (await book.list([workspace.id], 0))[0]?.pastCounters ?? [];
      };
      expect(await past()).toEqual([counter]);
      await book.dropCounters(workspace.id, [counter]);
      expect(await past()).toEqual([]);
    });
  });
});
