import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { type LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Stage } from '../../stage.ts';
import type { GatewayFunction } from '../gateway-function.ts';

const period = Duration.minutes(1);
const aliasName = 'live';

export interface FunctionReleaseProps {
  stage: Stage;
  target: GatewayFunction;
  /** Null: the alias moves to a new version at once. */
  canary: { application: LambdaApplication; role: IRole } | null;
}

/**
 * The alias that callers reach a function by. With a canary a new version gets a tenth of the invocations for five minutes, then all of
 * them; when an alarm goes off meanwhile, the alias goes back to the version before, and the deployment of the stack fails and is undone.
 * The first deployment makes the alias and moves nothing: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatepolicy.html
 */
export class FunctionRelease extends Construct {
  readonly alias: Alias;

  constructor(scope: Construct, id: string, { stage, target, canary }: FunctionReleaseProps) {
    super(scope, id);
    const version = target.lambda.currentVersion;
    this.alias = new Alias(this, 'Alias', { aliasName, version });
    if (canary === null) return;

    const ofVersion = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        // ExecutedVersion tells the two versions behind an alias apart: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        dimensionsMap: {
          FunctionName: target.lambda.functionName,
          Resource: `${target.lambda.functionName}:${aliasName}`,
          ExecutedVersion: version.version,
        },
        period,
        statistic: 'sum',
      });
    const errors = new MathExpression({
      // One answer that ran out of time among many is no reason.
      expression: 'IF(errors >= 2 AND errors / invocations > 0.01, errors, 0)',
      usingMetrics: { errors: ofVersion('Errors'), invocations: ofVersion('Invocations') },
      period,
    });
    // 500 and 503: what went wrong in the gateway itself, whatever providers do.
    const faults = target.logGroup.addMetricFilter('Faults', {
      filterPattern: FilterPattern.literal('"unexpected_error"'),
      metricNamespace: stage.metricsNamespace,
      metricName: `${target.node.id}/Faults`,
    });
    new LambdaDeploymentGroup(this, 'Deployment', {
      ...canary,
      alias: this.alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [
        this.#alarm('Errors', errors, 2, 'The new version crashes or runs out of time'),
        this.#alarm('Faults', faults.metric({ period, statistic: 'sum' }), 5, 'The gateway fails by itself'),
      ],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
  }

  #alarm(id: string, metric: IMetric, threshold: number, says: string): Alarm {
    return new Alarm(this, id, {
      metric,
      threshold,
      alarmDescription: `Keyway, takes a release back: ${says}. docs/runbook.md, "A release was taken back".`,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
