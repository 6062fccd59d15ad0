import {
  createUsageTable,
  type PresentedRow,
  presentRow,
  sumOverKeys,
  type WorkspaceRow,
} from '../../core/billing/usage-rows.ts';
import { hourMs } from '../../core/hours.ts';
import type { RequestLog, UsageHours } from '../../core/ports.ts';

/** How many records of the hours that are not summed up yet are counted for one answer; with more it ends where the sums end. */
const mostLive = 100_000;

export interface Usage {
  rows: (PresentedRow | WorkspaceRow)[];
  /** Epoch ms: what was counted. Whole hours, except that the last one may be under way. */
  from: number;
  to: number;
}

/**
 * Usage by day, model, provider, credential, API key and provider key. The sums of closed hours were made from the request log
 * (sweep-usage.ts); what came after them is counted from the log itself. So no request adds a write for it, and nothing is lost
 * or counted twice as long as it is in the log. `apiKeyId` null: all keys.
 */
export async function usageOf(
  deps: { log: Pick<RequestLog, 'records'>; hours: UsageHours },
  workspaceId: string,
  span: { from: number; to: number },
  apiKeyId: string | null,
): Promise<Usage> {
  const table = createUsageTable();
  const from = Math.floor(span.from / hourMs) * hourMs;
  const summedUntil = await deps.hours.completeUntil(workspaceId);
  let to = span.to;
  if (from < Math.min(to, summedUntil)) {
    for (const row of await deps.hours.list(workspaceId, from, Math.min(to, summedUntil) - 1)) table.add(row);
  }
  if (to <= summedUntil) to = Math.ceil(to / hourMs) * hourMs;
  else if (!(await countLog(deps.log, workspaceId, Math.max(from, summedUntil), to, table)))
    to = Math.max(from, summedUntil);
  const rows = table.rows().filter((row) => apiKeyId === null || row.api_key_id === apiKeyId);
  return { rows: rows.map(presentRow), from, to };
}

/** False, and nothing counted: there is too much. */
async function countLog(
  log: Pick<RequestLog, 'records'>,
  workspaceId: string,
  from: number,
  to: number,
  table: ReturnType<typeof createUsageTable>,
): Promise<boolean> {
  const live = createUsageTable();
  let count = 0;
  for await (const record of log.records(workspaceId, from, to)) {
    if (++count > mostLive) return false;
    live.count(record);
  }
  for (const row of live.rows()) table.add(row);
  return true;
}

/** Workspaces whose hours are read in the same moment, and rows of hours after which a page ends early. */
const atOnce = 16;
const mostRows = 50_000;

/**
 * Usage of all workspaces, `limit` of them on a page, from the sums of closed hours alone: `to` says how far they reach. The cursor is the last
 * workspace of the page.
 */
export async function usageAcross(
  hours: UsageHours,
  span: { from: number; to: number },
  limit: number,
  cursor: string | null,
): Promise<Usage & { nextCursor: string | null }> {
  const from = Math.floor(span.from / hourMs) * hourMs;
  const to = Math.max(from, Math.min(Math.ceil(span.to / hourMs) * hourMs, await hours.completeUntil(null)));
  const rows: WorkspaceRow[] = [];
  const ids = await take(hours.workspaces(cursor), limit + 1);
  const page = ids.slice(0, limit);
  let read = 0;
  for (let start = 0; start < page.length; start += atOnce) {
    if (read > mostRows) return { rows, from, to, nextCursor: page[start - 1] ?? null };
    const part = page.slice(start, start + atOnce);
    const found = await Promise.all(part.map(async (id) => (from < to ? await hours.list(id, from, to - 1) : [])));
    for (const [i, id] of part.entries()) rows.push(...sumOverKeys(id, found[i] ?? []));
    read += found.flat().length;
  }
  return { rows, from, to, nextCursor: ids.length > limit ? (page.at(-1) ?? null) : null };
}

async function take(lists: AsyncIterable<string[]>, most: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const list of lists) {
    taken.push(...list.slice(0, most - taken.length));
    if (taken.length === most) break;
  }
  return taken;
}
