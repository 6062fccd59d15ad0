import { isObject, parseJson } from '../../core/json.ts';
import type { WorkQueue } from '../../core/more-ports/sweep.ts';
import { type Round, type RoundDeps, sweepRound } from './sweep-round.ts';
import { type Pass, type SweepSecretsDeps, sweepSecrets } from './sweep-secrets.ts';
import { type Visit, visit } from './visit.ts';

/** One piece of work, as it lies in the queue. Each duty of the sweep has a file of its own. */
export type Work =
  | { duty: 'workspaces'; visits: Visit[] }
  | { duty: 'round'; round: Round }
  | { duty: 'secrets'; pass: Pass };

export interface WorkDeps extends RoundDeps, SweepSecretsDeps {
  queue: WorkQueue<Work>;
  /** Says what a piece of work has done. */
  say(what: string, done: object): void;
}

/**
 * How long one piece of work may take of a worker. Whoever has more to do than that queues up again, behind everybody else: so a workspace with a
 * thousand requests a second keeps nobody waiting for longer.
 */
const sliceMs = 20_000;

/**
 * Does one piece of work, and puts what is left of it into the queue. Everything in it may be done twice, out of order and by two workers at once;
 * nothing is lost when it breaks off. Throws when a part of it failed, after all the others.
 */
export async function doWork(work: Work, deps: WorkDeps): Promise<void> {
  const end = deps.now() + sliceMs;
  const isOver = () => deps.now() >= end;
  if (work.duty === 'secrets') {
    const { swept, next } = await sweepSecrets(work.pass, isOver, deps);
    if (next !== null) await deps.queue.send([{ duty: 'secrets', pass: next }]);
    else deps.say('secrets', { store: work.pass.store, ...swept });
  } else if (work.duty === 'round') {
    const { visits, unfinished, ...done } = await sweepRound(work.round, isOver, deps);
    await deps.queue.send([
      ...visits.map((each): Work => ({ duty: 'workspaces', visits: [each] })),
      ...(unfinished === null ? [] : [{ duty: 'round' as const, round: unfinished }]),
    ]);
    deps.say('round', done);
  } else await visitAll(work.visits, isOver, deps);
}

async function visitAll(visits: Visit[], isOver: () => boolean, deps: WorkDeps): Promise<void> {
  const total = { settled: 0, released: 0, hours: 0 };
  const failed: unknown[] = [];
  const rest: Work[] = [];
  for (const [index, each] of visits.entries()) {
    if (index > 0 && isOver()) {
      rest.push({ duty: 'workspaces', visits: visits.slice(index) });
      break;
    }
    try {
      const { unfinished, ...done } = await visit(each, isOver, deps);
      total.settled += done.settled;
      total.released += done.released;
      total.hours += done.hours;
      // By itself: nobody else waits for it.
      if (unfinished !== null) rest.push({ duty: 'workspaces', visits: [unfinished] });
    } catch (error) {
      failed.push(error);
    }
  }
  await deps.queue.send(rest);
  deps.say('workspaces', { ...total, failed: failed.length });
  if (failed.length > 0) throw failed[0];
}

/** Null: nothing that this release knows. */
export function readWork(text: string): Work | null {
  const work = parseJson(text);
  return isObject(work) && ['workspaces', 'round', 'secrets'].includes(String(work.duty)) ? (work as Work) : null;
}
