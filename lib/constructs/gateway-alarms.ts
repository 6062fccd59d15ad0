import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import type { GatewayFunction } from './gateway-function.ts';

export interface GatewayAlarmsProps {
  stage: Stage;
  api: RestApi;
  functions: Record<string, GatewayFunction>;
  tables: Record<string, ITableV2>;
  deadLetters: Queue;
}

const period = Duration.minutes(5);

/** JSON lines of the functions that someone has to look at, and which functions write them. */
const watchedEvents = [
  {
    event: 'log_write_failed',
    metricName: 'LogWriteFailed',
    functions: ['inference'],
    says: 'Request records are only in the log of function inference',
  },
  {
    event: 'settle_failed',
    metricName: 'SettleFailed',
    functions: ['inference'],
    says: 'Credit was held and not settled; the sweep settles it, look whether it does',
  },
  {
    event: 'orphans_kept',
    metricName: 'OrphansKept',
    functions: ['sweep'],
    says: 'Many secrets have no key in the table; none is deleted until somebody has looked why',
  },
];

/** What an operator wants to be woken for. Without `keyway:alarmEmail` the alarms only show their state. */
export class GatewayAlarms extends Construct {
  readonly #notify: SnsAction | null;

  constructor(scope: Construct, id: string, props: GatewayAlarmsProps) {
    super(scope, id);
    this.#notify = props.stage.alarmEmail === null ? null : new SnsAction(this.#topic(props.stage.alarmEmail));

    this.#alarm(
      'ServerErrors',
      props.api.metricServerError({ period, statistic: 'sum' }),
      5,
      'Answers with a 5xx status',
    );
    this.#alarm(
      'DeadLetters',
      props.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'max' }),
      1,
      'The sweep failed or could not be started',
    );
    for (const [name, { lambda, logGroup }] of Object.entries(props.functions)) {
      this.#alarm(
        `${name}-errors`,
        lambda.metricErrors({ period, statistic: 'sum' }),
        1,
        `Function ${name} crashed or timed out`,
      );
      this.#alarm(
        `${name}-throttles`,
        lambda.metricThrottles({ period, statistic: 'sum' }),
        1,
        `Function ${name} was throttled: raise its concurrency`,
      );
      for (const { event, metricName, says } of watchedEvents.filter(({ functions }) => functions.includes(name))) {
        const filter = logGroup.addMetricFilter(`${name}-${event}`, {
          filterPattern: FilterPattern.literal(`"${event}"`),
          metricNamespace: 'Keyway',
          metricName: `${props.stage.name}/${name}/${metricName}`,
        });
        this.#alarm(`${name}-${event}`, filter.metric({ period, statistic: 'sum' }), 1, says);
      }
    }
    for (const [name, table] of Object.entries(props.tables)) {
      for (const metricName of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
        const metric = new Metric({
          namespace: 'AWS/DynamoDB',
          metricName,
          dimensionsMap: { TableName: table.tableName },
          period,
          statistic: 'sum',
        });
        this.#alarm(`${name}-${metricName}`, metric, 1, `Table ${name} was throttled`);
      }
    }
  }

  #alarm(id: string, metric: IMetric, threshold: number, alarmDescription: string): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      alarmDescription: `Keyway: ${alarmDescription}`,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#notify) alarm.addAlarmAction(this.#notify);
  }

  #topic(email: string): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    // A topic with a policy of its own loses the default one, by which CloudWatch might publish.
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    return topic;
  }
}
