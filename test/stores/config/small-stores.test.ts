import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CountWindow } from '../../../functions/core/accounts/rate-limits.ts';
import type { KeyHealth } from '../../../functions/core/accounts/workspace.ts';
import type { PriceOverride } from '../../../functions/core/catalogue/price-overrides.ts';
import { platformOwner } from '../../../functions/core/ports.ts';
import { createHealthRecords } from '../../../functions/stores/config/health-records.ts';
import { createPrices } from '../../../functions/stores/config/prices.ts';
import { createTableIdentity } from '../../../functions/stores/config/table-identity.ts';
import { createWindowCounts } from '../../../functions/stores/config/window-counts.ts';
import { addWorkspace, openTables, stores, type Tables } from '../tables.ts';

describe.each(stores)('in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  describe('counts of windows', () => {
    const minute = (name: string): CountWindow => ({ kind: 'minute', name, seconds: 60, endsAt: Date.now() + 60_000 });

    it('add up, requests and tokens apart, each window and each key by itself', async () => {
      const counts = createWindowCounts(tables.client, tables.config);
      const { workspace, apiKey } = await addWorkspace(tables, 0);
      const add = (window: string, requests: number, tokens: number, id = apiKey.id) =>
        counts.add(workspace.id, id, minute(window), { requests, tokens });
      expect(await add('a', 2, 0)).toEqual({ requests: 2, tokens: 0 });
      expect(await add('a', 1, 30)).toEqual({ requests: 3, tokens: 30 });
      expect(await add('b', 1, 0)).toEqual({ requests: 1, tokens: 0 });
      const { apiKey: other } = await addWorkspace(tables, 0);
      expect(await add('a', 1, 0, other.id)).toEqual({ requests: 1, tokens: 0 });
    });

    it('lose nothing when many add at once', async () => {
      const counts = createWindowCounts(tables.client, tables.config);
      const { workspace, apiKey } = await addWorkspace(tables, 0);
      const once = () => counts.add(workspace.id, apiKey.id, minute('c'), { requests: 1, tokens: 7 });
      const sums = await Promise.all(Array.from({ length: 20 }, once));
      expect(sums.map(({ requests }) => requests).sort((a, b) => a - b)).toEqual(sums.map((_, i) => i + 1));
      expect(Math.max(...sums.map(({ tokens }) => tokens))).toBe(140);
    });
  });

  describe('prices', () => {
    const price = (id: string, input: number): PriceOverride => ({
      id,
      price: { input, output: 2 * input },
      maxOutputTokens: null,
      updatedAt: '2026-11-25T00:00:00.000Z',
    });

    it('are replaced and removed one by one', async () => {
      const prices = createPrices(tables.client, tables.config);
      expect(await prices.list()).toEqual([]);
      await prices.put(price('openai/a.b/c', 1));
      await prices.put(price('vertex/d', 2));
      await prices.put(price('openai/a.b/c', 3));
      expect((await prices.list()).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        price('openai/a.b/c', 3),
        price('vertex/d', 2),
      ]);
      expect(await prices.remove('openai/a.b/c')).toBe(true);
      expect(await prices.remove('openai/a.b/c')).toBe(false);
      expect(await prices.list()).toEqual([price('vertex/d', 2)]);
    });
  });

  describe('the health of credentials', () => {
    const health = (failures: number): KeyHealth => ({
      version: 1,
      state: failures === 0 ? 'ok' : 'failing',
      since: null,
      lastError: null,
      failures,
      cooldowns: {},
      lastUsedAt: null,
    });
    const oneMore = (known: KeyHealth | undefined) => health((known?.failures ?? 0) + 1);

    it.each(['a workspace', 'the platform'])(
      'of %s is written from what is stored, whatever the writer believed',
      async (whose) => {
        const records = createHealthRecords(tables.client, tables.config);
        const owner = whose === 'the platform' ? platformOwner : (await addWorkspace(tables, 0)).workspace.id;
        expect(await records.update(owner, 'k', undefined, oneMore)).toEqual({ before: undefined, after: health(1) });
        // This writer has not seen the first write.
        expect(await records.update(owner, 'k', undefined, oneMore)).toEqual({ before: health(1), after: health(2) });
        expect(await records.update(owner, 'k', health(2), () => null)).toBeNull();
        expect(await records.read(owner)).toEqual({ k: health(2) });
        await records.remove(owner, 'k');
        expect(await records.read(owner)).toEqual({});
      },
    );

    it('has one author for each change, and keeps keys apart', async () => {
      const records = createHealthRecords(tables.client, tables.config);
      const { workspace } = await addWorkspace(tables, 0);
      const first = (known: KeyHealth | undefined) => (known === undefined ? health(1) : null);
      const written = await Promise.all(
        Array.from({ length: 6 }, () => records.update(workspace.id, 'a', undefined, first)),
      );
      expect(written.filter((change) => change !== null)).toHaveLength(1);
      await records.update(workspace.id, 'b', undefined, oneMore);
      expect(await records.read(workspace.id)).toEqual({ a: health(1), b: health(1) });
    });
  });

  it('the identity of a table is made once, and is the same for everybody', async () => {
    const ask = () => createTableIdentity(tables.client, tables.config, Date.now).identity();
    const seen = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(seen).size).toBe(1);
    expect(await ask()).toBe(seen[0]);
    const other = await openTables(url);
    expect(await createTableIdentity(other.client, other.config, Date.now).identity()).not.toBe(seen[0]);
    await other.close();
  });
});
