import type { Server } from 'node:http';
import type { AttributeValue, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { isObject, parseJson } from '../functions/core/json.ts';

type Exporter = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

export interface LogStream {
  /** Sees what is put into the table at this DynamoDB. */
  watch(server: Server): Server;
  /** Sends what is waiting, once. */
  close(): Promise<void>;
}

/** How long records are gathered, and how long a batch that failed waits. */
const gatherMs = 300;
const again = 3000;
/** Older ones are forgotten: this is no queue to rely on. */
const mostWaiting = 10_000;

/**
 * The stream of the log table on a desk, since dynalite has none: gives what was put into the table to the exporter's handler, as Lambda
 * does, but that nothing is known of what an item was before.
 */
export function createLogStream(
  table: string,
  load: () => Promise<Exporter>,
  report: (error: unknown) => void,
): LogStream {
  let waiting: DynamoDBStreamEvent['Records'] = [];
  let sequence = 0;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();

  const add = (item: Record<string, AttributeValue>) => {
    const SequenceNumber = String(++sequence).padStart(21, '0');
    waiting.push({ eventID: SequenceNumber, eventName: 'INSERT', dynamodb: { NewImage: item, SequenceNumber } });
    waiting = waiting.slice(-mostWaiting);
    schedule(gatherMs);
  };

  const schedule = (ms: number) => {
    timer ??= setTimeout(() => {
      timer = null;
      running = running.then(send);
    }, ms).unref();
  };

  const send = async () => {
    const batch = waiting.splice(0, 400);
    if (batch.length === 0) return;
    try {
      const { batchItemFailures } = await (await load())({ Records: batch });
      const [failed] = batchItemFailures;
      if (failed === undefined) return waiting.length > 0 ? schedule(0) : undefined;
      waiting.unshift(
        ...batch.slice(batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed.itemIdentifier)),
      );
    } catch (error) {
      report(error);
    }
    schedule(again);
  };

  return {
    watch: (server) =>
      server.prependListener('request', (request, response) => {
        if (request.headers['x-amz-target'] !== 'DynamoDB_20120810.PutItem') return;
        const pieces: Buffer[] = [];
        request.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('finish', () => {
          if (response.statusCode !== 200) return;
          const put = parseJson(Buffer.concat(pieces).toString('utf8'));
          if (isObject(put) && put.TableName === table) add(put.Item as Record<string, AttributeValue>);
        });
      }),
    async close() {
      if (timer !== null) clearTimeout(timer);
      await running;
      await send();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
