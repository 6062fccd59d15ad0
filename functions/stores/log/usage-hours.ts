import { gunzipSync } from 'node:zlib';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { UsageRow } from '../../core/billing/usage-rows.ts';
import type { UsageHours } from '../../core/ports.ts';
import { key, partition, readNumber, sortKeys, sweepState } from '../config/config-items.ts';
import { listWorkspaceIds } from '../config/workspace-ids.ts';
import { queryPages } from '../dynamodb/dynamodb.ts';

/** What the sweep made (stores/sweep/usage-sums.ts): one item per workspace and hour that had requests, and one that says how far these go. */
export function createUsageHours(client: DynamoDBClient, table: string): UsageHours {
  return {
    async list(workspaceId, from, to) {
      const rows: UsageRow[] = [];
      const span = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: partition(workspaceId) },
          ':from': { S: sortKeys.usageHour(from) },
          ':to': { S: sortKeys.usageHour(to) },
        },
      };
      for await (const items of queryPages(client, span)) {
        for (const { packed } of items) if (packed?.B) rows.push(...JSON.parse(gunzipSync(packed.B).toString()));
      }
      return rows;
    },

    async completeUntil(workspaceId) {
      const head = workspaceId === null ? key(sweepState, sortKeys.usage) : key(partition(workspaceId), sortKeys.usage);
      const answer = await client.send(new GetItemCommand({ TableName: table, Key: head, ConsistentRead: true }));
      return readNumber(answer.Item?.until);
    },

    workspaces: (after) => listWorkspaceIds(client, table, after),
  };
}
