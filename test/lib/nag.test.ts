import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { GatewayStack } from '../../lib/gateway-stack.ts';
import { parseStage } from '../../lib/stage.ts';
import { acknowledged } from './acknowledged-findings.ts';
import { everySetting, flags } from './synthesize.ts';

interface Report {
  pluginReports: {
    pluginName: string;
    violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[];
  }[];
}

/** What cdk-nag's AwsSolutions pack finds in the stack, each as `rule at path`. */
function findings(settings: Record<string, unknown>): string[] {
  const app = new App({ context: { ...flags, ...settings, 'aws:cdk:bundling-stacks': [] } });
  new GatewayStack(app, 'keyway', {
    stage: parseStage(settings),
    env: { account: '123456789012', region: 'eu-central-1' },
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // It throws when there are findings, and writes its report before.
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ValidationFailed')) throw error;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  const nag = report.pluginReports.filter(({ pluginName }) => pluginName === 'AwsSolutions');
  expect(nag).toHaveLength(1);
  return nag.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath.replace('keyway/', '')}`),
    ),
  );
}

describe('cdk-nag', () => {
  const found = {
    'nothing said': findings({}),
    'every setting': findings(everySetting),
    'the container shell': findings({ 'keyway:shell': 'container' }),
    'the web function': findings({ 'keyway:shell': 'web-function' }),
  };
  const isAcknowledged = (finding: string) =>
    acknowledged.some(({ rule, at }) => finding.startsWith(`${rule} at `) && at.test(finding.slice(rule.length + 4)));

  it.each(Object.entries(found))('finds nothing with %s, save what has its reason', (_, all) => {
    expect(all.filter((finding) => !isAcknowledged(finding))).toEqual([]);
  });

  it.each(acknowledged)('$rule at $at is still found', ({ rule, at }) => {
    const all = Object.values(found).flat();
    expect(all.some((finding) => finding.startsWith(`${rule} at `) && at.test(finding.slice(rule.length + 4)))).toBe(
      true,
    );
  });
});
