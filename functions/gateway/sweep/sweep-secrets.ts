import { type SecretPlace, type SecretStoreName, storeOf } from '../../core/accounts/secret-store.ts';
import type { ListedSecret, SecretInventory, TableRecord } from '../../core/more-ports/sweep.ts';
import type { ProviderKeys, UsageHours } from '../../core/ports.ts';

export interface SweepSecretsDeps {
  /** One for each key store that there is. */
  inventories: SecretInventory[];
  keys: Pick<ProviderKeys, 'list'>;
  /** Which table the keys lie in. */
  table(): Promise<TableRecord>;
  hours: Pick<UsageHours, 'workspaces'>;
  now(): number;
  report(event: string, details: object): void;
}

/** What became of the secrets that a pass has looked at. */
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

/**
 * One pass over all secrets of a key store, as far as it has come. It is in the message, not in a table: whoever gets the same message twice does the same
 * again, and two who go on with one pass come to the same end.
 */
export interface Pass {
  store: SecretStoreName;
  /** How many the operator lets it retire, having looked. */
  mostOrphans: number;
  /** Where the inventory goes on; null: from its beginning. */
  cursor: string | null;
  swept: Swept;
  /** Secrets of this table. */
  owned: number;
  /** Of these without a key. */
  orphans: number;
  /** Which, as far as one message holds them. */
  listed: [workspaceId: string, keyId: string][];
}

export function newPass(store: SecretStoreName, mostOrphans: number): Pass {
  const swept = { checked: 0, removed: 0, settled: 0, adopted: 0, foreign: 0, withheld: 0, moved: 0 };
  return { store, mostOrphans, cursor: null, swept, owned: 0, orphans: 0, listed: [] };
}

/** What is younger may still be under way. */
const graceMs = 60 * 60_000;

/** So long a secret that has moved stays where it was: to be read by who still knows it there, and to go back to. */
const movedGraceMs = 24 * 60 * 60_000;

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

/** An orphan is 66 bytes of a message. What is left is found by the next pass. */
const mostListed = 2500;

/** Keys that are read at the same time. */
const atOnce = 16;

/**
 * Cleans up after creations, rotations and deletions that broke off half-way: versions that are not settled, and secrets without a
 * key. Of these only what this very table wrote: an empty or a foreign table has no key for anybody's secret.
 * Goes on with a pass until it is over (`next` null) or `isOver` says that there is no more time; by one page at least.
 */
export async function sweepSecrets(
  pass: Pass,
  isOver: () => boolean,
  deps: SweepSecretsDeps,
): Promise<{ swept: Swept; next: Pass | null }> {
  const inventory = deps.inventories.find(({ store }) => store === pass.store);
  // The store was taken away since the pass began.
  if (inventory === undefined) return { swept: pass.swept, next: null };
  const table = await deps.table();
  // A workspace's secrets lie on several pages.
  const known: Named = new Map();
  let reached: Pass = structuredClone(pass);
  do {
    reached = await sweepPage(reached, inventory, table, known, deps);
    if (reached.cursor !== null && isOver()) return { swept: reached.swept, next: reached };
  } while (reached.cursor !== null);
  return { swept: await retire(reached, inventory, table, deps), next: null };
}

async function sweepPage(
  pass: Pass,
  inventory: SecretInventory,
  { id: self }: TableRecord,
  known: Named,
  deps: SweepSecretsDeps,
): Promise<Pass> {
  const before = deps.now() - graceMs;
  const { secrets, next } = await inventory.page(pass.cursor);
  const old = secrets.filter(({ createdAt }) => createdAt < before);
  const unknown = [...new Set(old.map(({ workspaceId }) => workspaceId))].filter((id) => !known.has(id));
  for (const [id, keys] of await keysOf(unknown, deps)) known.set(id, keys);
  const { swept } = pass;
  for (const secret of old) {
    const { workspaceId, keyId, owner } = secret;
    swept.checked++;
    if (owner === self) pass.owned++;
    const key = known.get(workspaceId)?.get(keyId);
    if (key === undefined) {
      if (owner !== self) swept.foreign++;
      else {
        pass.orphans++;
        if (pass.listed.length < mostListed) pass.listed.push([workspaceId, keyId]);
      }
      continue;
    }
    if (storeOf(key) !== inventory.store) {
      const isDue = owner === self && secret.changedAt < deps.now() - movedGraceMs;
      if (isDue && (await retireMoved(secret, inventory, deps))) swept.moved++;
      continue;
    }
    if (owner === null) {
      await inventory.adopt(workspaceId, keyId, self);
      swept.adopted++;
    }
    if (secret.changedAt < before) swept.settled += await settleVersions(secret, key.secretVersion, inventory);
  }
  return { ...pass, cursor: next };
}

/** What the secrets of all of it together say: whether those without a key may go. */
async function retire(
  pass: Pass,
  inventory: SecretInventory,
  { since, isNewer }: TableRecord,
  deps: SweepSecretsDeps,
): Promise<Swept> {
  const { store, swept, owned, orphans, listed, mostOrphans } = pass;
  const most = Math.max(mostOrphans, fewOrphans, Math.floor(owned * orphanShare));
  const isEmpty = await hasNoWorkspace(deps.hours);
  if (orphans > most || (isEmpty && swept.checked > 0) || (isNewer && orphans > 0)) {
    const why = isEmpty
      ? 'the table holds no workspace'
      : orphans > most
        ? 'too many at once'
        : 'a newer release has written the table';
    deps.report('orphans_kept', { why, store, orphans, most, owned, foreign: swept.foreign });
    return swept;
  }
  if (mostOrphans === 0 && deps.now() - since < dryRunMs) return { ...swept, withheld: orphans };
  for (const [workspaceId, keyId] of listed) {
    // The first look was a while ago.
    if ((await keysOf([workspaceId], deps)).get(workspaceId)?.has(keyId)) continue;
    await inventory.retire(workspaceId, keyId);
    swept.removed++;
  }
  return swept;
}

/** False: it stays. What moved goes when the store that the record names has it for sure, also what was left by a move that broke off. */
async function retireMoved(
  { workspaceId, keyId }: ListedSecret,
  inventory: SecretInventory,
  deps: SweepSecretsDeps,
): Promise<boolean> {
  // The first look was a while ago.
  const key = (await keysOf([workspaceId], deps)).get(workspaceId)?.get(keyId);
  const store = key && storeOf(key);
  if (key === undefined || store === inventory.store) return false;
  if (Date.parse(key.secretMovedAt ?? '') >= deps.now() - movedGraceMs) return false;
  const there = deps.inventories.find((other) => other.store === store);
  if (!(await there?.holds(workspaceId, keyId, key.secretVersion))) {
    deps.report('secret_not_moved', { workspace_id: workspaceId, key: keyId, store });
    return false;
  }
  await inventory.retire(workspaceId, keyId);
  return true;
}

/** What a key's record says of its secret. */
interface NamedSecret extends SecretPlace {
  secretVersion: string;
}

/** By workspace and key. */
type Named = Map<string, Map<string, NamedSecret>>;

async function keysOf(workspaceIds: string[], { keys }: SweepSecretsDeps): Promise<Named> {
  const found: Named = new Map();
  for (let start = 0; start < workspaceIds.length; start += atOnce)
    await Promise.all(
      workspaceIds.slice(start, start + atOnce).map(async (id) => {
        const { keys: stored } = await keys.list(id);
        const named = stored.map(
          ({ id: keyId, secretVersion, secretStore, secretMovedAt }) =>
            [keyId, { secretVersion, secretStore, secretMovedAt }] as const,
        );
        found.set(id, new Map(named));
      }),
    );
  return found;
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

async function hasNoWorkspace(hours: SweepSecretsDeps['hours']): Promise<boolean> {
  for await (const ids of hours.workspaces()) if (ids.length > 0) return false;
  return true;
}
