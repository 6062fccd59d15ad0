import { sweepOrphans } from './gateway/sweep.ts';
import { sweepRuntime } from './runtime.ts';

const runtime = sweepRuntime();

/** Runs on a schedule; what it did stands in its log. */
export async function handler(): Promise<void> {
  console.log(JSON.stringify({ event: 'swept', ...(await sweepOrphans(runtime)) }));
}
