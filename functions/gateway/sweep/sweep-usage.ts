import { createUsageTable, type UsageRow } from '../../core/billing/usage-rows.ts';
import { closableUntil, hourMs } from '../../core/hours.ts';
import { timeOf } from '../../core/ids.ts';
import type { UsageHead, UsagePages, UsageSums } from '../../core/more-ports/sweep.ts';

export interface SweepUsageDeps {
  sums: UsageSums;
  usageLog: UsagePages;
  now(): number;
}

/** Who has moved a draft so lately may still be at work on it. */
const atWorkMs = 5 * 60_000;

/** `unfinished`: the id up to which all is summed. `elsewhere`: somebody else is at work on it, and goes on. */
export type SummedUp = { hours: number; unfinished: string | null } | 'elsewhere';

/**
 * Sums up the hours of one workspace that can be closed, oldest first. An hour is closed once no request that came in it can still be running,
 * so its sum is a fixed function of the log: made again, after a crash or by two workers at once, it is the same sum in the same item. What is
 * not finished when `isOver` says so is kept with its cursor; whoever comes next goes on from there. It gets on by one page at least.
 *
 * `continues`: where the work that is gone on with was left; null: it is begun.
 */
export async function sweepUsage(
  workspaceId: string,
  continues: string | null,
  isOver: () => boolean,
  deps: SweepUsageDeps,
): Promise<SummedUp> {
  const due = closableUntil(deps.now());
  const known = await deps.sums.head(workspaceId);
  if (known.until >= due) return { hours: 0, unfinished: null };
  const { draft } = known;
  if (draft !== null && draft.after !== continues && deps.now() - draft.movedAt < atWorkMs) return 'elsewhere';

  const madeAt = deps.now();
  const open = new Map<number, ReturnType<typeof createUsageTable>>();
  const tableOf = (hour: number) => {
    const table = open.get(hour) ?? createUsageTable();
    open.set(hour, table);
    return table;
  };
  if (draft !== null) for (const row of draft.rows) tableOf(hourOf(draft.after)).add(row);
  let hours = 0;
  const close = async (before: number) => {
    for (const hour of [...open.keys()].filter((each) => each < before).sort((a, b) => a - b)) {
      await deps.sums.put(workspaceId, hour, open.get(hour)?.rows() ?? [], madeAt);
      open.delete(hour);
      hours++;
    }
  };

  for await (const { records, upTo, isLast } of deps.usageLog.pages(
    workspaceId,
    known.until,
    due - 1,
    draft?.after ?? null,
  )) {
    for (const record of records) tableOf(hourOf(record.request_id)).count(record);
    const hour = hourOf(upTo);
    await close(hour);
    if (isLast || !isOver()) continue;
    const rows: UsageRow[] = tableOf(hour).rows();
    const next: UsageHead = { until: hour, draft: { after: upTo, rows, movedAt: deps.now() } };
    return (await deps.sums.move(workspaceId, known, next)) ? { hours, unfinished: upTo } : 'elsewhere';
  }
  await close(due);
  // An idle workspace costs no write.
  if (hours === 0 && draft === null) return { hours, unfinished: null };
  return (await deps.sums.move(workspaceId, known, { until: due, draft: null }))
    ? { hours, unfinished: null }
    : 'elsewhere';
}

function hourOf(id: string): number {
  return Math.floor(timeOf(id) / hourMs) * hourMs;
}
