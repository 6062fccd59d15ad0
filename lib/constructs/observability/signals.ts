import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterPattern, type IFilterPattern, type LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { endpoints } from '../../../functions/endpoints.ts';
import type { Stage } from '../../stage.ts';
import type { GatewayFunction } from '../gateway-function.ts';
import type { FunctionName } from '../permissions.ts';

/** What alarms and dashboard look at. */
export interface Observed {
  stage: Stage;
  api: RestApi;
  /** Null: none is written, so calls that no function answered are not counted. */
  accessLog: LogGroup | null;
  functions: Record<FunctionName, GatewayFunction>;
  tables: { Config: ITableV2; Log: ITableV2; Keys?: ITableV2 };
  deadLetters: Queue;
  sweepQueue: { deadLetters: Queue };
  /** What the web server writes; null: the inference function answers instead. */
  webLog: LogGroup | null;
}

export type Signals = ReturnType<typeof signalsOf>;

const period = Duration.minutes(5);

/** Answers that API Gateway gives by itself because a function gave none. */
const brokenIntegrations = ['INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT', 'API_CONFIGURATION_ERROR', 'DEFAULT_5XX'];

/** The metrics that alarms are made of. Those of requests come from the lines that functions/core/telemetry writes. */
export function signalsOf({ stage, api, accessLog, functions, tables, deadLetters, sweepQueue, webLog }: Observed) {
  const ofOurs = (metricName: string, statistic = 'Sum'): IMetric =>
    new Metric({ namespace: stage.metricsNamespace, metricName, statistic, period });
  /** How often functions report an event. */
  const reported = (event: string, from: FunctionName[]): IMetric =>
    counted(
      from.flatMap((name) =>
        name === 'inference' && webLog !== null ? [functions[name].logGroup, webLog] : [functions[name].logGroup],
      ),
      event,
      FilterPattern.stringValue('$.message.event', '=', event),
    );
  const counted = (logGroups: LogGroup[], metricName: string, filterPattern: IFilterPattern): IMetric => {
    for (const logGroup of logGroups)
      logGroup.addMetricFilter(metricName, { filterPattern, metricNamespace: stage.metricsNamespace, metricName });
    return ofOurs(metricName);
  };
  // An alarm takes ten metrics: so only the functions that answer callers of the API.
  const entries = new Set(endpoints.map(({ entry }) => entry).filter((entry) => entry !== 'console'));
  const answering = [...entries].map((entry) => functions[entry].lambda);
  const inference = functions.inference.lambda;

  const crashed = sumOf(
    'crashed',
    answering.map((lambda) => lambda.metricErrors({ period })),
  );
  const unanswered =
    accessLog &&
    counted(
      [accessLog],
      'unanswered',
      FilterPattern.any(...brokenIntegrations.map((type) => FilterPattern.stringValue('$.refusal', '=', type))),
    );
  const throttles = sumOf(
    'throttled',
    answering.map((lambda) => lambda.metricThrottles({ period })),
  );
  const invocations = sumOf(
    'invoked',
    answering.map((lambda) => lambda.metricInvocations({ period })),
  );

  return {
    requests: ofOurs('requests'),
    /** Each stream that began says 0 or 1 to it. */
    streams: ofOurs('mid_stream_failures', 'SampleCount'),
    gatewayTimeP99: ofOurs('gateway_ms', 'p99'),
    apiRequests: api.metricCount({ period, statistic: 'SampleCount' }),

    /** What the functions answered with an error of their own, and what they did not answer at all. */
    faults: new MathExpression({
      // API Gateway tells of a crash before the answer, Lambda of one in the middle of it, too: the greater of both counts.
      expression:
        unanswered === null
          ? 'FILL(told, 0) + FILL(crashed, 0)'
          : 'FILL(told, 0) + IF(FILL(crashed, 0) > FILL(unanswered, 0), FILL(crashed, 0), FILL(unanswered, 0))',
      usingMetrics: { told: ofOurs('gateway_errors'), crashed, ...(unanswered !== null && { unanswered }) },
      label: 'faults',
      period,
    }),
    logWriteFailures: reported('log_write_failed', ['inference', 'workspace']),
    settleFailures: reported('settle_failed', ['inference']),
    /** Of those that write audit records. */
    auditsNotCompleted: reported('audit_not_completed', ['inference', 'provider-keys', 'workspace', 'operator']),
    orphansKept: reported('orphans_kept', ['sweep-worker']),
    hoursOpen: reported('hours_not_closed', ['sweep']),
    /** Null: no secrets are encrypted. */
    secretsTampered: tables.Keys === undefined ? null : reported('secret_tampered', ['inference']),

    throttles,
    /** Those that were refused, too. */
    invocations: new MathExpression({
      expression: 'invoked + FILL(refused, 0)',
      usingMetrics: { invoked: invocations, refused: throttles },
      period,
    }),
    /** docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html: what counts against the quota is what is claimed. */
    accountConcurrency: new MathExpression({
      expression: '100 * claimed / SERVICE_QUOTA(executing)',
      usingMetrics: {
        claimed: ofLambda('ClaimedAccountConcurrency'),
        executing: ofLambda('ConcurrentExecutions'),
      },
      label: '% of the account',
      period,
    }),
    reservedConcurrency:
      stage.inferenceConcurrency === null
        ? null
        : new MathExpression({
            expression: `100 * executing / ${stage.inferenceConcurrency}`,
            usingMetrics: { executing: inference.metric('ConcurrentExecutions', { period, statistic: 'Maximum' }) },
            label: '% of what is reserved',
            period,
          }),

    tableThrottles: Object.fromEntries(
      Object.entries(tables).map(([name, table]) => [
        name,
        sumOf(
          `throttled${name}`,
          ['ReadThrottleEvents', 'WriteThrottleEvents'].map(
            (metricName) =>
              new Metric({
                namespace: 'AWS/DynamoDB',
                metricName,
                dimensionsMap: { TableName: table.tableName },
                statistic: 'Sum',
                period,
              }),
          ),
        ),
      ]),
    ),
    /** Runs that ended well. */
    sweepRuns: new MathExpression({
      expression: 'begun - FILL(failed, 0)',
      usingMetrics: {
        begun: functions.sweep.lambda.metricInvocations({ period }),
        failed: functions.sweep.lambda.metricErrors({ period }),
      },
      label: 'runs',
      period,
    }),
    deadLetters: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    workGivenUp: sweepQueue.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    /** docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
    metricsLost: sumOf(
      'unread',
      ['EMFParsingErrors', 'EMFValidationErrors'].map(
        (metricName) =>
          new Metric({
            namespace: 'AWS/Logs',
            metricName,
            dimensionsMap: { LogGroupName: functions.inference.logGroup.logGroupName },
            statistic: 'Sum',
            period,
          }),
      ),
    ),
  };
}

/** Of the whole account and region. */
function ofLambda(metricName: string): IMetric {
  return new Metric({ namespace: 'AWS/Lambda', metricName, statistic: 'Maximum', period });
}

/** `name`: begins the ids of its parts, which may not stand for other metrics in one alarm. */
function sumOf(name: string, metrics: IMetric[]): IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${name}${index}`, metric]));
  const terms = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
  return new MathExpression({ expression: terms.join(' + '), usingMetrics, label: name, period });
}
