import { gunzipSync, gzipSync } from 'node:zlib';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { UsageRow } from '../../core/billing/usage-rows.ts';
import type { UsageHours } from '../../core/ports.ts';
import { key, number, partition, readNumber, sortKeys, sweepState } from '../config/config-items.ts';
import { listWorkspaceIds } from '../config/workspace-ids.ts';
import { ifCondition, queryPages } from '../dynamodb/dynamodb.ts';

/** A year to look back on, and the month that is asked for at its end. */
const keptMs = 400 * 86_400_000;

/** One item per workspace and hour that had requests, and one that says until when the hours are complete. Rows are compressed: they repeat themselves. */
export function createUsageHours(client: DynamoDBClient, table: string): UsageHours {
  const headOf = (workspaceId: string | null) =>
    workspaceId === null ? key(sweepState, sortKeys.usage) : key(partition(workspaceId), sortKeys.usage);

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

    async put(workspaceId, hour, rows) {
      const packed = { B: gzipSync(JSON.stringify(rows)) };
      const expires = number(Math.floor((hour + keptMs) / 1000));
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...key(partition(workspaceId), sortKeys.usageHour(hour)), packed, expires_at: expires },
        }),
      );
    },

    async completeUntil(workspaceId, set) {
      if (set === undefined) {
        const answer = await client.send(
          new GetItemCommand({ TableName: table, Key: headOf(workspaceId), ConsistentRead: true }),
        );
        return readNumber(answer.Item?.until);
      }
      await ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: headOf(workspaceId),
            UpdateExpression: 'SET #until = :until',
            ConditionExpression: 'attribute_not_exists(#until) OR #until < :until',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: { ':until': number(set) },
          }),
        ),
      );
      return set;
    },

    workspaces: (after) => listWorkspaceIds(client, table, after),
  };
}
