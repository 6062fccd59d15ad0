import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaTarget } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A slice of work ends after 20 seconds (functions/gateway/sweep/work.ts), and what it has begun a little later. */
export const workerTimeout = Duration.seconds(60);

/** Workers at the same time: they must not take what inference needs of the account's executions, which are 10 in a new account. */
const mostWorkers = 4;

/** What the sweep hands out its work through. */
export class SweepQueue extends Construct {
  readonly work: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...common, retentionPeriod: Duration.days(14) });
    this.work = new Queue(this, 'Work', {
      ...common,
      // Six times the function's time, and at least five tries, as throttling counts as one:
      // docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * workerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
      // The sweep finds what is older anew.
      retentionPeriod: Duration.days(1),
    });
  }

  /** One message at a time: each is a slice of work. docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
  feed(worker: LambdaTarget): void {
    worker.addEventSource(
      new SqsEventSource(this.work, { batchSize: 1, maxConcurrency: mostWorkers, reportBatchItemFailures: true }),
    );
  }
}
