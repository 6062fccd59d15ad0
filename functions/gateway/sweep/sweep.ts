import { type SecretPlace, storeOf } from '../../core/accounts/secret-store.ts';
import type { ListedSecret, SecretInventory, TableRecord } from '../../core/more-ports/sweep.ts';
import type { ProviderKeys, UsageHours } from '../../core/ports.ts';

export interface SweepOrphansDeps {
  inventory: SecretInventory;
  /** Of the other key stores here. */
  others?: SecretInventory[];
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
  /** Secrets that lie in another store by now, and were retired here. */
  moved: number;
}

/** What a key's record says of its secret. */
interface NamedSecret extends SecretPlace {
  secretVersion: string;
}

/** What is younger may still be under way. */
const graceMs = 60 * 60_000;

/** So long a secret that has moved stays where it was: to be read by who still knows it there, and to go back to. */
const movedGraceMs = 24 * 60 * 60_000;
/** In one run, which has four minutes; each takes some thirty milliseconds. The next runs have the rest. */
const mostMoved = 1000;

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

/** Sweeps the key stores one after the other, and tells what was done in all of them. */
export async function sweepSecrets(
  { inventories, ...deps }: Omit<SweepOrphansDeps, 'inventory' | 'others'> & { inventories: SecretInventory[] },
  mostOrphans = 0,
): Promise<Swept> {
  const all = { ...none };
  for (const inventory of inventories) {
    const others = inventories.filter((each) => each !== inventory);
    const swept = await sweepOrphans({ ...deps, inventory, others }, mostOrphans);
    for (const name of Object.keys(all) as (keyof Swept)[]) all[name] += swept[name];
  }
  return all;
}

const none: Swept = { checked: 0, removed: 0, settled: 0, adopted: 0, foreign: 0, withheld: 0, moved: 0 };

/**
 * Cleans up after creations, rotations and deletions that broke off half-way: versions that are not settled, and secrets without a
 * key. Of these only what this very table wrote: an empty or a foreign table has no key for anybody's secret.
 * `mostOrphans`: how many the operator lets it retire once, having looked.
 */
export async function sweepOrphans(deps: SweepOrphansDeps, mostOrphans = 0): Promise<Swept> {
  const { inventory } = deps;
  const before = deps.now() - graceMs;
  const { id: self, since, isNewer } = await deps.table();
  const listed = new Map<string, Map<string, NamedSecret>>();
  const readKeys = async (workspaceId: string): Promise<Map<string, NamedSecret>> =>
    new Map(
      (await deps.keys.list(workspaceId)).keys.map(({ id, secretVersion, secretStore, secretMovedAt }) => [
        id,
        { secretVersion, secretStore, secretMovedAt },
      ]),
    );
  const keysOf = async (workspaceId: string): Promise<Map<string, NamedSecret>> => {
    const known = listed.get(workspaceId) ?? (await readKeys(workspaceId));
    listed.set(workspaceId, known);
    return known;
  };
  const swept = { ...none };
  const orphans: Pick<ListedSecret, 'workspaceId' | 'keyId'>[] = [];
  let owned = 0;
  for await (const secret of inventory.list()) {
    const { workspaceId, keyId, owner, createdAt } = secret;
    if (createdAt >= before) continue;
    swept.checked++;
    if (owner === self) owned++;
    const key = (await keysOf(workspaceId)).get(keyId);
    if (key === undefined) {
      if (owner === self) orphans.push({ workspaceId, keyId });
      else swept.foreign++;
      continue;
    }
    if (storeOf(key) !== inventory.store) {
      const isDue = owner === self && secret.changedAt < deps.now() - movedGraceMs && swept.moved < mostMoved;
      if (isDue && (await retireMoved(secret))) swept.moved++;
      continue;
    }
    if (owner === null) {
      await inventory.adopt(workspaceId, keyId, self);
      swept.adopted++;
    }
    if (secret.changedAt < before) swept.settled += await settleVersions(secret, key.secretVersion, inventory);
  }

  const most = Math.max(mostOrphans, fewOrphans, Math.floor(owned * orphanShare));
  const isEmpty = await hasNoWorkspace(deps.hours);
  if (orphans.length > most || (isEmpty && swept.checked > 0) || (isNewer && orphans.length > 0)) {
    const why = isEmpty
      ? 'the table holds no workspace'
      : orphans.length > most
        ? 'too many at once'
        : 'a newer release has written the table';
    const { store } = inventory;
    deps.report('orphans_kept', { why, store, orphans: orphans.length, most, owned, foreign: swept.foreign });
    return swept;
  }
  if (mostOrphans === 0 && deps.now() - since < dryRunMs) return { ...swept, withheld: orphans.length };
  for (const { workspaceId, keyId } of orphans) {
    // The first look was a while ago.
    if ((await readKeys(workspaceId)).has(keyId)) continue;
    await inventory.retire(workspaceId, keyId);
    swept.removed++;
  }
  return swept;

  /** False: it stays. What moved goes when the store that the record names has it for sure, also what was left by a move that broke off. */
  async function retireMoved({ workspaceId, keyId }: ListedSecret): Promise<boolean> {
    // The first look was a while ago.
    const key = (await readKeys(workspaceId)).get(keyId);
    const store = key && storeOf(key);
    if (key === undefined || store === inventory.store) return false;
    if (Date.parse(key.secretMovedAt ?? '') >= deps.now() - movedGraceMs) return false;
    const there = deps.others?.find((other) => other.store === store);
    if (!(await there?.holds(workspaceId, keyId, key.secretVersion))) {
      deps.report('secret_not_moved', { workspace_id: workspaceId, key: keyId, store });
      return false;
    }
    await inventory.retire(workspaceId, keyId);
    return true;
  }
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
