import { describe, expect, it } from 'vitest';
import { parseStage } from '../../lib/stage.ts';

describe('the settings of a deployment', () => {
  it('are safe when nothing is said', () => {
    expect(parseStage({})).toMatchObject({
      name: 'prod',
      secretPrefix: 'keyway',
      deletionProtection: true,
      logRetentionDays: 30,
      alarmEmail: null,
      keyHealthEmail: null,
      oneWorkspaceRings: false,
      metricsNamespace: 'Keyway/prod',
      configTable: null,
      logTable: null,
      logTableStream: null,
      existingAdminToken: false,
      reserveManagement: true,
      inferenceConcurrency: null,
      deployment: 'canary',
      accountLogRole: 'none',
      environment: {},
    });
  });

  it('give another stage its own secrets and let it be deleted', () => {
    expect(parseStage({ 'keyway:stage': 'dev' })).toMatchObject({
      name: 'dev',
      secretPrefix: 'keyway-dev',
      deletionProtection: false,
      deployment: 'all-at-once',
    });
    expect(parseStage({ 'keyway:stage': 'dev', 'keyway:deletionProtection': true }).deletionProtection).toBe(true);
  });

  it('read text from the command line and JSON from cdk.json alike', () => {
    const text = parseStage({
      'keyway:requestsPerSecond': '50',
      'keyway:tracing': 'true',
      'keyway:inferenceConcurrency': '20',
    });
    expect(text).toEqual(
      parseStage({ 'keyway:requestsPerSecond': 50, 'keyway:tracing': true, 'keyway:inferenceConcurrency': 20 }),
    );
    expect(text).toMatchObject({
      throttle: { requestsPerSecond: 50, burst: 500 },
      tracing: true,
      inferenceConcurrency: 20,
    });
  });

  it('pass settings of the functions on', () => {
    expect(
      parseStage({ 'keyway:platformFeePercent': 5, 'keyway:bedrockDefaultRegion': 'eu-west-1' }).environment,
    ).toEqual({
      KEYWAY_PLATFORM_FEE_PERCENT: '5',
      KEYWAY_BEDROCK_DEFAULT_REGION: 'eu-west-1',
    });
  });

  it.each([
    ['keyway:stage', 'Prod!', /keyway:stage must be/],
    ['keyway:deletionProtection', 'yes', /must be true or false, not "yes"/],
    ['keyway:logRetentionDays', 31, /must be one of 1, 3, 5/],
    ['keyway:requestsPerSecond', '0', /must be a whole number above 0/],
    ['keyway:inferenceConcurrency', '-1', /must be a whole number above 0/],
    ['keyway:alarmEmail', 'nobody', /must be an e-mail address/],
    ['keyway:keyHealthEmail', 'nobody', /must be an e-mail address/],
    ['keyway:secretPrefix', 'a/b', /keyway:secretPrefix must be/],
    ['keyway:otlpEndpoint', 'http://collector.example.com', /must be an https address without user and query/],
    ['keyway:otlpEndpoint', 'https://user:secret@collector.example.com', /must be an https address/],
    ['keyway:otlpEndpoint', 'https://collector.example.com/?key=secret', /must be an https address/],
    ['keyway:otlpSignals', 'logs', /must be traces, metrics or both/],
    ['keyway:otlpSignals', 'traces', /keyway:otlpSignals needs keyway:otlpEndpoint/],
    ['keyway:exportBucket', 'My_Bucket', /must be true or a bucket's name/],
    ['keyway:exportRetentionDays', '0', /must be a whole number above 0/],
    ['keyway:deployment', 'blue-green', /must be canary or all-at-once/],
    ['keyway:accountLogRole', 'true', /must be none, existing or set/],
    ['keyway:configTable', 'arn:aws:dynamodb:x', /must be the name of a table/],
    ['keyway:deletionProtections', true, /Unknown setting keyway:deletionProtections/],
  ])('refuse %s = %j', (key, value, message) => {
    expect(() => parseStage({ [key]: value })).toThrow(message);
  });

  it('leave the context of CDK itself alone', () => {
    expect(parseStage({ '@aws-cdk/core:checkSecretUsage': true })).toEqual(parseStage({}));
  });
});
