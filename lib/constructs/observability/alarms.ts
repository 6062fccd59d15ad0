import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarm,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type ByWorkspace, type CountsByWorkspace, slowMs } from './by-workspace.ts';
import type { Signals } from './signals.ts';

export interface AlarmsProps {
  signals: Signals;
  counts: CountsByWorkspace;
  /** Null: the alarms only show their state. */
  notify: IAlarmAction | null;
}

interface AlarmSpec {
  /** The heading of its paragraph in docs/runbook.md, which test/lib/observability.test.ts looks for. */
  paragraph: string;
  says: string;
  metric: IMetric;
  threshold: number;
  /** How many of the last periods must be beyond the threshold. */
  of?: [beyond: number, periods: number];
  below?: boolean;
  missing?: TreatMissingData;
}

const period = Duration.minutes(5);

/**
 * What an operator wants to be woken for: rates, from a volume on that means something. What one workspace can cause by itself, with bad
 * requests or a bad key of its own, rings no bell: either it is not counted, or the worst workspace is left out.
 */
export class Alarms extends Construct {
  readonly all: IAlarm[] = [];

  constructor(scope: Construct, id: string, { signals, counts, notify }: AlarmsProps) {
    super(scope, id);
    const add = (name: string, spec: AlarmSpec): void => {
      const alarm = toAlarm(this, name, spec);
      if (notify) alarm.addAlarmAction(notify);
      this.all.push(alarm);
    };
    const { requests, streams, apiRequests } = signals;

    add('GatewayErrors', {
      paragraph: 'Gateway errors',
      says: 'more than 1 % of all requests fail by a fault of Keyway or its stores',
      metric: rate(signals.faults, apiRequests, 5),
      threshold: 1,
      of: [2, 3],
    });
    add('LogWriteFailures', {
      paragraph: 'Log-write failures',
      says: 'more than 1 % of the request records did not reach the log table',
      metric: rate(signals.logWriteFailures, requests, 3),
      threshold: 1,
      of: [2, 3],
    });
    add('SettleFailures', {
      paragraph: 'Settle failures',
      says: 'more than 1 % of the requests leave credit that is not settled',
      metric: rate(signals.settleFailures, requests, 3),
      threshold: 1,
      of: [2, 3],
    });
    add('FallbackSurge', {
      paragraph: 'Platform fallback surge',
      says: 'the platform serves more than 20 % of the requests in place of own keys, the worst workspace left out',
      metric: rateOfOthers(counts.fallbacks, requests, 20),
      threshold: 20,
      of: [2, 3],
    });
    add('MidStreamFailures', {
      paragraph: 'Mid-stream failures',
      says: 'more than 5 % of the streams break off after they have begun, the worst workspace left out',
      metric: rateOfOthers(counts.midStreamFailures, streams, 5),
      threshold: 5,
      of: [2, 3],
    });
    add('SecretsUnavailable', {
      paragraph: 'Secrets unavailable',
      says: 'more than 1 % of the requests fail because stored secrets cannot be read, the worst workspace left out',
      metric: rateOfOthers(counts.secretErrors, requests, 5),
      threshold: 1,
      of: [2, 3],
    });
    add('GatewayLatency', {
      paragraph: 'Gateway latency',
      says: 'Keyway itself takes more than two seconds for one request in a hundred',
      metric: whenEnough(signals.gatewayTimeP99, requests, 100),
      threshold: 2000,
      of: [3, 3],
    });
    add('TimeToFirstContent', {
      paragraph: 'Time to first content',
      says: `one stream in ten waits for more than ${slowMs / 1000} seconds for its first content, the worst workspace left out`,
      metric: rateOfOthers(counts.slowStreams, streams, 5),
      threshold: 10,
      of: [3, 3],
    });
    add('Throttles', {
      paragraph: 'Throttles',
      says: 'Lambda refuses more than 1 % of the invocations',
      metric: rate(signals.throttles, signals.invocations, 5),
      threshold: 1,
      of: [2, 3],
    });
    add('AccountConcurrency', {
      paragraph: 'Concurrency',
      says: "more than 80 % of the account's concurrent executions are taken",
      metric: signals.accountConcurrency,
      threshold: 80,
      of: [2, 3],
    });
    if (signals.reservedConcurrency)
      add('InferenceConcurrency', {
        paragraph: 'Concurrency',
        says: 'more than 80 % of the concurrent executions reserved for inference are taken',
        metric: signals.reservedConcurrency,
        threshold: 80,
        of: [2, 3],
      });
    for (const [name, throttled] of Object.entries(signals.tableThrottles))
      add(`${name}TableThrottles`, {
        paragraph: 'Table throttles',
        says: `DynamoDB throttles the ${name.toLowerCase()} table, for more than 1 % of the requests`,
        metric: rate(throttled, apiRequests, 10),
        threshold: 1,
        of: [2, 3],
      });
    add('SweepNotRun', {
      paragraph: 'The sweep has not run',
      says: 'no run of the sweep has ended well for 15 minutes',
      metric: signals.sweepRuns,
      threshold: 1,
      below: true,
      of: [3, 3],
      // A schedule that is off invokes nothing, and what is not invoked has no data.
      missing: TreatMissingData.BREACHING,
    });
    add('DeadLetters', {
      paragraph: 'Dead letters',
      says: 'a run of the sweep failed or could not be started',
      metric: signals.deadLetters,
      threshold: 1,
    });
    add('SweepWorkGivenUp', {
      paragraph: 'Work of the sweep given up',
      says: 'a piece of the work that the sweep hands out failed five times',
      metric: signals.workGivenUp,
      threshold: 1,
    });
    add('HoursNotClosed', {
      paragraph: 'Hours not closed',
      says: 'usage of hours that ended more than two hours ago is not summed up',
      metric: signals.hoursOpen,
      threshold: 1,
      of: [3, 3],
    });
    add('OrphansKept', {
      paragraph: 'Orphans kept',
      says: 'many secrets have no key in the table; none is deleted until somebody has looked why',
      metric: signals.orphansKept,
      threshold: 1,
    });
    if (signals.secretsTampered !== null)
      add('SecretsTampered', {
        paragraph: 'Secrets tampered with',
        says: 'an encrypted secret is not what the gateway wrote',
        metric: signals.secretsTampered,
        threshold: 1,
      });
    add('AuditNotCompleted', {
      paragraph: 'Audit records not completed',
      says: 'changes were made whose audit records do not say what became of them',
      metric: signals.auditsNotCompleted,
      threshold: 1,
    });
    add('MetricsLost', {
      paragraph: 'Metrics lost',
      says: 'CloudWatch cannot read the lines that the metrics come from, so the other alarms see less',
      metric: signals.metricsLost,
      threshold: 1,
    });
  }
}

/** An alarm whose description leads to its paragraph in the runbook. */
function toAlarm(scope: Construct, id: string, spec: AlarmSpec): Alarm {
  const [beyond, periods] = spec.of ?? [1, 1];
  return new Alarm(scope, id, {
    metric: spec.metric,
    threshold: spec.threshold,
    alarmDescription: `Keyway: ${spec.says}. docs/runbook.md, "${spec.paragraph}".`,
    datapointsToAlarm: beyond,
    evaluationPeriods: periods,
    comparisonOperator: spec.below
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: spec.missing ?? TreatMissingData.NOT_BREACHING,
  });
}

/** How many of a hundred, once there are `least` of them. */
function rate(part: IMetric, whole: IMetric, least: number): IMetric {
  return new MathExpression({
    expression: `IF(FILL(part, 0) >= ${least}, 100 * FILL(part, 0) / whole, 0)`,
    usingMetrics: { part, whole },
    label: '%',
    period,
  });
}

/** The same of all workspaces but the one that it happened to most, whose share is taken from both. */
function rateOfOthers({ all, worst }: ByWorkspace, whole: IMetric, least: number): IMetric {
  if (worst === null) return rate(all, whole, least);
  return new MathExpression({
    expression: `IF(all - worst >= ${least}, 100 * (all - worst) / (whole - worst), 0)`,
    usingMetrics: { all, worst, whole },
    label: '%',
    period,
  });
}

/** A measure, once it is made of `least` requests. */
function whenEnough(measure: IMetric, requests: IMetric, least: number): IMetric {
  return new MathExpression({
    expression: `IF(requests >= ${least}, measure, 0)`,
    usingMetrics: { measure, requests },
    label: 'ms',
    period,
  });
}
