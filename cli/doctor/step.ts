import { messageOf } from '../terminal/problem.ts';

/** One step of the way from this machine to the provider. */
export interface Step {
  name: string;
  state: 'ok' | 'failed' | 'skipped';
  /** What was found, for people. */
  says: string;
  /** What to do about it. */
  todo: string | null;
  /** How long it took; null where nothing was asked. */
  ms: number | null;
}

export type Found = Omit<Step, 'name' | 'ms'>;

export const fine = (says: string): Found => ({ state: 'ok', says, todo: null });
export const failed = (says: string, todo: string | null = null): Found => ({ state: 'failed', says, todo });
export const skipped = (name: string, says: string): Step => ({ name, state: 'skipped', says, todo: null, ms: null });

/** Takes a step, and the time. `find` tells what is wrong; what it throws is told as well. */
export async function take(name: string, find: () => Promise<Found> | Found): Promise<Step> {
  const started = performance.now();
  const found = await Promise.resolve()
    .then(find)
    .catch((error: unknown) => failed(messageOf(error), hintOf(error)));
  return { name, ...found, ms: Math.round(performance.now() - started) };
}

function hintOf(error: unknown): string | null {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
}
