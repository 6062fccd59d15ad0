import { type AttributeValue, type DynamoDBClient, QueryCommand, type QueryCommandOutput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { HealthBoard } from '../core/ports.ts';
import { document, key, partition, readNumber, sortKeys } from './config-items.ts';

const hourMs = 3_600_000;

/** How provider keys fare. Written on changes of state only, so the item stays cool; fallbacks are counted per key and hour. */
export function createHealthBoard(client: DynamoDBClient, table: string): HealthBoard {
  return {
    async write(workspaceId, keyId, health) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(workspaceId), sortKeys.health),
          UpdateExpression: 'SET #keys.#id = :health',
          ExpressionAttributeNames: { '#keys': 'keys', '#id': keyId },
          ExpressionAttributeValues: { ':health': document(health) },
        }),
      );
    },

    async countFallback(workspaceId, keyId, at) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(workspaceId), sortKeys.fallbacks(keyId, hourOf(at))),
          UpdateExpression: 'ADD #count :one SET expires_at = :expires',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':one': { N: '1' }, ':expires': { N: String(Math.floor(at / 1000) + 2 * 86_400) } },
        }),
      );
    },

    async fallbacks(workspaceId, now) {
      const oldest = hourOf(now - 23 * hourMs);
      const counts: Record<string, number> = {};
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: { ':pk': { S: partition(workspaceId) }, ':prefix': { S: 'FALLBACK#' } },
            ExclusiveStartKey: start,
          }),
        );
        for (const item of page.Items ?? []) {
          const [, keyId = '', hour = ''] = (item.sk?.S ?? '').split('#');
          if (hour >= oldest) counts[keyId] = (counts[keyId] ?? 0) + readNumber(item.count);
        }
        start = page.LastEvaluatedKey;
      } while (start);
      return counts;
    },
  };
}

function hourOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13);
}
