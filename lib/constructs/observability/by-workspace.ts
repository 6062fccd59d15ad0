import { Duration, Stack } from 'aws-cdk-lib';
import { CfnInsightRule, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Stage } from '../../stage.ts';

/** How often something happened, to all workspaces and to the one that it happened to most. */
export interface ByWorkspace {
  all: IMetric;
  /** Null: the operator has one workspace, and it counts like all. */
  worst: IMetric | null;
}

type Filter = { Match: string } & (
  | { EqualTo: number }
  | { GreaterThan: number }
  | { In: string[] }
  | { IsPresent: boolean }
);

const period = Duration.minutes(5);

/** From when on a stream that waits for its first content is slow, in ms. */
export const slowMs = 20_000;

/**
 * What one workspace can cause by itself is counted by workspace, so that alarms can leave out the worst one. Contributor Insights counts in
 * the lines that requests leave: as a dimension of a metric there would be as many metrics as tenants.
 * docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html, …-GraphReportData.html
 */
export class CountsByWorkspace extends Construct {
  readonly fallbacks: ByWorkspace;
  readonly midStreamFailures: ByWorkspace;
  readonly secretErrors: ByWorkspace;
  readonly slowStreams: ByWorkspace;

  constructor(scope: Construct, id: string, stage: Stage, lines: ILogGroup) {
    super(scope, id);
    const count = (what: string, Filters: Filter[]): ByWorkspace => {
      const ruleName = `keyway-${stage.name}-${what}`;
      new CfnInsightRule(this, what, {
        ruleName,
        ruleState: 'ENABLED',
        ruleBody: Stack.of(this).toJsonString({
          Schema: { Name: 'CloudWatchLogRule', Version: 1 },
          LogGroupNames: [lines.logGroupName],
          LogFormat: 'JSON',
          Contribution: { Keys: ['$.workspace_id'], Filters },
          AggregateOn: 'Count',
        }),
      });
      const told = (statistic: string, label: string): IMetric =>
        new MathExpression({ expression: `INSIGHT_RULE_METRIC('${ruleName}', '${statistic}')`, label, period });
      return {
        all: told('Sum', what),
        worst: stage.oneWorkspaceRings ? null : told('MaxContributorValue', `${what} of the worst workspace`),
      };
    };
    this.fallbacks = count('fallbacks', [{ Match: '$.fallbacks', EqualTo: 1 }]);
    this.midStreamFailures = count('mid-stream-failures', [{ Match: '$.mid_stream_failures', EqualTo: 1 }]);
    this.secretErrors = count('secret-errors', [{ Match: '$.kind', In: ['secret_unavailable'] }]);
    this.slowStreams = count('slow-streams', [
      { Match: '$.mid_stream_failures', IsPresent: true },
      { Match: '$.first_byte_ms', GreaterThan: slowMs },
    ]);
  }
}
