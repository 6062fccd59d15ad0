import type { SecretStoreName } from '../../core/accounts/secret-store.ts';
import {
  type SecretReader,
  SecretUnavailable,
  type SecretWriter,
  type SecretWriters,
  StoreUnavailable,
} from '../../core/ports.ts';

type TenantSecrets = Pick<SecretReader, 'readTenant'>;

function notHere(store: SecretStoreName): string {
  return `The secret lies in the key store ${store}, which this deployment does not use (keyway:otherKeyStore).`;
}

/**
 * Reads where the key's record says, and in the other store, if there is one here, what is not there: a configuration that was restored to
 * an earlier time may name the store that a secret has left since. Version ids are the same in both.
 */
export function readByStore(readers: Partial<Record<SecretStoreName, TenantSecrets>>): TenantSecrets {
  return {
    async readTenant(workspaceId, keyId, version, store = 'secrets-manager') {
      const order = [...new Set([store, ...(Object.keys(readers) as SecretStoreName[])])];
      let first: SecretUnavailable | null = null;
      for (const name of order) {
        try {
          const reader = readers[name];
          if (reader === undefined) throw new SecretUnavailable(notHere(name), true);
          return await reader.readTenant(workspaceId, keyId, version, name);
        } catch (error) {
          if (!(error instanceof SecretUnavailable && error.missing)) throw first ?? error;
          first ??= error;
        }
      }
      throw first ?? new SecretUnavailable('No key store is in use.');
    },
  };
}

/** `store`: where new secrets go. */
export function writeByStore(
  store: SecretStoreName,
  writers: Partial<Record<SecretStoreName, SecretWriter>>,
): SecretWriters {
  return {
    store,
    stores: Object.keys(writers) as SecretStoreName[],
    in(name) {
      const writer = writers[name];
      if (writer === undefined) throw new StoreUnavailable(notHere(name));
      return writer;
    },
  };
}
