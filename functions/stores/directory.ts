import type { Admission, Directory } from '../core/ports.ts';
import {
  type Item,
  key,
  partition,
  readApiKey,
  readBalance,
  readHealth,
  readProviderKeys,
  readWorkspace,
  sortKeys,
} from './config-items.ts';
import type { HotCalls } from './hot-calls.ts';
import { readItems } from './read-items.ts';
import { readSpent } from './wallet.ts';

/** The one read of the hot path: four items of a workspace, strongly consistent, in one BatchGetItem. */
export function createDirectory(calls: HotCalls, table: string): Directory {
  return {
    async admit(workspaceId, keyRef) {
      const pk = partition(workspaceId);
      const keys = [sortKeys.settings, sortKeys.health, sortKeys.balance, sortKeys.apiKey(keyRef)].map((sk) =>
        key(pk, sk),
      );
      const items = await readItems(calls.batchGetItem, table, keys, true);
      return toAdmission(new Map(items.map((item) => [item.sk?.S ?? '', item])), sortKeys.apiKey(keyRef));
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
