import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { WorkQueue } from '../../core/more-ports/sweep.ts';
import { tellOutages } from '../dynamodb/outages.ts';

/** Ten messages and 1 MiB in one call: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html */
const mostMessages = 10;
const mostBytes = 1_000_000;
/** Calls at the same time. */
const atOnce = 8;

/** Endpoint, region and credentials are the SDK's business unless `where` names them. */
export function createSqs(where: Pick<SQSClientConfig, 'endpoint' | 'region' | 'credentials'> = {}): SQSClient {
  return tellOutages(new SQSClient({ ...where, maxAttempts: 5 }), 'SQS');
}

/** A standard queue: what is sent arrives at least once, in any order. */
export function createWorkQueue<Work>(client: SQSClient, url: string): WorkQueue<Work> {
  const sendBatch = async (bodies: string[]): Promise<void> => {
    const answer = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    );
    // A call that is answered may have failed for some: …/APIReference/API_SendMessageBatch.html
    const failed = answer.Failed ?? [];
    if (failed.length > 0)
      throw new Error(`SQS took ${failed.length} of ${bodies.length} messages not: ${failed[0]?.Code}.`);
  };
  return {
    async send(works) {
      const batches = inBatches(works.map((work) => JSON.stringify(work)));
      for (let start = 0; start < batches.length; start += atOnce)
        await Promise.all(batches.slice(start, start + atOnce).map(sendBatch));
    },
    async waiting() {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
  };
}

function inBatches(bodies: string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last === undefined || last.length === mostMessages || bytes + size > mostBytes) {
      batches.push([body]);
      bytes = size;
    } else {
      last.push(body);
      bytes += size;
    }
  }
  return batches;
}
