import { closableUntil, hourMs, leaseMs } from '../../core/hours.ts';
import type { HoldBook, Mark, Marks, SecretInventory, SweepState, WorkQueue } from '../../core/more-ports/sweep.ts';
import { newPass } from './sweep-secrets.ts';
import type { Visit } from './visit.ts';
import type { Work } from './work.ts';

export interface CoordinateDeps {
  marks: Pick<Marks, 'list'>;
  state: SweepState;
  book: Pick<HoldBook, 'list'>;
  inventories: Pick<SecretInventory, 'store'>[];
  queue: WorkQueue<Work>;
  now(): number;
  report(event: string, details: object): void;
}

/** Visits in one piece of work: most take a few milliseconds. */
const visitsTogether = 25;
/** A message is not to grow when the sweep was off for weeks. */
const mostMarksOfVisit = 50;
/** Pieces of work that may wait while more is added. What is not sent now is found again by the next run. */
const mostWaiting = 200;
/** A late mark is made just before its record is written. */
const settleMs = 2 * 60_000;
/** In one run; the oldest hours come first. */
const mostMarks = 300_000;

const dayMs = 24 * hourMs;
/** While another release may be at work that makes no marks, each hour takes a round: one that was lost is begun anew after this time. */
const roundAgainMs = 30 * 60_000;

export interface Coordinated {
  /** Workspaces with records that are not summed up. */
  active: number;
  visits: number;
  rounds: number;
  passes: number;
  /** How many whole hours are due and not closed for all workspaces. */
  open_hours: number;
}

/**
 * Finds out what there is to do and sends it to the workers. It looks at what marks tell of, so idle workspaces cost nothing; it remembers nothing
 * but how far all hours are closed, so a run that broke off is made good by the next.
 * `mostOrphans`: a pass over the secrets begins now, and may retire so many.
 */
export async function coordinate(deps: CoordinateDeps, mostOrphans: number | null = null): Promise<Coordinated> {
  const now = deps.now();
  const due = closableUntil(now);
  const state = await deps.state.read();
  const markedFrom = state.markedFrom || due + hourMs + dayMs;
  if (state.markedFrom === 0) await deps.state.advance('markedFrom', markedFrom);

  const marks = await collect(Math.max(state.until, markedFrom - 2 * dayMs), now, deps.marks);
  // Closed for all workspaces is what no mark says is open, as far as there were marks.
  const open = marks.filter(({ hour }) => hour < due).map(({ hour }) => hour);
  const sure = state.rounded >= markedFrom ? due : Math.min(due, state.rounded);
  const until = Math.max(
    state.until,
    open.reduce((least, hour) => Math.min(least, hour), sure),
  );
  if (until > state.until) await deps.state.advance('until', until);

  const active = [...new Set(marks.map(({ workspaceId }) => workspaceId))];
  const works: Work[] = [];
  let visits: Visit[] = [];
  if ((await deps.queue.waiting()) <= mostWaiting) {
    visits = await findVisits(marks, active, due, deps);
    for (let start = 0; start < visits.length; start += visitsTogether)
      works.push({ duty: 'workspaces', visits: visits.slice(start, start + visitsTogether) });
  }
  const needsRound = state.rounded < Math.min(due, markedFrom) && state.roundAt <= now - roundAgainMs;
  const round = needsRound || state.roundAt <= now - dayMs;
  if (round) works.push({ duty: 'round', round: { until: due, after: null } });
  const pass = mostOrphans !== null || state.secretsAt <= now - hourMs;
  if (pass)
    for (const { store } of deps.inventories) works.push({ duty: 'secrets', pass: newPass(store, mostOrphans ?? 0) });
  await deps.queue.send(works);
  if (round) await deps.state.advance('roundAt', now);
  if (pass) await deps.state.advance('secretsAt', now);
  const openHours = until === 0 ? 0 : Math.max(0, (due - until) / hourMs);
  // One is closed in the minutes after it is due.
  if (openHours > 1) deps.report('hours_not_closed', { hours: openHours, until: new Date(until).toISOString() });
  return {
    active: active.length,
    visits: visits.length,
    rounds: Number(round),
    passes: Number(pass),
    open_hours: openHours,
  };
}

async function collect(from: number, now: number, marks: CoordinateDeps['marks']): Promise<Mark[]> {
  const found: Mark[] = [];
  const take = async (hour: number | null) => {
    for await (const part of marks.list(hour)) for (const mark of part) found.push(mark);
  };
  await take(null);
  for (let hour = from; hour <= now && found.length < mostMarks; hour += hourMs) await take(hour);
  return found;
}

/** One for each workspace that has hours to close or holds that were forgotten. */
async function findVisits(marks: Mark[], active: string[], due: number, deps: CoordinateDeps): Promise<Visit[]> {
  const now = deps.now();
  const visits = new Map<string, Visit>();
  for (const mark of marks) {
    if (mark.hour >= due || mark.at > now - settleMs) continue;
    const known = visits.get(mark.workspaceId);
    if (known === undefined) {
      visits.set(mark.workspaceId, { workspaceId: mark.workspaceId, marks: [mark], continues: null });
      continue;
    }
    // The oldest come first. What is left is removed by the visit of a later run.
    if (known.marks.length < mostMarksOfVisit) known.marks.push(mark);
  }
  const others = active.filter((id) => !visits.has(id));
  for (const { workspaceId, holds } of await deps.book.list(others, now - leaseMs))
    if (holds.length > 0) visits.set(workspaceId, { workspaceId, marks: [], continues: null });
  return [...visits.values()];
}
