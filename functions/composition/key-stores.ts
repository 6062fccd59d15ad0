import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretStoreName } from '../core/accounts/secret-store.ts';
import type { SecretInventory } from '../core/more-ports/sweep.ts';
import type { SecretReader, SecretWriters } from '../core/ports.ts';
import type { Environment } from '../environment.ts';
import { createTableIdentity } from '../stores/config/table-identity.ts';
import { createDataKeys, type DataKeys } from '../stores/envelope/data-keys.ts';
import { createSealedInventory } from '../stores/envelope/sealed-inventory.ts';
import { createSealedWriter } from '../stores/envelope/sealed-writer.ts';
import { readByStore, writeByStore } from '../stores/secrets/by-store.ts';
import { createSecretInventory } from '../stores/secrets/secret-inventory.ts';
import { createSecretWriter } from '../stores/secrets/secret-writer.ts';
import { createSecretReader } from '../stores/secrets/secrets-manager.ts';

/* A part of the composition root: the stores of provider keys' secrets that the settings ask for. */

interface Around {
  environment: Environment;
  dynamo(): DynamoDBClient;
  secretsManager(): SecretsManagerClient;
  /** Absent: those of KMS. */
  dataKeys?(kmsKey: string): DataKeys;
  report(event: string, details: object): void;
}

const now = () => Date.now();

/** Of the platform's secrets, too, which always lie in Secrets Manager. */
export function createKeyReader(around: Around): SecretReader {
  const secrets = createSecretReader(around.secretsManager(), around.environment.secretPrefix, now);
  return around.environment.keyStore.kms === null
    ? secrets
    : { ...secrets, ...readByStore(createKeyReaders(around, secrets)) };
}

/** One reader for each store that there is. */
export function createKeyReaders(
  { environment, dynamo, dataKeys = createDataKeys, report }: Around,
  secrets: SecretReader,
): Partial<Record<SecretStoreName, Pick<SecretReader, 'readTenant'>>> {
  const { kms, secretsManager: some } = environment.keyStore;
  const inSecretsManager = some ? { 'secrets-manager': secrets } : {};
  if (kms === null) return inSecretsManager;
  // A function that has no use for it does not load it.
  const load = async () =>
    (await import('../stores/envelope/sealed-reader.ts')).createSealedReader({
      client: dynamo(),
      table: kms.table,
      dataKeys: dataKeys(kms.keyArn),
      now,
      report,
    });
  let loading: ReturnType<typeof load> | null = null;
  const sealed: Pick<SecretReader, 'readTenant'> = {
    async readTenant(...asked) {
      loading ??= load();
      return (await loading).readTenant(...asked);
    },
  };
  return { kms: sealed, ...inSecretsManager };
}

export function createKeyWriters({
  environment,
  dynamo,
  secretsManager,
  dataKeys = createDataKeys,
}: Around): SecretWriters {
  const { store, kms, secretsManager: some } = environment.keyStore;
  const client = dynamo();
  const owner = createTableIdentity(client, environment.configTable, now).identity;
  return writeByStore(store, {
    ...(some && {
      'secrets-manager': createSecretWriter(secretsManager(), environment.secretPrefix, owner, {
        kmsKey: environment.secretKmsKey,
        tags: environment.secretTags,
      }),
    }),
    ...(kms !== null && {
      kms: createSealedWriter({ client, table: kms.table, dataKeys: dataKeys(kms.keyArn), owner, now }),
    }),
  });
}

export function createKeyInventories({ environment, dynamo, secretsManager }: Around): SecretInventory[] {
  const { kms, secretsManager: some } = environment.keyStore;
  return [
    ...(some ? [createSecretInventory(secretsManager(), environment.secretPrefix)] : []),
    ...(kms === null ? [] : [createSealedInventory(dynamo(), kms.table, now)]),
  ];
}
