import { closableUntil, hourMs } from '../../core/hours.ts';
import type { Mark, Marks } from '../../core/more-ports/sweep.ts';
import { type SweepHoldsDeps, sweepHolds } from './sweep-holds.ts';
import { type SweepUsageDeps, sweepUsage } from './sweep-usage.ts';

/** What there is to do for one workspace. */
export interface Visit {
  workspaceId: string;
  /** Those that say so, to be removed when it is done. */
  marks: Mark[];
  /** Where the summing up was left; null: it begins. */
  continues: string | null;
}

export interface VisitDeps extends SweepHoldsDeps, SweepUsageDeps {
  marks: Pick<Marks, 'stands' | 'remove'>;
}

export interface Visited {
  settled: number;
  released: number;
  hours: number;
}

/**
 * Everything that the sweep does for one workspace: holds first, because what they leave in the log belongs to the hours that are closed next.
 * The order of steps makes each of them safe to repeat. `unfinished`: the visit to go on with, when `isOver` said that there is no more time.
 */
export async function visit(
  { workspaceId, marks, continues }: Visit,
  isOver: () => boolean,
  deps: VisitDeps,
): Promise<Visited & { unfinished: Visit | null }> {
  const { told, ...holds } = await sweepHolds([workspaceId], deps);
  const visited = await closeHours({ workspaceId, marks, continues }, isOver, deps, told.get(workspaceId) ?? null);
  return { ...holds, ...visited };
}

/** Of a visit what comes after the holds. `toldAt`: when the first of the requests came that these have left a record of; null: none. */
export async function closeHours(
  { workspaceId, marks, continues }: Visit,
  isOver: () => boolean,
  deps: VisitDeps,
  toldAt: number | null,
): Promise<{ hours: number; unfinished: Visit | null }> {
  await reopen(workspaceId, marks, toldAt, deps);
  const summed = await sweepUsage(workspaceId, continues, isOver, deps);
  // The marks are for whoever goes on.
  if (summed === 'elsewhere') return { hours: 0, unfinished: null };
  const { hours, unfinished } = summed;
  if (unfinished !== null) return { hours, unfinished: { workspaceId, marks, continues: unfinished } };
  const closed = closableUntil(deps.now());
  for (const mark of marks) if (mark.hour < closed) await deps.marks.remove(mark);
  return { hours, unfinished: null };
}

/** A record came into an hour that was closed: the hour, and what is after it, is summed up anew. Rare, and never caused by a tenant. */
async function reopen(
  workspaceId: string,
  marks: Mark[],
  toldAt: number | null,
  { sums, marks: stored }: VisitDeps,
): Promise<void> {
  const late = marks.filter((mark) => mark.late);
  if (late.length === 0 && toldAt === null) return;
  const known = await sums.head(workspaceId);
  const hours = toldAt === null ? [] : [Math.floor(toldAt / hourMs) * hourMs];
  for (const mark of late) if (mark.hour < known.until && (await stored.stands(mark))) hours.push(mark.hour);
  const until = Math.min(known.until, ...hours);
  if (until < known.until) await sums.move(workspaceId, known, { until, draft: null });
}
