import { presentProviderKey } from '../../core/accounts/present.ts';
import type { ProviderKey } from '../../core/accounts/workspace.ts';
import { listOf, oldestFirst, pageOf } from '../../core/cursor.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FallbackCounts, ProviderKeys } from '../../core/ports.ts';

export interface KeyListDeps {
  keys: Pick<ProviderKeys, 'list'>;
  fallbacks: Pick<FallbackCounts, 'lastDay'>;
  now(): number;
  /** What the key's owner has to set up; absent: nobody is told. */
  trustOf?(key: ProviderKey): JsonObject | null;
}

/** The provider keys of a workspace with their health, oldest first: for the workspace itself and for operators. */
export async function listProviderKeys(
  workspaceId: string,
  limit: number,
  cursor: string | null,
  deps: KeyListDeps,
): Promise<JsonObject> {
  const [{ keys, health }, fallbacks] = await Promise.all([
    deps.keys.list(workspaceId),
    deps.fallbacks.lastDay(workspaceId, deps.now()),
  ]);
  const page = pageOf(keys, limit, cursor, oldestFirst);
  return listOf(
    page.data.map((key) => presentProviderKey(key, health[key.id], fallbacks[key.id], deps.now(), deps.trustOf?.(key))),
    page.nextCursor,
  );
}
