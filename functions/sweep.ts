import { nameOf } from './core/errors.ts';
import { oneLine } from './core/telemetry/one-line.ts';
import { reserveConcurrency } from './gateway/sweep/reserve-concurrency.ts';
import { sweepSecrets } from './gateway/sweep/sweep.ts';
import { sweepHolds } from './gateway/sweep/sweep-holds.ts';
import { sweepUsage } from './gateway/sweep/sweep-usage.ts';
import { report } from './log-output.ts';
import { sweepRuntime } from './sweep-runtime.ts';

const runtime = sweepRuntime();

/**
 * Runs on a schedule; what it did stands in its log. A job that fails does not keep the others from their work.
 * `retire_orphans`: what an operator invokes it with who has looked at an `orphans_kept` (docs/operations.md).
 */
export async function handler(event: { retire_orphans?: unknown } | null = null): Promise<void> {
  const mostOrphans = typeof event?.retire_orphans === 'number' ? event.retire_orphans : 0;
  const jobs = {
    holds: () => sweepHolds(runtime),
    usage: () => sweepUsage(runtime),
    secrets: () => sweepSecrets(runtime, mostOrphans),
    concurrency: () => reserveConcurrency(runtime),
  };
  const failed: string[] = [];
  for (const [name, run] of Object.entries(jobs)) {
    try {
      console.log(oneLine({ event: 'swept', what: name, ...(await run()) }));
    } catch (error) {
      failed.push(name);
      report('sweep_failed', { what: name, error: nameOf(error) });
    }
  }
  // So that the run counts as failed and the alarm sees it.
  if (failed.length > 0) throw new Error(`The sweep of ${failed.join(' and ')} failed.`);
}
