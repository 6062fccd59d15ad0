import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { SealedVersion } from './seal.ts';

/**
 * How the table of encrypted secrets is laid out: one item for each provider key.
 *
 *   pk <ws_…>  sk <pk_…>   owner: the table that the key's record lies in (table-identity.ts); created, changed: epoch ms
 *                          current, previous: ids of versions, as Secrets Manager's AWSCURRENT and AWSPREVIOUS
 *                          v:<version id>: {f, k, n, c, at}, a sealed version (seal.ts); others than the two are of rotations under way
 *                          expires_at: epoch seconds; set when the sweep retires it: from then on nobody gets it
 *
 * A table of its own, not the configuration's. Four functions may write that one, two of them anything, and nobody but the writer and the
 * sweep has business with these items. Its backups reach back 35 days, those of this table seven: so long a deleted secret can still be
 * brought back. And whoever restores the configuration to an earlier time brings no deleted secret back with it.
 */
export type SealedItem = Record<string, AttributeValue>;

export function itemKey(workspaceId: string, keyId: string): SealedItem {
  return { pk: { S: workspaceId }, sk: { S: keyId } };
}

export function versionName(version: string): string {
  return `v:${version}`;
}

/** The versions of rotations that have not been settled. */
export function pendingOf(item: SealedItem): string[] {
  return Object.keys(item)
    .flatMap((name) => (name.startsWith('v:') ? [name.slice(2)] : []))
    .filter((version) => version !== item.current?.S && version !== item.previous?.S);
}

export function isRetired(item: SealedItem): boolean {
  return item.expires_at !== undefined;
}

export function toAttribute({ format, wrappedKey, nonce, ciphertext, writtenAt }: SealedVersion): AttributeValue {
  return {
    M: { f: number(format), k: { B: wrappedKey }, n: { B: nonce }, c: { B: ciphertext }, at: number(writtenAt) },
  };
}

/** What is not there reads as empty, and does not decrypt. */
export function fromAttribute(value: AttributeValue): SealedVersion {
  const { f, k, n, c, at } = value.M ?? {};
  const none = new Uint8Array();
  return {
    format: Number(f?.N),
    wrappedKey: k?.B ?? none,
    nonce: n?.B ?? none,
    ciphertext: c?.B ?? none,
    writtenAt: Number(at?.N),
  };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}
