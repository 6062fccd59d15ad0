import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { auditPrefix } from '../core/audit-record.ts';
import { isObject } from '../core/json.ts';
import { isBrokenOff, type LogRecord } from '../core/log-record.ts';

/** One change of the request log. */
export interface LoggedChange {
  /** The place in the stream that Lambda is told when this one must come again. */
  sequence: string;
  /** Unique in the whole stream, and the same when the change comes again. */
  eventId: string;
  record: LogRecord;
  /** False: the request was told of before, and the change says nothing new of how it went. */
  news: boolean;
}

export interface ReadChanges {
  changes: LoggedChange[];
  /** Keys of items that are no records: a retry would not make them any. */
  unreadable: { event_id: string; pk: string | undefined; sk: string | undefined }[];
}

type Item = Record<string, AttributeValue>;

/**
 * The records of a batch of docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html, in their order. What
 * was removed (expired, as a rule) and what is no request but a change (core/audit-record.ts) is left out. `toRecord` is the store's reading of an item.
 */
export function readChanges(batch: DynamoDBRecord[], toRecord: (item: Item) => LogRecord): ReadChanges {
  const read: ReadChanges = { changes: [], unreadable: [] };
  for (const { eventID, eventName, dynamodb } of batch) {
    if (eventName === 'REMOVE' || isAudit(dynamodb)) continue;
    const record = readRecord(dynamodb?.NewImage, toRecord);
    if (record === null || dynamodb?.SequenceNumber === undefined || eventID === undefined) {
      const { pk, sk } = dynamodb?.Keys ?? {};
      read.unreadable.push({ event_id: eventID ?? 'none', pk: pk?.S, sk: sk?.S });
      continue;
    }
    const before = eventName === 'MODIFY' ? readRecord(dynamodb.OldImage, toRecord) : null;
    // What the sweep wrote for a request that broke off gives way to what the request itself says later.
    const news = before === null || (isBrokenOff(before) && !isBrokenOff(record));
    read.changes.push({ sequence: dynamodb.SequenceNumber, eventId: eventID, record, news });
  }
  return read;
}

function isAudit(dynamodb: DynamoDBRecord['dynamodb']): boolean {
  const pk = dynamodb?.Keys?.pk ?? dynamodb?.NewImage?.pk;
  return pk?.S?.startsWith(auditPrefix) ?? false;
}

function readRecord(item: Item | undefined, toRecord: (item: Item) => LogRecord): LogRecord | null {
  if (item === undefined) return null;
  try {
    const record: unknown = toRecord(item);
    return isRecord(record) ? record : null;
  } catch {
    return null;
  }
}

/** Whether it has what every export is made of; the gateway wrote it, so the rest is believed. */
function isRecord(value: unknown): value is LogRecord {
  return (
    isObject(value) &&
    typeof value.request_id === 'string' &&
    typeof value.workspace_id === 'string' &&
    typeof value.at === 'string' &&
    Number.isFinite(Date.parse(value.at)) &&
    typeof value.endpoint === 'string' &&
    typeof value.status === 'number' &&
    typeof value.total_ms === 'number' &&
    Array.isArray(value.attempts) &&
    value.attempts.every((attempt) => isObject(attempt) && typeof attempt.ms === 'number')
  );
}
