import { closableUntil, hourMs } from '../../core/hours.ts';
import { timeOf } from '../../core/ids.ts';
import type { Mark, Marks, SweepState } from '../../core/more-ports/sweep.ts';
import type { UsageHours } from '../../core/ports.ts';
import { sweepHolds } from './sweep-holds.ts';
import { closeHours, type Visit, type VisitDeps } from './visit.ts';

/** A look at every workspace. `after`: the last that was looked at. */
export interface Round {
  until: number;
  after: string | null;
}

export interface RoundDeps extends VisitDeps {
  marks: Pick<Marks, 'stands' | 'remove' | 'put'>;
  hours: Pick<UsageHours, 'workspaces'>;
  state: Pick<SweepState, 'advance'>;
}

/** Workspaces that are looked at in the same moment. */
const atOnce = 16;

/**
 * Looks at every workspace, idle or not: what no mark tells of is found by it. Records of a release that made no marks, empty holds and counters of
 * days that are over. None of them gets more than a page here; what is larger becomes a visit of its own.
 */
export async function sweepRound(
  round: Round,
  isOver: () => boolean,
  deps: RoundDeps,
): Promise<{ visited: number; hours: number; visits: Visit[]; unfinished: Round | null }> {
  const visits: Visit[] = [];
  let visited = 0;
  let hours = 0;
  for await (const ids of deps.hours.workspaces(round.after)) {
    const { told } = await sweepHolds(ids, deps);
    for (let start = 0; start < ids.length; start += atOnce) {
      const part = ids.slice(start, start + atOnce);
      const done = await Promise.all(
        part.map((workspaceId) =>
          closeHours({ workspaceId, marks: [], continues: null }, () => true, deps, told.get(workspaceId) ?? null),
        ),
      );
      for (const { unfinished, hours: closed } of done) {
        hours += closed;
        if (unfinished !== null) visits.push(await markUnfinished(unfinished, deps));
      }
      visited += part.length;
      if (isOver()) return { visited, hours, visits, unfinished: { ...round, after: part.at(-1) ?? round.after } };
    }
  }
  await deps.state.advance('rounded', round.until);
  return { visited, hours, visits, unfinished: null };
}

/** So that nobody takes its hours for closed, and the coordinator knows of it when the visit is lost. */
async function markUnfinished(unfinished: Visit, { marks, now }: RoundDeps): Promise<Visit> {
  const hour = Math.floor(timeOf(unfinished.continues ?? '') / hourMs) * hourMs;
  const mark: Mark = { workspaceId: unfinished.workspaceId, hour, at: now(), late: hour < closableUntil(now()) };
  await marks.put(mark);
  return { ...unfinished, marks: [mark] };
}
