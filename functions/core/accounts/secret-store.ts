/**
 * Where the secrets of provider keys may lie: each in a secret of its own in Secrets Manager, or encrypted in a table, under data keys that
 * KMS wraps (functions/stores/envelope).
 */
export type SecretStoreName = 'secrets-manager' | 'kms';

/** The part of a key's record that says where its secret lies. */
export interface SecretPlace {
  /** Absent: in Secrets Manager, as all did before there was a choice. */
  secretStore?: SecretStoreName;
  /** Since when (ISO), if it lay in another store before. */
  secretMovedAt?: string;
}

export function storeOf({ secretStore = 'secrets-manager' }: SecretPlace): SecretStoreName {
  return secretStore;
}

/** What a record says after its secret was written to a store; `known` null: the key is new. */
export function placedIn(store: SecretStoreName, known: SecretPlace | null, now: number): SecretPlace {
  if (storeOf(known ?? {}) === store) return {};
  return { secretStore: store, ...(known !== null && { secretMovedAt: new Date(now).toISOString() }) };
}
