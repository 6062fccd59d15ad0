import { nameOf } from '../core/errors.ts';
import type { Collector, Delivered, Signal } from './collector.ts';

/** A collector takes 20 MB by default, some services less. */
const mostBytes = 2 ** 20;
/** So many records refused one by one are no matter of the records. */
const mostRefused = 10;

export interface DeliverDeps {
  collector: Collector;
  report(event: string, details: object): void;
  remainingMs(): number;
}

/** How a number of records fared. */
export type Outcome = { type: 'done' } | { type: 'unavailable'; why: string };

/** What one invocation remembers of what it left out. */
export interface LeftOut {
  count: number;
}

/**
 * Sends what `write` makes of the records. Too large for one POST, refused, or none that can be written, they are halved until it is known which one is at fault:
 * that one is left out, told in the log by its id, and the others go on.
 */
export async function deliver<Told extends { request_id: string }>(
  signal: Signal,
  records: Told[],
  write: (records: Told[]) => Uint8Array | null,
  leftOut: LeftOut,
  deps: DeliverDeps,
): Promise<Outcome> {
  const delivered = await send(signal, records, write, deps);
  if (delivered.type === 'unavailable') return delivered;
  if (delivered.type === 'taken') {
    const { rejected, message } = delivered;
    if (rejected > 0 || message !== '') deps.report('export_partly_taken', { signal, rejected, message });
    return { type: 'done' };
  }
  const [only] = records;
  if (records.length === 1 && only !== undefined) {
    if (leftOut.count >= mostRefused) return { type: 'unavailable', why: `everything is refused (${delivered.why})` };
    leftOut.count++;
    deps.report('export_left_out', { signal, request_id: only.request_id, why: delivered.why });
    return { type: 'done' };
  }
  const middle = Math.ceil(records.length / 2);
  for (const half of [records.slice(0, middle), records.slice(middle)]) {
    const outcome = await deliver(signal, half, write, leftOut, deps);
    if (outcome.type !== 'done') return outcome;
  }
  return { type: 'done' };
}

async function send<Told>(
  signal: Signal,
  records: Told[],
  write: (records: Told[]) => Uint8Array | null,
  { collector, remainingMs }: DeliverDeps,
): Promise<Delivered> {
  let body: Uint8Array | null;
  try {
    body = write(records);
  } catch (error) {
    return { type: 'refused', why: nameOf(error) };
  }
  if (body === null) return { type: 'taken', rejected: 0, message: '' };
  if (body.length > mostBytes && records.length > 1) return { type: 'refused', why: 'too large' };
  return collector.post(signal, body, remainingMs());
}
