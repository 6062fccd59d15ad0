import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LogRecord } from '../../core/log-record.ts';
import type { Item } from '../config/config-items.ts';

/**
 * How the log table is laid out:
 *
 *   pk <ws_…>#<0 to 3>   sk <req_…>   one request (core/log-record.ts)
 *   pk AUDIT#<ws_…>      sk <req_…>   one change (core/audit-record.ts); pk AUDIT#gateway has those that belong to no workspace
 *
 * The index `recent` holds what is looked for across workspaces, and no more: failed requests and changes. Whatever lacks the attribute
 * `recent` is not in it and costs nothing there.
 */

/**
 * A workspace's records are spread over a few partitions, because request ids grow with time and a single partition takes a thousand
 * writes a second; a list reads all of them and merges. The shard follows from the id.
 */
export const logShards = 4;

/**
 * The index has more: it takes the failures of all workspaces together, in an outage all requests there are, and an index that is throttled
 * holds up the writes of its table (docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html).
 */
export const recentShards = 16;

/** As lib/constructs/gateway-tables.ts makes it, for the tables of a desk. `test/lib/gateway-stack.test.ts` holds the two together. */
export const recentIndex = {
  IndexName: 'recent',
  KeySchema: [
    { AttributeName: 'recent', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  Projection: {
    ProjectionType: 'INCLUDE' as const,
    NonKeyAttributes: [
      'workspace_id',
      'api_key_id',
      'status',
      'error_code',
      'kind',
      'provider',
      'model',
      'route',
      'message',
      'operation',
      'actor',
      'outcome',
    ],
  },
};

export function logPartition(workspaceId: string, requestId: string): string {
  return logPartitionOf(workspaceId, shardOf(requestId, logShards));
}

export function logPartitionOf(workspaceId: string, shard: number): string {
  return `${workspaceId}#${shard}`;
}

/** What the index tells apart. */
export type Recent = 'failed' | 'audit';

export function recentPartition(what: Recent, requestId: string): string {
  return `${what}#${shardOf(requestId, recentShards)}`;
}

function shardOf(requestId: string, shards: number): number {
  return (requestId.charCodeAt(requestId.length - 1) || 0) % shards;
}

export function isExpired({ expires_at }: { expires_at: number }, now: number): boolean {
  return expires_at * 1000 <= now;
}

/** Adds a record to an item. Scalars are attributes of their own, so that the table can be read and exported as it is; lists and objects are JSON text. */
export function toAttributes(record: object, item: Item = {}): Item {
  for (const name in record) {
    const value = (record as Record<string, unknown>)[name];
    if (value === null) item[name] = { NULL: true };
    else if (typeof value === 'string') item[name] = { S: value };
    else if (typeof value === 'number') item[name] = { N: String(value) };
    else if (typeof value === 'boolean') item[name] = { BOOL: value };
    else item[name] = { S: JSON.stringify(value) };
  }
  return item;
}

/** The other way; `json` names the attributes that hold JSON text. */
export function fromAttributes(item: Item, json: ReadonlySet<string>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item)) {
    if (name === 'pk' || name === 'sk' || name === 'recent') continue;
    record[name] = fromAttribute(value, json.has(name));
  }
  return record;
}

function fromAttribute(value: AttributeValue, isJson: boolean): unknown {
  if (value.NULL) return null;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  return isJson ? JSON.parse(value.S ?? 'null') : (value.S ?? null);
}

export function toLogItem(record: LogRecord): Item {
  const item: Item = {
    pk: { S: logPartition(record.workspace_id, record.request_id) },
    sk: { S: record.request_id },
  };
  if (record.error_code !== null) item.recent = { S: recentPartition('failed', record.request_id) };
  return toAttributes(record, item);
}

const logJson = new Set(['attempts', 'usage', 'dropped_params', 'client']);

/** Records from before these fields were kept have none of them. */
const younger = { route: null, kind: null, message: null };

export function fromLogItem(item: Item): LogRecord {
  return { ...younger, ...fromAttributes(item, logJson) } as unknown as LogRecord;
}
