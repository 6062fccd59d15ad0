import { type AttributeValue, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { formatTime } from '../../core/ids.ts';
import { type LogQuery, type LogRecord, matchesQuery } from '../../core/log-record.ts';
import type { Page, RequestLog } from '../../core/ports.ts';
import { ifCondition, queryPages } from '../dynamodb/dynamodb.ts';
import type { HotCalls } from '../dynamodb/hot-calls.ts';

/**
 * One item per request. A workspace's records are spread over a few partitions, because request ids grow with time and a
 * single partition takes a thousand writes a second; a list reads all of them and merges. The shard follows from the id.
 */
const shards = 4;

/** `scanLimit`: how many records one list call looks at before it hands back a cursor, found enough or not. */
export function createRequestLog(
  client: DynamoDBClient,
  calls: HotCalls,
  table: string,
  now: () => number,
  scanLimit = 4000,
): RequestLog {
  return {
    async write(record) {
      await calls.putItem({ TableName: table, Item: toItem(record) });
    },

    async writeIfNone(record) {
      await ifCondition(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: toItem(record),
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
    },

    async get(workspaceId, requestId) {
      // DynamoDB refuses keys beyond 1024 bytes; no id is near that.
      if (Buffer.byteLength(requestId) > 1024) return null;
      const Key = { pk: { S: partition(workspaceId, shardOf(requestId)) }, sk: { S: requestId } };
      const answer = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      const record = answer.Item && fromItem(answer.Item);
      return record && !expired(record, now()) ? record : null;
    },

    async list(workspaceId, query) {
      const span = {
        oldest: `req_${formatTime(query.from)}`,
        newest: query.cursor ?? `req_${formatTime(query.to)}~`,
        newestFirst: true,
        limit: query.limit + 10,
      };
      const readers = Array.from({ length: shards }, (_, shard) =>
        readShard(client, table, partition(workspaceId, shard), span, query.cursor),
      );
      return collect(readers, query, now(), scanLimit);
    },

    async *records(workspaceId, from, to) {
      const readers = Array.from({ length: shards }, (_, shard) => {
        const span = { oldest: `req_${formatTime(from)}`, newest: `req_${formatTime(to)}~` };
        return readShard(client, table, partition(workspaceId, shard), { ...span, newestFirst: false, limit: null });
      });
      const heads = await Promise.all(readers.map((reader) => reader.next()));
      for (;;) {
        const next = firstOf(heads, (a, b) => a.request_id < b.request_id);
        const head = heads[next];
        if (head === undefined || head.done) return;
        if (!expired(head.value, now())) yield head.value;
        heads[next] = (await readers[next]?.next()) ?? head;
      }
    },
  };
}

async function collect(
  readers: AsyncGenerator<LogRecord>[],
  query: LogQuery,
  now: number,
  scanLimit: number,
): Promise<Page<LogRecord>> {
  const data: LogRecord[] = [];
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  // The next page goes on after the last record that was looked at, shown or not.
  let lastSeen: string | null = null;
  for (let scanned = 0; ; scanned++) {
    const newest = firstOf(heads, (a, b) => a.request_id > b.request_id);
    const head = heads[newest];
    if (head === undefined || head.done) return { data, nextCursor: null };
    const record = head.value;
    if (scanned === scanLimit) return { data, nextCursor: lastSeen };
    if (!expired(record, now) && matchesQuery(record, query)) {
      if (data.length === query.limit) return { data, nextCursor: lastSeen };
      data.push(record);
    }
    lastSeen = record.request_id;
    heads[newest] = (await readers[newest]?.next()) ?? head;
  }
}

/** The index of the reader whose next record comes first; -1 when all are done. */
function firstOf(heads: IteratorResult<LogRecord>[], before: (a: LogRecord, b: LogRecord) => boolean): number {
  let first = -1;
  for (const [i, head] of heads.entries()) {
    const best = heads[first];
    if (!head.done && (best === undefined || best.done || before(head.value, best.value))) first = i;
  }
  return first;
}

interface Span {
  oldest: string;
  newest: string;
  newestFirst: boolean;
  /** Records per page; null: as many as DynamoDB gives. */
  limit: number | null;
}

async function* readShard(
  client: DynamoDBClient,
  table: string,
  pk: string,
  span: Span,
  except: string | null = null,
): AsyncGenerator<LogRecord> {
  // DynamoDB refuses a BETWEEN that holds nothing; a cursor of other filters, or an empty span, may ask for one.
  if (span.newest < span.oldest) return;
  const pages = queryPages(client, {
    TableName: table,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :oldest AND :newest',
    ExpressionAttributeValues: { ':pk': { S: pk }, ':oldest': { S: span.oldest }, ':newest': { S: span.newest } },
    ScanIndexForward: !span.newestFirst,
    ConsistentRead: true,
    ...(span.limit !== null && { Limit: span.limit }),
  });
  for await (const items of pages) for (const item of items) if (item.sk?.S !== except) yield fromItem(item);
}

function partition(workspaceId: string, shard: number): string {
  return `${workspaceId}#${shard}`;
}

function shardOf(requestId: string): number {
  return (requestId.charCodeAt(requestId.length - 1) || 0) % shards;
}

function expired(record: LogRecord, now: number): boolean {
  return record.expires_at * 1000 <= now;
}

/** Scalars are attributes of their own, so that the table can be read and exported as it is; lists and objects are JSON text. */
function toItem(record: LogRecord): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {
    pk: { S: partition(record.workspace_id, shardOf(record.request_id)) },
    sk: { S: record.request_id },
  };
  for (const [name, value] of Object.entries(record)) {
    if (value === null) item[name] = { NULL: true };
    else if (typeof value === 'string') item[name] = { S: value };
    else if (typeof value === 'number') item[name] = { N: String(value) };
    else if (typeof value === 'boolean') item[name] = { BOOL: value };
    else item[name] = { S: JSON.stringify(value) };
  }
  return item;
}

const jsonFields = new Set(['attempts', 'usage', 'dropped_params', 'client']);

/** The record of an item, as a read or the table's stream gives it. */
export function fromItem(item: Record<string, AttributeValue>): LogRecord {
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item)) {
    if (name === 'pk' || name === 'sk') continue;
    if (value.NULL) record[name] = null;
    else if (value.N !== undefined) record[name] = Number(value.N);
    else if (value.BOOL !== undefined) record[name] = value.BOOL;
    else record[name] = jsonFields.has(name) ? JSON.parse(value.S ?? 'null') : (value.S ?? null);
  }
  return record as unknown as LogRecord;
}
