import type { Admission, Directory } from '../core/ports.ts';
import { type Item, key, partition, readApiKey, readBalance, readHealth, readProviderKeys, readWorkspace, sortKeys } from './config-items.ts';
import type { HotCalls } from './hot-calls.ts';
import { readSpent } from './wallet.ts';

/** The one read of the hot path: four items of a workspace, strongly consistent, in one BatchGetItem. */
export function createDirectory(calls: HotCalls, table: string): Directory {
  return {
    async admit(workspaceId, keyRef) {
      const pk = partition(workspaceId);
      const keys = [sortKeys.settings, sortKeys.health, sortKeys.balance, sortKeys.apiKey(keyRef)].map((sk) => key(pk, sk));
      const items = await readAll(calls, table, keys);
      return toAdmission(items, sortKeys.apiKey(keyRef));
    },
  };
}

function toAdmission(items: Map<string, Item>, apiKeySort: string): Admission | null {
  const settings = items.get(sortKeys.settings);
  if (settings === undefined) return null;
  const apiKey = items.get(apiKeySort);
  return {
    workspace: readWorkspace(settings),
    apiKey: apiKey ? readApiKey(apiKey) : null,
    providerKeys: readProviderKeys(settings),
    health: readHealth(items.get(sortKeys.health)),
    balance: readBalance(items.get(sortKeys.balance)),
    spent: readSpent(items.get(sortKeys.balance) ?? {}),
  };
}

/** BatchGetItem may leave keys unprocessed when throttled; those are asked for again. Items by sort key. */
async function readAll(calls: HotCalls, table: string, keys: Item[]): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  let rest = keys;
  for (let round = 0; rest.length > 0; round++) {
    if (round === 4) throw new Error('DynamoDB keeps leaving keys of a BatchGetItem unprocessed.');
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 20 * 2 ** round));
    const answer = await calls.batchGetItem({ RequestItems: { [table]: { Keys: rest, ConsistentRead: true } } });
    for (const item of answer.Responses?.[table] ?? []) found.set(item.sk?.S ?? '', item);
    rest = answer.UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return found;
}
