import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { formatTime } from '../../core/ids.ts';
import { type LogRecord, matchesQuery } from '../../core/log-record.ts';
import type { RequestLog } from '../../core/ports.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import type { HotCalls } from '../dynamodb/hot-calls.ts';
import { fromLogItem, isExpired, logPartition, logPartitionOf, logShards, toLogItem } from './log-items.ts';
import { collect, merged, readPartition, type Span, spanOf } from './sorted-readers.ts';

/**
 * One item per request. `scanLimit`: how many records one list call looks at before it hands back a cursor, found enough or not.
 */
export function createRequestLog(
  client: DynamoDBClient,
  calls: HotCalls,
  table: string,
  now: () => number,
  scanLimit = 4000,
): RequestLog {
  async function* read(workspaceId: string, span: Span): AsyncGenerator<LogRecord> {
    const readers = Array.from({ length: logShards }, (_, shard) =>
      readPartition(client, { TableName: table, attribute: 'pk', partition: logPartitionOf(workspaceId, shard) }, span),
    );
    for await (const item of merged(readers, span.newestFirst)) yield fromLogItem(item);
  }

  return {
    async write(record) {
      await calls.putItem({ TableName: table, Item: toLogItem(record) });
    },

    async writeIfNone(record) {
      await ifCondition(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: toLogItem(record),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
    },

    async get(workspaceId, requestId) {
      // DynamoDB refuses keys beyond 1024 bytes; no id is near that.
      if (Buffer.byteLength(requestId) > 1024) return null;
      const Key = { pk: { S: logPartition(workspaceId, requestId) }, sk: { S: requestId } };
      const answer = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      const record = answer.Item && fromLogItem(answer.Item);
      return record && !isExpired(record, now()) ? record : null;
    },

    async list(workspaceId, query) {
      const at = now();
      return collect(
        read(workspaceId, spanOf(query)),
        query.limit,
        scanLimit,
        (record) => !isExpired(record, at) && matchesQuery(record, query),
      );
    },

    async *records(workspaceId, from, to) {
      const span = { oldest: `req_${formatTime(from)}`, newest: `req_${formatTime(to)}~`, limit: null, except: null };
      for await (const record of read(workspaceId, { ...span, newestFirst: false }))
        if (!isExpired(record, now())) yield record;
    },
  };
}
