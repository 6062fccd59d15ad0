import { createUsageTable } from '../../core/billing/usage-rows.ts';
import type { RequestLog, UsageHours } from '../../core/ports.ts';
import { hourMs } from '../accounts/usage.ts';
import { leaseMs } from './sweep-holds.ts';

export interface SweepUsageDeps {
  hours: UsageHours;
  log: Pick<RequestLog, 'records'>;
  now(): number;
}

/** Workspaces that are looked at in the same moment. */
const atOnce = 16;

/**
 * Sums up the request log by the hour. An hour is closed once no request that came in it can still be running, so its sum is a
 * fixed function of the log: made again, after a crash or by two sweeps at once, it is the same sum in the same item.
 * An idle workspace costs four small queries an hour, and nothing is written for it.
 */
export async function sweepUsage(deps: SweepUsageDeps): Promise<{ hours: number }> {
  const closedUntil = Math.floor((deps.now() - leaseMs) / hourMs) * hourMs;
  if ((await deps.hours.completeUntil(null)) >= closedUntil) return { hours: 0 };
  let hours = 0;
  for await (const ids of deps.hours.workspaces()) {
    for (let start = 0; start < ids.length; start += atOnce) {
      const counts = await Promise.all(ids.slice(start, start + atOnce).map((id) => sumUp(id, closedUntil, deps)));
      for (const count of counts) hours += count;
    }
  }
  await deps.hours.completeUntil(null, closedUntil);
  return { hours };
}

async function sumUp(workspaceId: string, closedUntil: number, { hours, log }: SweepUsageDeps): Promise<number> {
  const from = await hours.completeUntil(workspaceId);
  if (from >= closedUntil) return 0;
  let written = 0;
  let hour = null as Hour | null;
  const finish = async (whole: Hour, until: number) => {
    await hours.put(workspaceId, whole.at, whole.table.rows());
    await hours.completeUntil(workspaceId, until);
    written++;
  };
  // Oldest first: the first record of another hour says that the one before is whole, and what is whole is kept at once.
  for await (const record of log.records(workspaceId, from, closedUntil - 1)) {
    const at = Math.floor(Date.parse(record.at) / hourMs) * hourMs;
    if (hour?.at !== at) {
      if (hour !== null) await finish(hour, at);
      hour = { at, table: createUsageTable() };
    }
    hour.table.count(record);
  }
  if (hour !== null) await finish(hour, closedUntil);
  return written;
}

interface Hour {
  at: number;
  table: ReturnType<typeof createUsageTable>;
}
