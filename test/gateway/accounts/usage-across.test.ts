import { describe, expect, it } from 'vitest';
import type { UsageRow } from '../../../functions/core/billing/usage-rows.ts';
import { usageCsv } from '../../../functions/core/billing/usage-rows.ts';
import type { UsageHours } from '../../../functions/core/ports.ts';
import { usageAcross } from '../../../functions/gateway/accounts/usage.ts';

const hour = 3_600_000;
const start = Date.parse('2026-03-01T00:00:00Z');

function row(change: Partial<UsageRow> = {}): UsageRow {
  return {
    ...{ day: '2026-03-01', model: 'm', provider: 'openai', credential: 'byok', api_key_id: 'ak_1' },
    ...{ provider_key_id: 'pk_1', requests: 1, errors: 0, prompt_tokens: 2, completion_tokens: 3, cached_tokens: 0 },
    ...{ reasoning_tokens: 0, cost: 100, upstream_cost: 200 },
    ...change,
  };
}

/** Hours of workspaces w000, w001, …: `rows` per workspace and hour. Notes which hours were read. */
function hoursOf(workspaces: number, summedHours: number, rows: (id: string, at: number) => UsageRow[]) {
  const ids = Array.from({ length: workspaces }, (_, i) => `w${String(i).padStart(3, '0')}`);
  const read: [string, number, number][] = [];
  const hours: UsageHours = {
    async list(id, from, to) {
      read.push([id, from, to]);
      const all: UsageRow[] = [];
      for (let at = from; at <= to; at += hour) all.push(...rows(id, at));
      return all;
    },
    completeUntil: async () => (summedHours === 0 ? 0 : start + summedHours * hour),
    async *workspaces(after = null) {
      const rest = ids.filter((id) => after === null || id > after);
      for (let from = 0; from < rest.length; from += 100) yield rest.slice(from, from + 100);
    },
  };
  return { hours, read, ids };
}
const span = { from: start, to: start + 5 * hour };

describe('usage of all workspaces', () => {
  it('is summed up over the keys of each, for the hours that are closed', async () => {
    const { hours, read } = hoursOf(2, 3, (id) => [
      row(),
      row({ api_key_id: 'ak_2', provider_key_id: null, model: id }),
    ]);
    const usage = await usageAcross(hours, { from: start + 5, to: span.to }, 20, null);
    expect(usage).toMatchObject({ from: start, to: start + 3 * hour, nextCursor: null });
    expect(read).toEqual(['w000', 'w001'].map((id) => [id, start, start + 3 * hour - 1]));
    expect(usage.rows).toHaveLength(4);
    expect(usage.rows[0]).toEqual({
      ...{ workspace_id: 'w000', day: '2026-03-01', model: 'm', provider: 'openai', credential: 'byok', requests: 3 },
      ...{ errors: 0, prompt_tokens: 6, completion_tokens: 9, cached_tokens: 0, reasoning_tokens: 0 },
      ...{ cost: '0.0000003', upstream_cost: '0.0000006' },
    });
    expect(usageCsv(usage.rows).split('\r\n').slice(0, 2)).toEqual([
      'workspace_id,day,model,provider,credential,requests,errors,prompt_tokens,completion_tokens,cached_tokens,reasoning_tokens,cost,upstream_cost',
      'w000,2026-03-01,m,openai,byok,3,0,6,9,0,0,0.0000003,0.0000006',
    ]);
  });

  it.each([1, 7, 16, 100])('comes %d workspaces at a time, each once', async (limit) => {
    const { hours, ids } = hoursOf(40, 1, () => [row()]);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await usageAcross(hours, span, limit, cursor);
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      seen.push(...page.rows.map((each) => ('workspace_id' in each ? String(each.workspace_id) : '')));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
  });

  it('ends a page early where there is much to read, and loses nothing', async () => {
    const many = Array.from({ length: 4000 }, (_, i) => row({ api_key_id: `ak_${i}` }));
    const { hours, ids, read } = hoursOf(40, 1, () => many);
    const first = await usageAcross(hours, { from: start, to: start + hour }, 100, null);
    expect(read.length).toBe(16);
    expect(first.nextCursor).toBe(ids[15]);
    const second = await usageAcross(hours, { from: start, to: start + hour }, 100, first.nextCursor);
    expect(second.rows[0]).toMatchObject({ workspace_id: ids[16] });
  });

  it.each([
    ['the sweep has never summed up', 0, span],
    ['the span lies after the sums', 1, { from: start + 2 * hour, to: start + 3 * hour }],
    ['the span is empty', 3, { from: start + hour, to: start }],
  ])('is empty when %s', async (_, summed, asked) => {
    const { hours, read } = hoursOf(2, summed, () => [row()]);
    expect(await usageAcross(hours, asked, 20, null)).toMatchObject({ rows: [], from: asked.from, to: asked.from });
    expect(read).toEqual([]);
  });
});
