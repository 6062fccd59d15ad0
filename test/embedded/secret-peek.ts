import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
} from '@aws-sdk/client-secrets-manager';
import type { SecretStoreName } from '../../functions/core/accounts/secret-store.ts';
import { parseJson } from '../../functions/core/json.ts';
import { SecretUnavailable } from '../../functions/core/ports.ts';
import { createDataKeys } from '../../functions/stores/envelope/data-keys.ts';
import { createSealedInventory } from '../../functions/stores/envelope/sealed-inventory.ts';
import { itemKey, pendingOf, versionName } from '../../functions/stores/envelope/sealed-items.ts';
import { createSealedReader } from '../../functions/stores/envelope/sealed-reader.ts';
import { createSealedWriter } from '../../functions/stores/envelope/sealed-writer.ts';
import { localKmsKey } from '../../local/kms.ts';
import { aws, type Gateway, type Stores } from '../embedded-gateway.ts';
import { allSecrets } from '../gateway/sweep/whole-pass.ts';
import type { Fault } from './faulty-proxy.ts';

/** What is done to a secret. */
export type SecretCall = 'create' | 'write' | 'settle' | 'remove' | 'read';

/** What a test sees of a key store, past the gateway, in the same words for each. */
export interface SecretPeek {
  /** Whether a call is one of these. */
  is(what: SecretCall, operation: string, body: string): boolean;
  /** Breaks calls of a gateway; those that it gives no fault for pass. */
  breaks(gateway: Gateway, what: SecretCall, fault: (body: string) => Fault | undefined): void;
  /** The ids of the keys that have a secret here. */
  keysOf(workspaceId: string): Promise<string[]>;
  /** The API key of the current version; null: there is none. */
  current(workspaceId: string, keyId: string): Promise<string | null>;
  /** Labels as those of Secrets Manager. */
  labels(workspaceId: string, keyId: string): Promise<string[]>;
  remove(workspaceId: string, keyId: string): Promise<void>;
  /** Leaves the current version under its name, with something else in it. */
  spoil(workspaceId: string, keyId: string): Promise<void>;
}

export function peekAt(store: SecretStoreName, stores: Stores): SecretPeek {
  return store === 'kms' ? peekAtTable(stores) : peekAtSecretsManager(stores);
}

function apiKeyIn(text: string): string {
  return (parseJson(text) as { apiKey: string }).apiKey;
}

function peekAtSecretsManager({ secretsManager }: Stores): SecretPeek {
  const nameOf = (workspaceId: string, keyId: string) => `keyway/tenants/${workspaceId}/${keyId}`;
  const operations: Record<SecretCall, string> = {
    create: 'CreateSecret',
    write: 'PutSecretValue',
    settle: 'UpdateSecretVersionStage',
    remove: 'DeleteSecret',
    read: 'GetSecretValue',
  };
  const remove = async (SecretId: string) => {
    await secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  };
  return {
    is: (what, operation) => operation === operations[what],
    breaks: (gateway, what, fault) =>
      gateway.secrets.fault((operation, body) => (operation === operations[what] ? fault(body) : undefined)),
    async keysOf(workspaceId) {
      const { SecretList = [] } = await secretsManager.send(
        new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [nameOf(workspaceId, '')] }] }),
      );
      return SecretList.map(({ Name = '' }) => Name.split('/').at(-1) ?? '');
    },
    async current(workspaceId, keyId) {
      const { SecretString = '' } = await secretsManager.send(
        new GetSecretValueCommand({ SecretId: nameOf(workspaceId, keyId) }),
      );
      return apiKeyIn(SecretString);
    },
    async labels(workspaceId, keyId) {
      const SecretId = nameOf(workspaceId, keyId);
      const { VersionIdsToStages = {} } = await secretsManager.send(new DescribeSecretCommand({ SecretId }));
      return Object.values(VersionIdsToStages).flat();
    },
    remove: (workspaceId, keyId) => remove(nameOf(workspaceId, keyId)),
    async spoil(workspaceId, keyId) {
      const Name = nameOf(workspaceId, keyId);
      const { VersionId } = await secretsManager.send(new GetSecretValueCommand({ SecretId: Name }));
      await remove(Name);
      await secretsManager.send(
        new CreateSecretCommand({ Name, SecretString: '{"apiKey":', ClientRequestToken: VersionId }),
      );
    },
  };
}

const table = 'keyway-keys';

function peekAtTable({ dynamo, kms }: Stores): SecretPeek {
  const client = new DynamoDBClient({ ...aws, endpoint: dynamo.url });
  const dataKeys = createDataKeys(localKmsKey, {
    ...aws,
    endpoint: kms.url,
    credentials: { ...aws.credentials, accessKeyId: 'AKIDOFREADERS' },
  });
  const around = { client, table, dataKeys, owner: async () => '', now: Date.now, report: () => {} };
  const reader = createSealedReader(around);
  const itemOf = async (workspaceId: string, keyId: string) =>
    (
      await client.send(
        new GetItemCommand({ TableName: table, Key: itemKey(workspaceId, keyId), ConsistentRead: true }),
      )
    ).Item ?? {};
  const is: SecretPeek['is'] = (what, operation, body) => {
    if (!body.includes(`"${table}"`)) return false;
    if (what === 'remove') return operation === 'DeleteItem';
    if (what === 'read') return operation === 'GetItem';
    const writes = body.includes(':sealed');
    return operation === 'UpdateItem' && (what === 'settle' ? !writes : writes);
  };
  return {
    is,
    breaks: (gateway, what, fault) =>
      gateway.dynamo.fault((operation, body) => (is(what, operation, body) ? fault(body) : undefined)),
    async keysOf(workspaceId) {
      const all = await allSecrets(createSealedInventory(client, table, Date.now));
      return all.filter((each) => each.workspaceId === workspaceId).map(({ keyId }) => keyId);
    },
    async current(workspaceId, keyId) {
      try {
        return apiKeyIn((await reader.readTenant(workspaceId, keyId, null)).text.reveal());
      } catch (error) {
        if (error instanceof SecretUnavailable && error.missing) return null;
        throw error;
      }
    },
    async labels(workspaceId, keyId) {
      const item = await itemOf(workspaceId, keyId);
      return [
        ...(item.current === undefined ? [] : ['AWSCURRENT']),
        ...(item.previous === undefined ? [] : ['AWSPREVIOUS']),
        ...pendingOf(item).map((version) => `KEYWAY-${version}`),
      ];
    },
    remove: (workspaceId, keyId) => createSealedWriter(around).remove(workspaceId, keyId),
    async spoil(workspaceId, keyId) {
      const item = await itemOf(workspaceId, keyId);
      const name = versionName(item.current?.S ?? '');
      const bytes = Buffer.from(item[name]?.M?.c?.B ?? []);
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1);
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...item, [name]: { M: { ...item[name]?.M, c: { B: bytes } } } },
        }),
      );
    },
  };
}
