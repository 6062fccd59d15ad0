import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaTarget } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Runs the sweep every five minutes: it finds out what there is to do. A run that could not be delivered or that failed goes to the dead letters. */
export class SweepSchedule extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, sweep: LambdaTarget) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const every = Duration.minutes(5);
    // The next run does the same work, so an old event is worth nothing.
    sweep.configureAsyncInvoke({
      maxEventAge: every,
      retryAttempts: 0,
      onFailure: new SqsDestination(this.deadLetters),
    });
    new Rule(this, 'Rule', {
      description: 'Keyway: finds what the sweep has to do',
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(sweep, { deadLetterQueue: this.deadLetters, maxEventAge: every, retryAttempts: 2 })],
    });
  }
}
