import type { AttributeValue, Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { LogRecord } from '../core/log-record.ts';
import { type LoggedChange, readChanges } from './stream-records.ts';

/** Takes changes in their order. Answers the `sequence` of the first that it could not take, null when it took all. Throws nothing that is foreseen. */
export type Sink = (changes: LoggedChange[], remainingMs: () => number) => Promise<string | null>;

export interface ExporterDeps {
  toRecord(item: Record<string, AttributeValue>): LogRecord;
  report(event: string, details: object): void;
  sink: Sink;
}

type Handler = (
  event: DynamoDBStreamEvent,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<DynamoDBBatchResponse>;

/**
 * A Lambda handler for a DynamoDB stream. What is told in `batchItemFailures` comes again, with all after it
 * (docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html). An item that is no record would never become one:
 * it is left out, and told of.
 */
export function createExporter({ toRecord, report, sink }: ExporterDeps): Handler {
  return async ({ Records }, context) => {
    const { changes, unreadable } = readChanges(Records, toRecord);
    for (const item of unreadable) report('export_left_out', { ...item, why: 'no record' });
    const remainingMs = () => context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY;
    const failed = await sink(changes, remainingMs);
    return { batchItemFailures: failed === null ? [] : [{ itemIdentifier: failed }] };
  };
}
