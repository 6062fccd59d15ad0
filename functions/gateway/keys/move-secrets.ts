import { placedIn, type SecretStoreName, storeOf } from '../../core/accounts/secret-store.ts';
import type { ProviderKey } from '../../core/accounts/workspace.ts';
import { nameOf } from '../../core/errors.ts';
import { type SecretReader, SecretUnavailable } from '../../core/ports.ts';
import { healthVersionOf } from '../../core/routing/health.ts';
import { findKey, type KeyWriteDeps, settleRotation } from './key-writes.ts';

export interface MoveDeps extends KeyWriteDeps {
  /** The reader of one store, which looks nowhere else. */
  read(store: SecretStoreName): Pick<SecretReader, 'readTenant'>;
  /** The ids of all workspaces after one, oldest first. */
  workspaces(after: string | null): AsyncIterable<string[]>;
  /** Resolves when the next secret may move. */
  pace(): Promise<void>;
  now(): number;
}

export interface Moved {
  /** Secrets that moved in this run, and those that lay where they should already. */
  moved: number;
  already: number;
  failed: number;
  /** All workspaces up to this one are done, but for what failed; null: none is. */
  after: string | null;
}

/** Workspaces that are looked at in the same moment. */
const atOnce = 8;
/** When so many in a row fail, something is wrong with all of them. */
const mostFailures = 20;
const mostRounds = 5;

/**
 * Moves the secrets of all provider keys to the store that `secrets` writes to, while requests go on. It can be broken off at any point and run
 * again, from the beginning or after a workspace: the records say what is done. A secret is written and read back before its record
 * names the new store, and keeps its version id. What it leaves in the old store is the sweep's, a day later.
 */
export async function moveSecrets(deps: MoveDeps, after: string | null = null): Promise<Moved> {
  const count: Moved = { moved: 0, already: 0, failed: 0, after };
  let inARow = 0;

  for await (const ids of deps.workspaces(after)) {
    for (let start = 0; start < ids.length; start += atOnce) {
      const some = ids.slice(start, start + atOnce);
      await Promise.all(some.map(moveWorkspace));
      count.after = some.at(-1) ?? count.after;
    }
    deps.report('secrets_moved', { ...count });
  }
  return count;

  async function moveWorkspace(workspaceId: string): Promise<void> {
    for (const key of (await deps.keys.list(workspaceId)).keys) {
      if (storeOf(key) === deps.secrets.store) {
        count.already++;
        continue;
      }
      await deps.pace();
      try {
        await moveSecret(workspaceId, key.id, deps);
        count.moved++;
        inARow = 0;
      } catch (error) {
        count.failed++;
        const why = error instanceof SecretUnavailable ? error.message : nameOf(error);
        deps.report('secret_not_moved', { workspace_id: workspaceId, key: key.id, error: why });
        if (++inARow === mostFailures) throw new Error(`${mostFailures} secrets in a row did not move.`);
      }
    }
  }
}

/** One secret. Whoever changes the key meanwhile wins, and the move begins anew. */
export async function moveSecret(workspaceId: string, id: string, deps: MoveDeps): Promise<void> {
  const to = deps.secrets.store;
  const writer = deps.secrets.in(to);
  for (let round = 0; round < mostRounds; round++) {
    const key = await findKey(workspaceId, id, deps);
    if (key === undefined || storeOf(key) === to) return;
    const { secretVersion } = key;
    const { text } = await deps.read(storeOf(key)).readTenant(workspaceId, id, secretVersion);
    const holds = async (): Promise<boolean> =>
      (await deps.read(to).readTenant(workspaceId, id, secretVersion)).text.equals(text);

    await writer.write(workspaceId, id, text, secretVersion, false);
    if (!(await holds())) throw new Error('What was written reads as something else.');
    const next: ProviderKey = {
      ...key,
      ...placedIn(to, key, deps.now()),
      version: key.version + 1,
      healthVersion: healthVersionOf(key),
    };
    await deps.keys.put(workspaceId, next, key.version);
    const named = await findKey(workspaceId, id, deps);
    if (named !== undefined && storeOf(named) === to && named.secretVersion === secretVersion) {
      // The sweep may just have retired what an earlier move had left, before the record named it.
      if (!(await holds().catch(isMissing))) await writer.write(workspaceId, id, text, secretVersion, false);
      return settleRotation(workspaceId, named, deps);
    }
    if (named === undefined) await writer.remove(workspaceId, id);
    else if (named.secretVersion !== secretVersion) await writer.discard(workspaceId, id, secretVersion);
  }
  throw new Error('The key changed five times while its secret was moved.');
}

/** False for a secret that is not there; throws anything else. */
function isMissing(error: unknown): false {
  if (error instanceof SecretUnavailable && error.missing) return false;
  throw error;
}
