import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type SecretReader, SecretUnavailable, StoreUnavailable } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import type { DataKeys } from './data-keys.ts';
import { encryptionContext, open, type SecretName, TamperedSecretError } from './seal.ts';
import { fromAttribute, isRetired, itemKey, type SealedItem, versionName } from './sealed-items.ts';

export interface SealedReaderDeps {
  client: DynamoDBClient;
  table: string;
  dataKeys: DataKeys;
  now(): number;
  report(event: string, details: object): void;
}

/**
 * Unwrapped data keys that are kept, and for how long. A credential in use is cached as such (credentials.ts) and needs none; these are for
 * a key that its provider refuses, which is read anew on every request: without them one broken key of a busy tenant would use up the
 * account's KMS requests.
 */
const mostKept = 1000;
const keptMs = 5 * 60_000;

/** Reads what sealed-writer.ts wrote. */
export function createSealedReader(deps: SealedReaderDeps): Pick<SecretReader, 'readTenant'> {
  const { client, table } = deps;
  const unwrap = keeping(deps);

  const find = async (workspaceId: string, keyId: string): Promise<SealedItem | undefined> => {
    const answer = await client.send(
      new GetItemCommand({ TableName: table, Key: itemKey(workspaceId, keyId), ConsistentRead: true }),
    );
    return answer.Item;
  };

  return {
    async readTenant(workspaceId, keyId, asked) {
      const item = await find(workspaceId, keyId).catch((error: unknown) => {
        throw unavailable('DynamoDB', error);
      });
      const version = asked ?? item?.current?.S;
      const stored = version === undefined ? undefined : item?.[versionName(version)];
      if (item === undefined || version === undefined || stored === undefined || isRetired(item))
        throw new SecretUnavailable('The store of encrypted secrets holds no such secret.', true);
      const name = { workspaceId, keyId, version };
      const sealed = fromAttribute(stored);
      try {
        const text = open(await unwrap(sealed.wrappedKey, name), name, sealed);
        return { text: new Secret(text), version, createdAt: sealed.writtenAt };
      } catch (error) {
        if (!(error instanceof TamperedSecretError)) throw unavailable('KMS', error);
        deps.report('secret_tampered', { workspace_id: workspaceId, key: keyId, version, error: error.message });
        throw new SecretUnavailable('The stored secret was changed by something else than the gateway, or is damaged.');
      }
    },
  };
}

/** Under the wrapped key itself, so that another one is never taken for it. One call at a time for each. */
function keeping({ dataKeys, now }: SealedReaderDeps) {
  const kept = new Map<string, { until: number; key: Promise<Uint8Array> }>();
  return (wrapped: Uint8Array, name: SecretName): Promise<Uint8Array> => {
    const id = JSON.stringify([name.workspaceId, name.keyId, name.version, Buffer.from(wrapped).toString('base64')]);
    const known = kept.get(id);
    if (known !== undefined && known.until > now()) return known.key;
    const entry = { until: now() + keptMs, key: dataKeys.unwrap(wrapped, encryptionContext(name)) };
    kept.delete(id);
    kept.set(id, entry);
    entry.key.catch(() => {
      if (kept.get(id) === entry) kept.delete(id);
    });
    const oldest = kept.size > mostKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return entry.key;
  };
}

/** The service's own message may repeat request details; its name says enough. */
function unavailable(service: string, error: unknown): SecretUnavailable {
  if (error instanceof StoreUnavailable) return new SecretUnavailable(error.message);
  return new SecretUnavailable(`${service}: ${error instanceof Error ? error.name : 'unknown error'}.`);
}
