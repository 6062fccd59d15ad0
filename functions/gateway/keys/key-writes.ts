import { isDeepStrictEqual } from 'node:util';
import { mostProviderKeys, type ProviderKey } from '../../core/accounts/workspace.ts';
import { GatewayError, nameOf } from '../../core/errors.ts';
import type { ProviderKeys, SecretWriter } from '../../core/ports.ts';

/**
 * A provider key lies in two stores that know no common transaction: its record, and its secret. The rules that keep them
 * together, whatever breaks off where (docs/key-lifecycle.md):
 * the record names the version of the secret that it means; a secret is written before the record that names it and removed after
 * it; a secret is removed on the spot only when it is certain that no record names it; the rest is the sweep's.
 */
export interface KeyWriteDeps {
  keys: ProviderKeys;
  secrets: SecretWriter;
  report(event: string, details: object): void;
}

/** Stores a record if `replaces` is the stored version. True also when the write had arrived already: the SDK repeats one whose answer was lost. */
export async function putKey(
  workspaceId: string,
  key: ProviderKey,
  replaces: number | null,
  deps: KeyWriteDeps,
): Promise<boolean> {
  if (await deps.keys.put(workspaceId, key, replaces)) return true;
  return isDeepStrictEqual(await findKey(workspaceId, key.id, deps), key);
}

/** After a rotation has won: its version becomes AWSCURRENT. Should others rotate meanwhile, whoever comes last sets what the record says. */
export async function settleRotation(workspaceId: string, rotated: ProviderKey, deps: KeyWriteDeps): Promise<void> {
  try {
    let version: string | undefined = rotated.secretVersion;
    for (
      let settled: string | null = null;
      version !== undefined && version !== settled;
      version = (await findKey(workspaceId, rotated.id, deps))?.secretVersion
    ) {
      await deps.secrets.promote(workspaceId, rotated.id, version);
      settled = version;
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
    if (winner === undefined) await deps.secrets.remove(workspaceId, lost.id);
    else await deps.secrets.discard(workspaceId, lost.id, lost.secretVersion);
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

/** As many as a key can take with every field at its longest (http/schemas.ts): a hundred fit into the 400 KB of the one item that every request reads. */
const mostKeyBytes = 3900;
/** Keys that were stored before there were bounds may leave less room than that. */
const mostBytes = mostProviderKeys * mostKeyBytes;

/** Throws `validation_error` when a key does not fit beside the others. */
export function requireRoom(key: ProviderKey, keys: ProviderKey[]): void {
  const bytesOf = (each: ProviderKey) => Buffer.byteLength(JSON.stringify(each));
  const bytes = bytesOf(key);
  if (bytes > mostKeyBytes)
    throw tooLarge(
      `The settings of the key take ${bytes} bytes, label and models above all; at most ${mostKeyBytes} are kept.`,
    );
  const others = keys.filter(({ id }) => id !== key.id).reduce((sum, each) => sum + bytesOf(each), 0);
  if (others + bytes > mostBytes)
    throw tooLarge(
      `The provider keys of the workspace take ${others} bytes, and this one ${bytes}; at most ${mostBytes} are kept. Shorten the models of some.`,
    );
}

function tooLarge(message: string): GatewayError {
  return new GatewayError('validation_error', message, { param: 'models', shouldRetry: false });
}
