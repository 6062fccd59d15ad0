import type { ProviderKeys, SecretInventory } from '../core/ports.ts';

export interface Swept {
  checked: number;
  removed: number;
  settled: number;
}

/** What is younger may still be under way. */
const graceMs = 60 * 60_000;

/** Cleans up after creations, rotations and deletions that broke off half-way: secrets without a key, and versions that are not settled. */
export async function sweepOrphans(deps: {
  inventory: SecretInventory;
  keys: ProviderKeys;
  now(): number;
}): Promise<Swept> {
  const { inventory } = deps;
  const before = deps.now() - graceMs;
  const listed = new Map<string, Map<string, string>>();
  const versionsOf = async (workspaceId: string): Promise<Map<string, string>> => {
    const known =
      listed.get(workspaceId) ??
      new Map((await deps.keys.list(workspaceId)).keys.map((key) => [key.id, key.secretVersion]));
    listed.set(workspaceId, known);
    return known;
  };
  const swept: Swept = { checked: 0, removed: 0, settled: 0 };
  for await (const { workspaceId, keyId, createdAt, changedAt, current, pending } of inventory.list()) {
    if (createdAt >= before) continue;
    swept.checked++;
    const version = (await versionsOf(workspaceId)).get(keyId);
    if (version === undefined) {
      await inventory.retire(workspaceId, keyId);
      swept.removed++;
      continue;
    }
    if (changedAt >= before) continue;
    for (const unsettled of pending) {
      // The record is right: it says which version is meant, whatever AWSCURRENT says.
      await (unsettled === version && current !== version ? inventory.promote : inventory.discard)(
        workspaceId,
        keyId,
        unsettled,
      );
      swept.settled++;
    }
  }
  return swept;
}
