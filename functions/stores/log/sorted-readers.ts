import type { DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { formatTime } from '../../core/ids.ts';
import type { Page } from '../../core/ports.ts';
import type { Item } from '../config/config-items.ts';
import { queryPages } from '../dynamodb/dynamodb.ts';

/** A span of request ids, and how it is read. */
export interface Span {
  oldest: string;
  newest: string;
  newestFirst: boolean;
  /** Items per page; null: as many as DynamoDB gives. */
  limit: number | null;
  /** An id to leave out. */
  except: string | null;
}

/** The ids of a page: newest first, from where the cursor stands. Both ends (epoch ms) are included. */
export function spanOf(query: { from: number; to: number; cursor: string | null; limit: number }): Span {
  return {
    oldest: `req_${formatTime(query.from)}`,
    newest: query.cursor ?? `req_${formatTime(query.to)}~`,
    newestFirst: true,
    limit: query.limit + 10,
    except: query.cursor,
  };
}

/** The items of one partition, of the table or of an index, whose sort key lies in the span. */
export async function* readPartition(
  client: DynamoDBClient,
  where: Pick<QueryCommandInput, 'TableName' | 'IndexName'> & { attribute: string; partition: string },
  span: Span,
): AsyncGenerator<Item> {
  // DynamoDB refuses a BETWEEN that holds nothing; a cursor of other filters, or an empty span, may ask for one.
  if (span.newest < span.oldest) return;
  const { attribute, partition, ...table } = where;
  const pages = queryPages(client, {
    ...table,
    KeyConditionExpression: '#pk = :pk AND sk BETWEEN :oldest AND :newest',
    ExpressionAttributeNames: { '#pk': attribute },
    ExpressionAttributeValues: {
      ':pk': { S: partition },
      ':oldest': { S: span.oldest },
      ':newest': { S: span.newest },
    },
    ScanIndexForward: !span.newestFirst,
    // Indexes know no consistent reads.
    ...(table.IndexName === undefined && { ConsistentRead: true }),
    ...(span.limit !== null && { Limit: span.limit }),
  });
  for await (const items of pages) for (const item of items) if (item.sk?.S !== span.except) yield item;
}

/** What several sorted readers give, in one order. Each is one ahead. */
export async function* merged(readers: AsyncGenerator<Item>[], newestFirst: boolean): AsyncGenerator<Item> {
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    const next = firstOf(heads, newestFirst);
    const head = heads[next];
    if (head === undefined || head.done) return;
    yield head.value;
    heads[next] = (await readers[next]?.next()) ?? head;
  }
}

/** The index of the reader whose next item comes first; -1 when all are done. */
function firstOf(heads: IteratorResult<Item>[], newestFirst: boolean): number {
  const idOf = (head: IteratorResult<Item> | undefined) =>
    head === undefined || head.done ? null : (head.value.sk?.S ?? '');
  let first = -1;
  for (const [i, head] of heads.entries()) {
    const id = idOf(head);
    const best = idOf(heads[first]);
    if (id !== null && (best === null || (newestFirst ? id > best : id < best))) first = i;
  }
  return first;
}

/**
 * The first `limit` records that `shows` lets through. After `scanLimit` records the page ends, full or not; the cursor is the last record
 * that was looked at, shown or not.
 */
export async function collect<T extends { request_id: string }>(
  records: AsyncIterable<T>,
  limit: number,
  scanLimit: number,
  shows: (record: T) => boolean,
): Promise<Page<T>> {
  const data: T[] = [];
  let scanned = 0;
  let lastSeen: string | null = null;
  for await (const record of records) {
    if (scanned++ === scanLimit) return { data, nextCursor: lastSeen };
    if (shows(record)) {
      if (data.length === limit) return { data, nextCursor: lastSeen };
      data.push(record);
    }
    lastSeen = record.request_id;
  }
  return { data, nextCursor: null };
}
