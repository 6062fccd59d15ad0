import { report } from './composition/log-output.ts';
import { sweepRuntime } from './composition/sweep-runtime.ts';
import { nameOf } from './core/errors.ts';
import { doWork, readWork } from './gateway/sweep/work.ts';

const runtime = sweepRuntime();

/** What Lambda takes from the queue: docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
interface QueueEvent {
  Records: { messageId: string; body: string }[];
}

/**
 * Does the work that the sweep has found. Messages that are named in the answer come again, the others are done:
 * docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function handler(event: QueueEvent): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    const work = readWork(body);
    try {
      if (work === null) throw new Error('The message is no work of this release.');
      await doWork(work, runtime);
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: messageId });
      report('sweep_failed', { what: work?.duty ?? null, error: nameOf(error) });
    }
  }
  return { batchItemFailures };
}
