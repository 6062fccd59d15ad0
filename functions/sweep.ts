import { report } from './composition/log-output.ts';
import { sweepRuntime } from './composition/sweep-runtime.ts';
import { nameOf } from './core/errors.ts';
import { coordinate } from './gateway/sweep/coordinate.ts';
import { reserveConcurrency } from './gateway/sweep/reserve-concurrency.ts';
import { doWork } from './gateway/sweep/work.ts';

const runtime = sweepRuntime();

/**
 * Runs on a schedule: finds out what there is to do, and hands it out. A job that fails does not keep the others from their work.
 * `retire_orphans`: what an operator invokes it with who has looked at an `orphans_kept` (docs/operations.md).
 */
export async function handler(event: { retire_orphans?: unknown } | null = null): Promise<void> {
  const mostOrphans = typeof event?.retire_orphans === 'number' ? event.retire_orphans : null;
  const { inProcess } = runtime;
  const jobs: Record<string, () => Promise<object>> = {
    concurrency: () => reserveConcurrency(runtime),
    work: () => coordinate(runtime, mostOrphans),
    ...(inProcess && { done: async () => ({ pieces: await inProcess.drain((work) => doWork(work, runtime)) }) }),
  };
  const failed: string[] = [];
  for (const [name, run] of Object.entries(jobs)) {
    try {
      runtime.say(name, await run());
    } catch (error) {
      failed.push(name);
      report('sweep_failed', { what: name, error: nameOf(error) });
    }
  }
  // So that the run counts as failed and the alarm sees it.
  if (failed.length > 0) throw new Error(`The sweep of ${failed.join(' and ')} failed.`);
}
