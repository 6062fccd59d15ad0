import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { FallbackCounts, Fallbacks } from '../../core/ports.ts';
import { key, number, partition, readNumber, sortKeys } from '../config/config-items.ts';
import { queryPages } from '../dynamodb/dynamodb.ts';

const hourMs = 3_600_000;

/** One counter per key and hour; it expires by itself after two days. */
export function createFallbackCounts(client: DynamoDBClient, table: string): FallbackCounts {
  return {
    async add(workspaceId, keyId, at, cost) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(workspaceId), sortKeys.fallbacks(keyId, hourOf(at))),
          UpdateExpression: 'ADD #count :one, cost :cost SET expires_at = :expires',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: {
            ':one': number(1),
            ':cost': number(cost),
            ':expires': number(Math.floor(at / 1000) + 2 * 86_400),
          },
        }),
      );
    },

    async lastDay(workspaceId, now) {
      const oldest = hourOf(now - 23 * hourMs);
      const found: Record<string, Fallbacks> = {};
      const all = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': { S: partition(workspaceId) }, ':prefix': { S: 'FALLBACK#' } },
      };
      for await (const items of queryPages(client, all)) {
        for (const item of items) {
          const [, keyId = '', hour = ''] = (item.sk?.S ?? '').split('#');
          if (hour < oldest) continue;
          const { count, cost } = found[keyId] ?? { count: 0, cost: 0 };
          found[keyId] = { count: count + readNumber(item.count), cost: cost + readNumber(item.cost) };
        }
      }
      return found;
    },
  };
}

function hourOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13);
}
