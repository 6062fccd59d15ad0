import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ulidPattern } from '../../core/ids.ts';
import { matchesQuery } from '../../core/log-record.ts';
import type { LogIndex } from '../../core/more-ports/records.ts';
import type { Item } from '../config/config-items.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import {
  fromLogItem,
  isExpired,
  logPartition,
  type Recent,
  recentIndex,
  recentPartition,
  recentShards,
} from './log-items.ts';
import { collect, merged, readPartition, type Span, spanOf } from './sorted-readers.ts';

/** As many keys as one BatchGetItem takes. */
const mostKeys = 100;
/** BatchGetItems that are under way at one time when a request is looked for in every workspace. */
const atOnce = 8;

/**
 * The failed requests of all workspaces, without a scan. The index knows which there are; the records come from the table, so that filters see
 * all of each and the index stays small. `workspaces`: the ids of all workspaces.
 */
export function createLogIndex(
  client: DynamoDBClient,
  table: string,
  workspaces: () => AsyncIterable<string[]>,
  now: () => number,
  scanLimit = 4000,
): LogIndex {
  const read = (keys: Item[]) => readItems(batchGetOf(client), table, keys, true);

  async function findFailed(requestId: string): Promise<Item[]> {
    const found = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: recentIndex.IndexName,
        KeyConditionExpression: 'recent = :recent AND sk = :sk',
        ExpressionAttributeValues: { ':recent': { S: recentPartition('failed', requestId) }, ':sk': { S: requestId } },
      }),
    );
    return read((found.Items ?? []).flatMap(({ pk, sk }) => (pk && sk ? [{ pk, sk }] : [])));
  }

  /** Each workspace has one place where this request could be: 100 of them are asked for in one call. */
  async function findAnywhere(requestId: string): Promise<Item[]> {
    let waiting: Promise<Item[]>[] = [];
    for await (const ids of workspaces()) {
      const keys = ids.map((id) => ({ pk: { S: logPartition(id, requestId) }, sk: { S: requestId } }));
      waiting.push(read(keys));
      if (waiting.length < atOnce) continue;
      const found = (await Promise.all(waiting)).flat();
      if (found.length > 0) return found;
      waiting = [];
    }
    return (await Promise.all(waiting)).flat();
  }

  return {
    async listFailed(query) {
      const at = now();
      const { kind, model, provider, credential, providerKeyId, apiKeyId, providerRequestId } = query;
      const isFiltered = [kind, model, provider, credential, providerKeyId, apiKeyId, providerRequestId].some(Boolean);
      const records = readRecent(client, table, 'failed', spanOf(query), isFiltered ? mostKeys : query.limit + 1);
      return collect(
        mapped(records, fromLogItem),
        query.limit,
        scanLimit,
        (record) => !isExpired(record, at) && matchesQuery(record, query),
      );
    },

    async find(requestId) {
      if (!new RegExp(`^req_${ulidPattern}$`).test(requestId)) return null;
      const failed = await findFailed(requestId);
      const [item] = failed.length > 0 ? failed : await findAnywhere(requestId);
      const record = item && fromLogItem(item);
      return record && !isExpired(record, now()) ? record : null;
    },
  };
}

/** Whole items of what the index holds, in order; `together`: how many are fetched at a time, at most 100. */
export async function* readRecent(
  client: DynamoDBClient,
  table: string,
  what: Recent,
  span: Span,
  together: number,
): AsyncGenerator<Item> {
  const readers = Array.from({ length: recentShards }, (_, shard) =>
    readPartition(
      client,
      {
        TableName: table,
        IndexName: recentIndex.IndexName,
        attribute: 'recent',
        partition: `${what}#${shard}`,
      },
      span,
    ),
  );
  const fetch = async (keys: Item[]): Promise<Item[]> => {
    const items = await readItems(batchGetOf(client), table, keys, true);
    const byId = new Map(items.map((item) => [item.sk?.S, item]));
    // What expired since the index was read is not there any more.
    return keys.flatMap(({ sk }) => {
      const item = byId.get(sk?.S);
      return item === undefined ? [] : [item];
    });
  };
  let keys: Item[] = [];
  for await (const { pk, sk } of merged(readers, span.newestFirst)) {
    if (pk && sk) keys.push({ pk, sk });
    if (keys.length < Math.min(together, mostKeys)) continue;
    yield* await fetch(keys);
    keys = [];
  }
  if (keys.length > 0) yield* await fetch(keys);
}

export async function* mapped<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}
