import { isDeepStrictEqual } from 'node:util';
import { storeOf } from '../../core/accounts/secret-store.ts';
import { mostProviderKeys, type ProviderKey } from '../../core/accounts/workspace.ts';
import { GatewayError, nameOf } from '../../core/errors.ts';
import type { ProviderKeys, SecretWriters } from '../../core/ports.ts';

/**
 * A provider key lies in two stores that know no common transaction: its record, and its secret. The rules that keep them
 * together, whatever breaks off where (docs/key-lifecycle.md):
 * the record names the version of the secret that it means; a secret is written before the record that names it and removed after
 * it; a secret is removed on the spot only when it is certain that no record names it; the rest is the sweep's.
 */
export interface KeyWriteDeps {
  keys: ProviderKeys;
  secrets: SecretWriters;
  report(event: string, details: object): void;
}

/** Whoever changes a workspace's keys at the same moment wins a round each. */
const mostRounds = 50;

/**
 * Stores a record beside the others of its workspace if `replaces` is the stored version. True also when the write had arrived already:
 * the SDK repeats one whose answer was lost. What is in the way otherwise: another version, or a lack of room.
 */
export async function placeKey(
  workspaceId: string,
  key: ProviderKey,
  replaces: number | null,
  deps: KeyWriteDeps,
): Promise<true | GatewayError> {
  for (let round = 0; round < mostRounds; round++) {
    const { keys, revision } = await deps.keys.list(workspaceId);
    const stored = keys.find(({ id }) => id === key.id);
    if (isDeepStrictEqual(stored, key)) return true;
    if ((stored?.version ?? null) !== replaces) return changedMeanwhile(replaces);
    const noRoom = lackOfRoom(key, keys);
    if (noRoom) return noRoom;
    if (await deps.keys.put(workspaceId, key, replaces, revision)) return true;
  }
  return changedMeanwhile(replaces);
}

function changedMeanwhile(replaces: number | null): GatewayError {
  return new GatewayError(
    'conflict',
    replaces === null
      ? 'The workspace changed meanwhile; try again.'
      : 'The key was changed or deleted by someone else meanwhile; read it and try again.',
  );
}

/** After a rotation has won: its version becomes AWSCURRENT. Should others rotate meanwhile, whoever comes last sets what the record says. */
export async function settleRotation(workspaceId: string, rotated: ProviderKey, deps: KeyWriteDeps): Promise<void> {
  try {
    let named: ProviderKey | undefined = rotated;
    for (
      let settled: string | null = null;
      named !== undefined && named.secretVersion !== settled;
      named = await findKey(workspaceId, rotated.id, deps)
    ) {
      await deps.secrets.in(storeOf(named)).promote(workspaceId, named.id, named.secretVersion);
      settled = named.secretVersion;
    }
  } catch (error) {
    // Requests read the version by its name and do not mind; the sweep moves the label.
    deps.report('secret_not_current', { workspace_id: workspaceId, key: rotated.id, error: nameOf(error) });
  }
}

/** After a rotation has lost: its version goes, and the whole secret when the key was deleted meanwhile. */
export async function undoRotation(workspaceId: string, lost: ProviderKey, deps: KeyWriteDeps): Promise<void> {
  try {
    const winner = await findKey(workspaceId, lost.id, deps);
    const secrets = deps.secrets.in(storeOf(lost));
    if (winner === undefined) await secrets.remove(workspaceId, lost.id);
    else await secrets.discard(workspaceId, lost.id, lost.secretVersion);
  } catch (error) {
    deps.report('secret_left_behind', { workspace_id: workspaceId, key: lost.id, error: nameOf(error) });
  }
}

export async function findKey(
  workspaceId: string,
  id: string,
  deps: Pick<KeyWriteDeps, 'keys'>,
): Promise<ProviderKey | undefined> {
  return (await deps.keys.list(workspaceId)).keys.find((each) => each.id === id);
}

/** What one key takes with every field at its longest (http/schemas.ts) and an external id (trust.ts). */
const mostKeyBytes = 4030;
/** What each key takes of the item beside its document: its id, its version and their names. */
const bytesAround = 60;
/**
 * What all keys of a workspace may take of the one item that every request of it reads: with the workspace's own settings it stays
 * below 64 KB. That is a hundred keys as they usually are, or fifteen with every field at its longest.
 */
const mostBytes = 62_000;

/** Why a key does not fit beside the others; null: it does. What takes no more than before is always let in. */
export function lackOfRoom(key: ProviderKey, keys: ProviderKey[]): GatewayError | null {
  const before = keys.find(({ id }) => id === key.id);
  if (before === undefined && keys.length >= mostProviderKeys)
    return new GatewayError('conflict', `A workspace holds at most ${mostProviderKeys} provider keys.`);
  const bytes = bytesOf(key);
  if (before !== undefined && bytes <= bytesOf(before)) return null;
  if (bytes > mostKeyBytes)
    return tooLarge(
      `The settings of the key take ${bytes} bytes, label and models above all; at most ${mostKeyBytes} are kept.`,
    );
  const others = keys.filter((each) => each !== before).reduce((sum, each) => sum + bytesOf(each), 0);
  if (others + bytes <= mostBytes) return null;
  return tooLarge(
    `The other provider keys of the workspace take ${others} bytes, and this one ${bytes}; at most ${mostBytes} are kept. Shorten the models of some. Patterns such as "gpt-4o*" are shorter than lists.`,
  );
}

/** Where the secret lies does not count: a full workspace's secrets can move, too. */
function bytesOf({ secretStore, secretMovedAt, ...key }: ProviderKey): number {
  return Buffer.byteLength(JSON.stringify(key)) + bytesAround;
}

function tooLarge(message: string): GatewayError {
  return new GatewayError('validation_error', message, { param: 'models', shouldRetry: false });
}
