import { gunzipSync, gzipSync } from 'node:zlib';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { foldRows, type UsageRow } from '../../core/billing/usage-rows.ts';
import { formatTime } from '../../core/ids.ts';
import type { UsageSums } from '../../core/more-ports/sweep.ts';
import { type Item, key, number, partition, readNumber, sortKeys } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';

/** A year to look back on, and the month that is asked for at its end. */
const keptMs = 400 * 86_400_000;

/** An item holds 400 KB: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const mostBytes = 300_000;

/** The item `USAGE` of a workspace, and one item for each closed hour, which stores/log/usage-hours.ts reads. */
export function createUsageSums(client: DynamoDBClient, table: string): UsageSums {
  return {
    async head(workspaceId) {
      const { Item = {} } = await client.send(
        new GetItemCommand({ TableName: table, Key: headOf(workspaceId), ConsistentRead: true }),
      );
      const until = readNumber(Item.until);
      const after = Item.after?.S;
      // A release that knows no drafts may have closed the hour in the meantime.
      if (after === undefined || after < firstId(until) || Item.packed?.B === undefined) return { until, draft: null };
      return { until, draft: { after, rows: unpack(Item.packed.B), movedAt: readNumber(Item.moved) } };
    },

    async put(workspaceId, hour, rows, madeAt) {
      await ifCondition(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              ...key(partition(workspaceId), sortKeys.usageHour(hour)),
              packed: { B: pack(rows) },
              made: number(madeAt),
              expires_at: number(Math.floor((hour + keptMs) / 1000)),
            },
            ConditionExpression: 'attribute_not_exists(made) OR made <= :made',
            ExpressionAttributeValues: { ':made': number(madeAt) },
          }),
        ),
      );
    },

    async move(workspaceId, known, { until, draft }) {
      const values: Item = {
        ':known': number(known.until),
        ':after': { S: known.draft?.after ?? firstId(known.until) },
        ':until': number(until),
        ...(draft && {
          ':next': { S: draft.after },
          ':packed': { B: pack(draft.rows) },
          ':moved': number(draft.movedAt),
        }),
      };
      return ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: headOf(workspaceId),
            UpdateExpression: draft
              ? 'SET #until = :until, #after = :next, packed = :packed, moved = :moved'
              : 'SET #until = :until REMOVE #after, packed, moved',
            ConditionExpression: `${known.until === 0 ? '(attribute_not_exists(#until) OR #until = :known)' : '#until = :known'} AND ${
              known.draft === null ? '(attribute_not_exists(#after) OR #after < :after)' : '#after = :after'
            }`,
            ExpressionAttributeNames: { '#until': 'until', '#after': 'after' },
            ExpressionAttributeValues: values,
          }),
        ),
      );
    },
  };
}

function headOf(workspaceId: string) {
  return key(partition(workspaceId), sortKeys.usage);
}

/** What no id of a request that came at that time or later is less than. */
function firstId(at: number): string {
  return `req_${formatTime(at)}`;
}

/** Rows are compressed: they repeat themselves. What does not fit into an item is told in less detail, never left out. */
function pack(rows: UsageRow[]): Uint8Array {
  const packed = gzipSync(JSON.stringify(rows));
  return packed.length <= mostBytes ? packed : pack(foldRows(rows));
}

function unpack(packed: Uint8Array): UsageRow[] {
  return JSON.parse(gunzipSync(packed).toString());
}
