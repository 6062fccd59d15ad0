import { type DynamoDBClient, GetItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SecretInventory } from '../../core/more-ports/sweep.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { isRetired, itemKey, number, pendingOf, versionName } from './sealed-items.ts';
import { createSealedVersions } from './sealed-writer.ts';

/** How long what the sweep retired can be taken back: as long as Secrets Manager's shortest window. */
const takeBackMs = 7 * 24 * 60 * 60_000;

/** What a worker of the sweep does between two looks at the clock. */
const pageSize = 500;

/**
 * The encrypted secrets for the sweep, which has no permission on the KMS key. A scan: 100,000 secrets are some 75 MB, which cost 0.0012 USD
 * to read; as many secrets in Secrets Manager cost 0.005 USD to list.
 */
export function createSealedInventory(client: DynamoDBClient, table: string, now: () => number): SecretInventory {
  return {
    store: 'kms',
    async page(cursor) {
      const start: ReturnType<typeof itemKey> | undefined = cursor === null ? undefined : JSON.parse(cursor);
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({ TableName: table, Limit: pageSize, ExclusiveStartKey: start }),
      );
      const secrets = Items.flatMap((item) => {
        const [workspaceId, keyId] = [item.pk?.S, item.sk?.S];
        if (workspaceId === undefined || keyId === undefined || isRetired(item)) return [];
        return [
          {
            workspaceId,
            keyId,
            owner: item.owner?.S ?? null,
            createdAt: Number(item.created?.N ?? 0),
            changedAt: Number(item.changed?.N ?? 0),
            current: item.current?.S ?? null,
            pending: pendingOf(item),
          },
        ];
      });
      return { secrets, next: LastEvaluatedKey === undefined ? null : JSON.stringify(LastEvaluatedKey) };
    },
    ...createSealedVersions({ client, table, now }),
    async holds(workspaceId, keyId, version) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: itemKey(workspaceId, keyId), ConsistentRead: true }),
      );
      return Item !== undefined && !isRetired(Item) && Item[versionName(version)] !== undefined;
    },
    async adopt(workspaceId, keyId, owner) {
      await set(workspaceId, keyId, '#owner = :value', { S: owner }, { '#owner': 'owner' });
    },
    /** Nobody gets it from now on; `aws dynamodb update-item … REMOVE expires_at` takes it back, until the table drops it. */
    async retire(workspaceId, keyId) {
      await set(workspaceId, keyId, 'expires_at = :value', number(Math.ceil((now() + takeBackMs) / 1000)));
    },
  };

  async function set(
    workspaceId: string,
    keyId: string,
    change: string,
    value: { S: string } | ReturnType<typeof number>,
    names?: Record<string, string>,
  ): Promise<void> {
    await ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: itemKey(workspaceId, keyId),
          UpdateExpression: `SET ${change}`,
          ConditionExpression: 'attribute_exists(pk)',
          ...(names !== undefined && { ExpressionAttributeNames: names }),
          ExpressionAttributeValues: { ':value': value },
        }),
      ),
    );
  }
}
