import { describe, expect, it } from 'vitest';
import { parseStage } from '../../lib/stage.ts';

const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/1';
const place = { 'keyway:vpcId': 'vpc-01234567', 'keyway:subnetIds': 'subnet-01234567' };

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
      shell: 'event',
      inferenceMemory: 512,
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
    [
      'keyway:kmsKeyArn',
      'arn:aws:kms:eu-central-1:123456789012:alias/mine',
      /must be the ARN of a KMS key \(not of an alias\)/,
    ],
    ['keyway:firewallRequestsPerIp', 100, /needs keyway:firewall=true/],
    ['keyway:domainName', 'ai.example.com', /keyway:domainName and keyway:certificateArn need each other/],
    ['keyway:domainName', 'https://ai.example.com', /must be a host name/],
    ['keyway:hostedZoneId', 'Z1', /needs keyway:domainName/],
    ['keyway:privateEndpoint', 'vpce-0123456789abcdef0,other', /must be ids of VPC endpoints \(vpce-…\), not "other"/],
    ['keyway:vpcId', 'vpc-0123456789abcdef0', /keyway:vpcId and keyway:subnetIds need each other/],
    ['keyway:subnetIds', 'subnet-0123456789abcdef0', /keyway:vpcId and keyway:subnetIds need each other/],
    ['keyway:vpcEndpoints', true, /need keyway:vpcId/],
    ['keyway:permissionsBoundary', 'two words', /must be a policy's ARN or name/],
    ['keyway:tags', 'team', /must be pairs such as team=ai,cost=42, not "team"/],
    ['keyway:tags', 'aws:team=ai', /must be pairs/],
    ['keyway:tags', 'team=ai,team=ops', /names a tag twice/],
    ['keyway:otlpEndpoint', 'http://collector.example.com', /must be an https address without user and query/],
    ['keyway:otlpEndpoint', 'https://user:secret@collector.example.com', /must be an https address/],
    ['keyway:otlpEndpoint', 'https://collector.example.com/?key=secret', /must be an https address/],
    ['keyway:otlpSignals', 'logs', /must be traces, metrics or both/],
    ['keyway:otlpSignals', 'traces', /keyway:otlpSignals needs keyway:otlpEndpoint/],
    ['keyway:exportBucket', 'My_Bucket', /must be true or a bucket's name/],
    ['keyway:exportRetentionDays', '0', /must be a whole number above 0/],
    ['keyway:shell', 'ec2', /must be event, container or web-function/],
    ['keyway:inferenceMemory', '128', /must be from 256 to 10240/],
    ['keyway:deployment', 'blue-green', /must be canary or all-at-once/],
    ['keyway:accountLogRole', 'true', /must be none, existing or set/],
    ['keyway:configTable', 'arn:aws:dynamodb:x', /must be the name of a table/],
    ['keyway:deletionProtections', true, /Unknown setting keyway:deletionProtections/],
  ])('refuse %s = %j', (key, value, message) => {
    expect(() => parseStage({ [key]: value })).toThrow(message);
  });

  it.each([
    [
      {
        'keyway:domainName': 'ai.example.com',
        'keyway:certificateArn': certificateArn,
        'keyway:privateEndpoint': 'vpce-01234567',
      },
      /leave out it or keyway:privateEndpoint/,
    ],
    [{ ...place, 'keyway:vpcEndpoints': true }, /keyway:vpcEndpoints=true and keyway:routeTableIds/],
    [{ ...place, 'keyway:routeTableIds': 'rtb-01234567' }, /keyway:vpcEndpoints=true and keyway:routeTableIds/],
    [{ ...place, 'keyway:shell': 'container' }, /needs two of keyway:subnetIds/],
    [{ 'keyway:firewall': true, 'keyway:firewallRequestsPerIp': 9 }, /must be 10 or more/],
    [{ 'keyway:tags': Array.from({ length: 41 }, (_, i) => `t${i}=1`).join(',') }, /may hold 40 tags/],
  ])('refuse what does not fit together: %j', (context, message) => {
    expect(() => parseStage(context)).toThrow(message);
  });

  it('ask nothing of the account when nothing is said, and bring a key of the account before one of the stack', () => {
    expect(parseStage({}).account).toEqual({
      encryption: 'service',
      firewall: null,
      domain: null,
      privateEndpoint: null,
      network: null,
      permissionsBoundary: null,
      tags: {},
    });
    const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
    const both = parseStage({ 'keyway:customerManagedKey': true, 'keyway:kmsKeyArn': keyArn });
    expect(both.account.encryption).toEqual({ keyArn });
    expect(parseStage({ 'keyway:firewall': 'true' }).account.firewall).toEqual({ requestsPerIp: 30_000 });
    expect(parseStage({ 'keyway:tags': 'a b=x=y, c=' }).account.tags).toEqual({ 'a b': 'x=y', c: '' });
  });

  it('leave the context of CDK itself alone', () => {
    expect(parseStage({ '@aws-cdk/core:checkSecretUsage': true })).toEqual(parseStage({}));
  });
});
