import type { ProviderKeys } from '../core/ports.ts';

export interface SecretInventory {
  /** Tenants' secrets that are older than `before` (epoch ms), by the workspace and key they are named after. */
  list(before: number): AsyncIterable<{ workspaceId: string; keyId: string }>;
  remove(workspaceId: string, keyId: string): Promise<void>;
}

/** A key whose creation is still under way has its secret, but is not listed yet. */
const graceMs = 60 * 60_000;

/** Deletes secrets that no provider key refers to: what is left of a creation or deletion that broke off half-way. */
export async function sweepOrphans(deps: { inventory: SecretInventory; keys: ProviderKeys; now(): number }): Promise<{ checked: number; removed: number }> {
  const listed = new Map<string, Set<string>>();
  let checked = 0;
  let removed = 0;
  for await (const { workspaceId, keyId } of deps.inventory.list(deps.now() - graceMs)) {
    checked++;
    const ids = listed.get(workspaceId) ?? new Set((await deps.keys.list(workspaceId)).keys.map((key) => key.id));
    listed.set(workspaceId, ids);
    if (ids.has(keyId)) continue;
    await deps.inventory.remove(workspaceId, keyId);
    removed++;
  }
  return { checked, removed };
}
