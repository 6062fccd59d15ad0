import { createUsageTable, type PresentedRow, presentRow } from '../../core/billing/usage-rows.ts';
import type { RequestLog, UsageHours } from '../../core/ports.ts';

export const hourMs = 3_600_000;

/** How many records of the hours that are not summed up yet are counted for one answer; with more it ends where the sums end. */
const mostLive = 100_000;

export interface Usage {
  rows: PresentedRow[];
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
