import { describe, expect, it, test } from 'vitest';
import { key, partition, sortKeys } from '../../../functions/stores/config/config-items.ts';
import { createDirectory } from '../../../functions/stores/config/directory.ts';
import type { HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { newId } from '../tables.ts';

const workspaceId = newId('ws');
const ref = 'X'.repeat(16);

/** A table's answer that counts which documents are looked into. */
function answering(items: Record<string, object>) {
  const opened: string[] = [];
  const calls: HotCalls = {
    async batchGetItem(input) {
      const asked = input.RequestItems?.config?.Keys ?? [];
      const found = asked.flatMap(({ sk }) => {
        const document = items[sk?.S ?? ''];
        if (document === undefined) return [];
        const item = { ...key(partition(workspaceId), sk?.S ?? '') };
        const open = (value: object) => {
          opened.push(sk?.S ?? '');
          return value;
        };
        return [
          Object.defineProperties(item, {
            doc: { get: () => open({ S: JSON.stringify(document) }) },
            keys: { get: () => open({ M: {} }) },
          }),
        ];
      });
      return { Responses: { config: found } };
    },
    putItem: () => Promise.reject(new Error('nothing is written')),
  };
  return { opened, directory: createDirectory(calls, 'config') };
}

const settings = { [sortKeys.settings]: { id: workspaceId }, [sortKeys.health]: {}, [sortKeys.balance]: {} };
const apiKey = { id: `ak_${'0'.repeat(10)}${ref}`, hash: 'the right one' };

async function lookUp(items: Record<string, object>) {
  const { opened, directory } = answering(items);
  const asked: string[] = [];
  const admission = await directory.authenticate(workspaceId, ref, (hash) => {
    asked.push(hash);
    return hash === 'the right one';
  });
  return { admission, asked, opened };
}

describe('what a stranger makes the directory do', () => {
  test.each<[string, Record<string, object>]>([
    ['for a workspace that does not exist', {}],
    ['for a key that a workspace does not have', settings],
  ])('is one comparison and no document, %s', async (_, items) => {
    expect(await lookUp(items)).toEqual({ admission: null, asked: [''], opened: [] });
  });

  it('is no more than the key itself where only the part that finds it is right', async () => {
    const found = await lookUp({ ...settings, [sortKeys.apiKey(ref)]: { ...apiKey, hash: 'another' } });
    expect(found).toEqual({ admission: null, asked: ['another'], opened: [sortKeys.apiKey(ref)] });
  });

  it('is no use where the key outlives its workspace', async () => {
    expect((await lookUp({ [sortKeys.apiKey(ref)]: apiKey })).admission).toBeNull();
  });

  it('is all that a request needs once the key is right', async () => {
    const { admission, asked } = await lookUp({ ...settings, [sortKeys.apiKey(ref)]: apiKey });
    expect(admission).toMatchObject({ apiKey, workspace: { id: workspaceId } });
    expect(asked).toEqual(['the right one']);
  });
});
