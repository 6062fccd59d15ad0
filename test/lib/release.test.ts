import { describe, expect, it } from 'vitest';
import { readable, resourcesOf, synthesize } from './synthesize.ts';

const canary = synthesize();
const atOnce = synthesize({ 'keyway:deployment': 'all-at-once' });
const entries = ['console', 'inference', 'operator', 'providerkeys', 'records', 'workspace'];

describe('a release', () => {
  it.each([
    ['canary', canary],
    ['all-at-once', atOnce],
  ])('%s: each function that the API calls has an alias on a version that stays', (_, template) => {
    const aliases = resourcesOf(template, 'AWS::Lambda::Alias');
    expect(aliases.map(([, { Properties }]) => readable(Properties.FunctionName)).sort()).toEqual(
      entries.map((entry) => expect.stringMatching(new RegExp(`^\\{${entry}Function`))),
    );
    for (const [, { Properties }] of aliases) expect(readable(Properties.FunctionVersion)).toMatch(/CurrentVersion/);
    for (const [, version] of resourcesOf(template, 'AWS::Lambda::Version'))
      expect(version).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('makes no new version when nothing changed, and one when a setting of the functions does', {
    timeout: 120_000,
  }, () => {
    const versions = (settings: object) =>
      resourcesOf(synthesize({ ...settings }), 'AWS::Lambda::Version').map(([id]) => id);
    expect(versions({})).toEqual(versions({}));
    expect(versions({ 'keyway:deadlineMs': 600_000 })).not.toEqual(versions({}));
  });

  it('gives a new version a tenth of the requests for five minutes, and takes it back when an alarm goes off', () => {
    const groups = resourcesOf(canary, 'AWS::CodeDeploy::DeploymentGroup');
    expect(groups).toHaveLength(entries.length);
    for (const [, { Properties }] of groups) {
      expect(Properties).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
        },
        AlarmConfiguration: { Enabled: true },
      });
      expect((Properties.AlarmConfiguration as { Alarms: object[] }).Alarms).toHaveLength(2);
    }
    for (const [id, alias] of resourcesOf(canary, 'AWS::Lambda::Alias'))
      expect(alias, id).toHaveProperty('UpdatePolicy.CodeDeployLambdaAliasUpdate.DeploymentGroupName');
  });

  it('looks at errors of the new version alone, and at faults of the gateway, and takes silence for health', () => {
    const alarms = resourcesOf(canary, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Release'));
    expect(alarms).toHaveLength(2 * entries.length);
    for (const [, { Properties }] of alarms) expect(Properties.TreatMissingData).toBe('notBreaching');
    const text = JSON.stringify(alarms);
    expect(text.match(/"ExecutedVersion"/g)).toHaveLength(2 * entries.length);
    expect(
      resourcesOf(canary, 'AWS::Logs::MetricFilter').filter(
        ([, { Properties }]) => Properties.FilterPattern === '"unexpected_error"',
      ),
    ).toHaveLength(entries.length);
  });

  it('needs nothing of CodeDeploy all at once', () => {
    for (const type of ['Application', 'DeploymentGroup']) atOnce.resourceCountIs(`AWS::CodeDeploy::${type}`, 0);
    for (const [, alias] of resourcesOf(atOnce, 'AWS::Lambda::Alias')) expect(alias).not.toHaveProperty('UpdatePolicy');
  });

  it('lets the API go on to an alias only when it is there and may be called', () => {
    const [before = []] = resourcesOf(canary, 'AWS::ApiGateway::Deployment').map(
      ([, deployment]) => (deployment as unknown as { DependsOn: string[] }).DependsOn,
    );
    const needed = [
      ...resourcesOf(canary, 'AWS::Lambda::Alias'),
      ...resourcesOf(canary, 'AWS::Lambda::Permission').filter(([id]) => id.startsWith('Api')),
    ].map(([id]) => id);
    expect(before).toEqual(expect.arrayContaining(needed));
    expect(needed).toHaveLength(2 * entries.length);
  });
});
