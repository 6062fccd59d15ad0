import type { ListedSecret, SecretInventory, TableRecord } from '../../core/more-ports/sweep.ts';
import type { ProviderKeys, UsageHours } from '../../core/ports.ts';

export interface SweepOrphansDeps {
  inventory: SecretInventory;
  keys: Pick<ProviderKeys, 'list'>;
  /** Which table the keys lie in. */
  table(): Promise<TableRecord>;
  hours: Pick<UsageHours, 'workspaces'>;
  now(): number;
  report(event: string, details: object): void;
}

export interface Swept {
  checked: number;
  removed: number;
  settled: number;
  /** Older secrets that now say whose they are. */
  adopted: number;
  /** Secrets without a key that stay, because they do not belong to this table. */
  foreign: number;
  /** Secrets without a key that would have been retired, were the table older. */
  withheld: number;
}

/** What is younger may still be under way. */
const graceMs = 60 * 60_000;

/**
 * So long after a table was made, or restored to an earlier time, nothing is retired unless an operator says so who has looked: what lacks a
 * key there may be what the restored table does not know yet.
 */
const dryRunMs = 7 * 24 * 60 * 60_000;

/**
 * Creations and deletions that break off leave a secret here and there. More at once than twenty, or one in a hundred of the table's
 * secrets where that is more, means that the table lacks keys: nothing is retired then, and somebody is told.
 */
const fewOrphans = 20;
const orphanShare = 0.01;

/**
 * Cleans up after creations, rotations and deletions that broke off half-way: versions that are not settled, and secrets without a
 * key. Of these only what this very table wrote: an empty or a foreign table has no key for anybody's secret.
 * `mostOrphans`: how many the operator lets it retire once, having looked.
 */
export async function sweepOrphans(deps: SweepOrphansDeps, mostOrphans = 0): Promise<Swept> {
  const { inventory } = deps;
  const before = deps.now() - graceMs;
  const { id: self, since, isNewer } = await deps.table();
  const listed = new Map<string, Map<string, string>>();
  const readVersions = async (workspaceId: string): Promise<Map<string, string>> =>
    new Map((await deps.keys.list(workspaceId)).keys.map((key) => [key.id, key.secretVersion]));
  const versionsOf = async (workspaceId: string): Promise<Map<string, string>> => {
    const known = listed.get(workspaceId) ?? (await readVersions(workspaceId));
    listed.set(workspaceId, known);
    return known;
  };
  const swept: Swept = { checked: 0, removed: 0, settled: 0, adopted: 0, foreign: 0, withheld: 0 };
  const orphans: Pick<ListedSecret, 'workspaceId' | 'keyId'>[] = [];
  let owned = 0;
  for await (const secret of inventory.list()) {
    const { workspaceId, keyId, owner, createdAt } = secret;
    if (createdAt >= before) continue;
    swept.checked++;
    if (owner === self) owned++;
    const version = (await versionsOf(workspaceId)).get(keyId);
    if (version === undefined) {
      if (owner === self) orphans.push({ workspaceId, keyId });
      else swept.foreign++;
      continue;
    }
    if (owner === null) {
      await inventory.adopt(workspaceId, keyId, self);
      swept.adopted++;
    }
    if (secret.changedAt < before) swept.settled += await settleVersions(secret, version, inventory);
  }

  const most = Math.max(mostOrphans, fewOrphans, Math.floor(owned * orphanShare));
  const isEmpty = await hasNoWorkspace(deps.hours);
  if (orphans.length > most || (isEmpty && swept.checked > 0) || (isNewer && orphans.length > 0)) {
    const why = isEmpty
      ? 'the table holds no workspace'
      : orphans.length > most
        ? 'too many at once'
        : 'a newer release has written the table';
    deps.report('orphans_kept', { why, orphans: orphans.length, most, owned, foreign: swept.foreign });
    return swept;
  }
  if (mostOrphans === 0 && deps.now() - since < dryRunMs) return { ...swept, withheld: orphans.length };
  for (const { workspaceId, keyId } of orphans) {
    // The first look was a while ago.
    if ((await readVersions(workspaceId)).has(keyId)) continue;
    await inventory.retire(workspaceId, keyId);
    swept.removed++;
  }
  return swept;
}

/** The record is right: it says which version is meant, whatever AWSCURRENT says. */
async function settleVersions(secret: ListedSecret, version: string, inventory: SecretInventory): Promise<number> {
  for (const unsettled of secret.pending)
    await (unsettled === version && secret.current !== version ? inventory.promote : inventory.discard)(
      secret.workspaceId,
      secret.keyId,
      unsettled,
    );
  return secret.pending.length;
}

async function hasNoWorkspace(hours: SweepOrphansDeps['hours']): Promise<boolean> {
  for await (const ids of hours.workspaces()) if (ids.length > 0) return false;
  return true;
}
