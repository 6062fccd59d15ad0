import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Observed, Signals } from './signals.ts';

const period = Duration.minutes(5);
const width = 8;

/** Everything at a glance, in the order in which it is asked at 3 a.m.: what rings, who suffers, why, what it costs, what is full. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, observed: Observed, signals: Signals, alarms: IAlarm[]) {
    super(scope, id);
    const { stage, api, functions, tables } = observed;
    const own = (metricName: string, label: string, statistic = 'Sum'): IMetric =>
      new Metric({ namespace: stage.metricsNamespace, metricName, statistic, label, period });
    /** One line for each value of the dimensions. */
    const each = (dimensions: string, metricName: string, label: string, statistic = 'Sum'): IMetric =>
      new MathExpression({
        expression: `SEARCH('{${stage.metricsNamespace},${dimensions}} MetricName="${metricName}"', '${statistic}', 300)`,
        label,
        period,
      });
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
      new GraphWidget({ title, left, right, width, height: 6 });

    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `keyway-${stage.name}`,
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          new TextWidget({
            markdown: `# Keyway ${stage.name}\nWhat each alarm means and what to do: \`docs/runbook.md\`. To search: Logs Insights, saved queries, folder \`keyway-${stage.name}\`.`,
            width: 24,
            height: 2,
          }),
        ],
        [new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 4 })],
        [
          graph('Requests and errors', [own('requests', 'requests'), own('errors', 'errors')]),
          graph('Errors by kind', [each('kind', 'errors', '')]),
          graph('Keyway’s own errors', [signals.faults, signals.logWriteFailures, signals.settleFailures]),
        ],
        [
          graph('Requests by provider and credential', [each('provider,credential', 'requests', '')]),
          graph('Errors by provider and credential', [each('provider,credential', 'errors', '')]),
          graph('Fallbacks', [own('fallbacks', 'served by the platform instead')]),
        ],
        [
          graph('Gateway time (ms)', [own('gateway_ms', 'p50', 'p50'), own('gateway_ms', 'p99', 'p99')]),
          graph('Provider time (ms)', [own('provider_ms', 'p50', 'p50'), own('provider_ms', 'p99', 'p99')]),
          graph('Time to first content (ms), median', [each('provider,credential', 'first_byte_ms', '', 'p50')]),
        ],
        [
          graph('Streams that break off (share)', [own('mid_stream_failures', 'of those that began', 'Average')]),
          graph('Tokens', [own('prompt_tokens', 'input'), own('completion_tokens', 'output')]),
          graph('USD', [own('cost_usd', 'charged'), each('provider,credential', 'upstream_cost_usd', '')]),
        ],
        [
          graph('Refusals without a record', [each('error_code', 'refusals', '')]),
          graph('API Gateway', [
            api.metricCount({ period, statistic: 'SampleCount' }),
            api.metricClientError({ period, statistic: 'Sum' }),
            api.metricServerError({ period, statistic: 'Sum' }),
          ]),
          graph(
            'Concurrency',
            [functions.inference.lambda.metric('ConcurrentExecutions', { period, statistic: 'Maximum' })],
            [signals.accountConcurrency],
          ),
        ],
        [
          graph('Functions: throttles', [signals.throttles]),
          graph('Tables: throttles', Object.values(signals.tableThrottles)),
          graph('Tables: units', [
            ...Object.values(tables).flatMap((table) => [
              table.metricConsumedReadCapacityUnits({ period }),
              table.metricConsumedWriteCapacityUnits({ period }),
            ]),
          ]),
        ],
      ],
    });
  }
}
