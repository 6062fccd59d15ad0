import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherReads } from '../../../functions/stores/dynamodb/gathered-reads.ts';
import type { BatchGet } from '../../../functions/stores/dynamodb/read-items.ts';

const table = 'config';
const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
type Key = ReturnType<typeof key>;
const read = (keys: Key[]) => ({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } });
const found = (answer: Awaited<ReturnType<BatchGet>>) => answer.Responses?.[table] ?? [];
const left = (answer: Awaited<ReturnType<BatchGet>>) => answer.UnprocessedKeys?.[table]?.Keys ?? [];
const nameOf = ({ pk, sk }: Partial<Key>) => `${pk?.S}/${sk?.S}`;

/** A table that refuses what DynamoDB refuses, and says of each key what `fate` says. */
function tableOf(fate: (name: string) => 'item' | 'none' | 'unprocessed') {
  const calls: string[][] = [];
  const get: BatchGet = async ({ RequestItems }) => {
    const { Keys = [], ConsistentRead } = RequestItems?.[table] ?? {};
    const keys = Keys as Key[];
    const names = keys.map(nameOf);
    if (names.length > 100 || new Set(names).size < names.length || !ConsistentRead) throw new Error('refused');
    calls.push(names);
    const of = (wanted: string) => keys.filter((each) => fate(nameOf(each)) === wanted).reverse();
    return {
      Responses: { [table]: of('item').map((each) => ({ ...each, told: { S: nameOf(each) } })) },
      UnprocessedKeys: { [table]: { Keys: of('unprocessed') } },
    };
  };
  return { calls, get };
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const keysOf = fc
  .uniqueArray(fc.tuple(name, fc.nat(12)), { minLength: 1, maxLength: 40, selector: (pair) => pair.join() })
  .map((pairs) => pairs.map(([pk, sk]) => key(`WS#${pk}`, `AK#${sk}`)));

describe('reads that are asked for at once', () => {
  it('bring each asker its own items and unprocessed keys, whoever else asks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(keysOf, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat(2)),
        async (askers, fates) => {
          const known = new Map<string, 'item' | 'none' | 'unprocessed'>();
          const fate = (name: string) => {
            const own = known.get(name) ?? (['item', 'none', 'unprocessed'] as const)[fates.next().value] ?? 'item';
            known.set(name, own);
            return own;
          };
          const gathered = gatherReads(tableOf(fate).get, table);
          const answers = await Promise.all(askers.map((keys) => gathered(read(keys))));
          for (const [i, answer] of answers.entries()) {
            const names = askers[i]?.map(nameOf) ?? [];
            expect(found(answer).map(({ told }) => told?.S)).toEqual(names.filter((each) => fate(each) === 'item'));
            expect(left(answer).map((each) => nameOf(each as Key))).toEqual(
              names.filter((each) => fate(each) === 'unprocessed'),
            );
          }
        },
      ),
    );
  });

  it('go as one, each key once', async () => {
    const { calls, get } = tableOf(() => 'item');
    const gathered = gatherReads(get, table);
    await Promise.all([
      gathered(read([key('WS#a', 'SETTINGS'), key('WS#a', 'AK#1')])),
      gathered(read([key('WS#a', 'SETTINGS'), key('WS#a', 'AK#2')])),
      gathered(read([key('WS#b', 'SETTINGS')])),
    ]);
    expect(calls).toEqual([['WS#a/SETTINGS', 'WS#a/AK#1', 'WS#a/AK#2', 'WS#b/SETTINGS']]);
  });

  it('are parted where they would be more than a hundred keys', async () => {
    const { calls, get } = tableOf(() => 'item');
    const gathered = gatherReads(get, table);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => gathered(read([key(`WS#${i}`, 'SETTINGS'), key(`WS#${i}`, 'HEALTH')]))),
    );
    expect(calls.map(({ length }) => length)).toEqual([100, 20]);
  });

  it('see what was written before they were asked for: one that runs is joined by nobody', async () => {
    let stored = 'before';
    let answer = () => {};
    const gathered = gatherReads(async () => {
      const seen = stored;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { Responses: { [table]: [{ ...key('WS#a', 'SETTINGS'), told: { S: seen } }] } };
    }, table);
    const early = gathered(read([key('WS#a', 'SETTINGS')]));
    await new Promise(setImmediate);
    stored = 'after';
    const late = gathered(read([key('WS#a', 'SETTINGS')]));
    answer();
    await new Promise(setImmediate);
    answer();
    expect([found(await early)[0]?.told?.S, found(await late)[0]?.told?.S]).toEqual(['before', 'after']);
  });

  it('fail together, and the next ones do not', async () => {
    let down = true;
    const { get } = tableOf(() => 'item');
    const gathered = gatherReads((input) => (down ? Promise.reject(new Error('down')) : get(input)), table);
    const asked = ['a', 'b'].map((pk) => gathered(read([key(pk, 'SETTINGS')])));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    down = false;
    expect(found(await gathered(read([key('a', 'SETTINGS')])))).toHaveLength(1);
  });
});
