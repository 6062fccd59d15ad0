import type { Admission, Directory } from '../../core/ports.ts';
import { gatherReads } from '../dynamodb/gathered-reads.ts';
import type { HotCalls } from '../dynamodb/hot-calls.ts';
import { readItems } from '../dynamodb/read-items.ts';
import { readSpent } from '../money/wallet.ts';
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

/** The one read of the hot path: four items of a workspace, strongly consistent, in one BatchGetItem. */
export function createDirectory(calls: HotCalls, table: string): Directory {
  const get = gatherReads(calls.batchGetItem, table);
  return {
    async authenticate(workspaceId, keyRef, matches) {
      const pk = partition(workspaceId);
      const keys = [sortKeys.settings, sortKeys.health, sortKeys.balance, sortKeys.apiKey(keyRef)].map((sk) =>
        key(pk, sk),
      );
      const items = await readItems(get, table, keys, true);
      return toAdmission(new Map(items.map((item) => [item.sk?.S ?? '', item])), sortKeys.apiKey(keyRef), matches);
    },
  };
}

function toAdmission(
  items: Map<string, Item>,
  apiKeySort: string,
  matches: (hash: string) => boolean,
): Admission | null {
  const item = items.get(apiKeySort);
  const apiKey = item === undefined ? null : readApiKey(item);
  const isKnown = matches(apiKey?.hash ?? '');
  const settings = items.get(sortKeys.settings);
  // A stranger's time must not tell how much there is to read.
  if (!isKnown || apiKey === null || settings === undefined) return null;
  return {
    workspace: readWorkspace(settings),
    apiKey,
    providerKeys: readProviderKeys(settings),
    health: readHealth(items.get(sortKeys.health)),
    balance: readBalance(items.get(sortKeys.balance)),
    spent: readSpent(items.get(sortKeys.balance) ?? {}),
  };
}
