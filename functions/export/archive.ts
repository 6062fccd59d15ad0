import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { nameOf } from '../core/errors.ts';
import type { Sink } from './handler.ts';
import type { LoggedChange } from './stream-records.ts';

/** Keeps an object under a name, whatever was there before. */
export type PutObject = (key: string, body: Uint8Array) => Promise<void>;

/**
 * Writes records as JSON lines, compressed, one object for each hour that the batch's requests came in. Names follow from the batch,
 * and so does every byte: a batch that comes again replaces its objects.
 */
export function createArchive(put: PutObject, report: (event: string, details: object) => void): Sink {
  return async (changes) => {
    const [first] = changes;
    if (first === undefined) return null;
    const name = nameOfBatch(changes);
    const hours = Map.groupBy(changes, ({ record }) => hourOf(record.at));
    try {
      for (const [hour, those] of hours) {
        const lines = those.map(({ record }) => `${JSON.stringify(record)}\n`).join('');
        await put(`${hour}/${name}.json.gz`, gzipSync(lines));
      }
      return null;
    } catch (error) {
      report('export_failed', { to: 'archive', why: nameOf(error), records: changes.length });
      // All of it, so that the batch comes again as it was.
      return first.sequence;
    }
  };
}

/** Partitions as Hive names them: docs.aws.amazon.com/athena/latest/ug/partitions.html. UTC. */
function hourOf(at: string): string {
  const [date = '', hour = ''] = new Date(at).toISOString().split(/[T:]/);
  return `dt=${date}/hour=${hour}`;
}

function nameOfBatch(changes: LoggedChange[]): string {
  const ids = createHash('sha256');
  for (const { eventId } of changes) ids.update(`${eventId}\n`);
  return `${changes[0]?.sequence}-${ids.digest('hex').slice(0, 16)}`;
}
