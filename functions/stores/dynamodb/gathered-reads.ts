import type { Item } from '../config/config-items.ts';
import type { BatchGet } from './read-items.ts';

/** What BatchGetItem takes (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const mostKeys = 100;

interface Waiting {
  keys: Item[];
  resolve(answer: Awaited<ReturnType<BatchGet>>): void;
  reject(error: unknown): void;
}

/**
 * Reads that are asked for in the same turn of the event loop go as one: under load the signature and the exchange cost more than
 * what is read. Each begins after it was asked for, so it sees all that was written before. Of one table, `Keys` being pk and sk; each
 * asker gets the items and the unprocessed keys that are its own, so one whose partition is throttled keeps nobody else waiting.
 */
export function gatherReads(get: BatchGet, table: string): BatchGet {
  let waiting: Waiting[] = [];

  const flush = () => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; ) {
      const keys = new Map<string, Item>();
      let to = from;
      for (; to < all.length; to++) {
        const own = (all[to]?.keys ?? []).map((key) => [nameOf(key), key] as const);
        if (to > from && keys.size + own.length > mostKeys) break;
        for (const [name, key] of own) keys.set(name, key);
      }
      void read(all.slice(from, to), keys);
      from = to;
    }
  };

  const read = async (askers: Waiting[], keys: Map<string, Item>) => {
    try {
      const answer = await get({ RequestItems: { [table]: { Keys: [...keys.values()], ConsistentRead: true } } });
      const found = byName(answer.Responses?.[table]);
      const rest = byName(answer.UnprocessedKeys?.[table]?.Keys);
      for (const asker of askers) {
        const unprocessed = pick(rest, asker.keys);
        asker.resolve({
          Responses: { [table]: pick(found, asker.keys) },
          UnprocessedKeys: unprocessed.length === 0 ? {} : { [table]: { Keys: unprocessed } },
        });
      }
    } catch (error) {
      for (const asker of askers) asker.reject(error);
    }
  };

  return ({ RequestItems }) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ keys: RequestItems?.[table]?.Keys ?? [], resolve, reject });
    });
}

function byName(items: Item[] = []): Map<string, Item> {
  return new Map(items.map((item) => [nameOf(item), item]));
}

function pick(items: Map<string, Item>, keys: Item[]): Item[] {
  return keys.map((key) => items.get(nameOf(key))).filter((item) => item !== undefined);
}

/** Neither holds a line end. */
function nameOf({ pk, sk }: Item): string {
  return `${pk?.S}\n${sk?.S}`;
}
