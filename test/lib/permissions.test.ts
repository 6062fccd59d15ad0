import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { rolesOf } from '../../lib/constructs/tenant-trust.ts';
import { parseStage } from '../../lib/stage.ts';
import { allowed, type Statement, short } from './allowed.ts';
import { resourcesOf, synthesize } from './synthesize.ts';

const config = '{TablesConfig}';
const log = '{TablesLog}';
const tenants = 'secretsmanager:secret:keyway/tenants/*';
const own = (group: string): string[] => [
  `logs:CreateLogStream on {${group}Logs}`,
  `logs:PutLogEvents on {${group}Logs}`,
];

/** The exact list. Whoever adds an action to a function adds it here, where it is seen. */
const table: Record<string, string[]> = {
  inference: [
    ...own('inference'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    `dynamodb:PutItem on ${log}`,
    `secretsmanager:GetSecretValue on ${tenants}`,
    'secretsmanager:GetSecretValue on secretsmanager:secret:keyway/platform/*',
    'bedrock:CountTokens on bedrock:*::foundation-model/*',
    'bedrock:CountTokens on bedrock:*:123456789012:inference-profile/*',
    'bedrock:InvokeModel on bedrock:*::foundation-model/*',
    'bedrock:InvokeModel on bedrock:*:123456789012:inference-profile/*',
    'bedrock:InvokeModelWithResponseStream on bedrock:*::foundation-model/*',
    'bedrock:InvokeModelWithResponseStream on bedrock:*:123456789012:inference-profile/*',
    'events:PutEvents on {Events}',
    'sts:AssumeRole on iam::*:role/keyway-*',
    'not sts:AssumeRole on iam::123456789012:role/*',
  ],
  'provider-keys': [
    ...own('providerkeys'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    `secretsmanager:CreateSecret on ${tenants}`,
    `secretsmanager:DeleteSecret on ${tenants}`,
    `secretsmanager:DescribeSecret on ${tenants}`,
    `secretsmanager:PutSecretValue on ${tenants}`,
    `secretsmanager:TagResource on ${tenants}`,
    `secretsmanager:UpdateSecretVersionStage on ${tenants}`,
    `dynamodb:PutItem on ${log}`,
  ],
  workspace: [
    ...own('workspace'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    `dynamodb:PutItem on ${log}`,
  ],
  operator: [
    ...own('operator'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    'secretsmanager:GetSecretValue on {AdminToken}',
    'secretsmanager:DescribeSecret on secretsmanager:secret:keyway/platform/*',
    'cloudwatch:DescribeAlarms on cloudwatch:alarm:*',
    `dynamodb:PutItem on ${log}`,
  ],
  records: [
    ...own('records'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:BatchGetItem on ${log}`,
    `dynamodb:GetItem on ${log}`,
    `dynamodb:Query on ${log}`,
    `dynamodb:Query on ${log}/index/recent`,
    'secretsmanager:GetSecretValue on {AdminToken}',
  ],
  console: own('console'),
  sweep: [
    ...own('sweep'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    `dynamodb:BatchGetItem on ${log}`,
    `dynamodb:GetItem on ${log}`,
    `dynamodb:PutItem on ${log}`,
    `dynamodb:Query on ${log}`,
    `secretsmanager:DeleteSecret on ${tenants}`,
    `secretsmanager:DescribeSecret on ${tenants}`,
    `secretsmanager:TagResource on ${tenants}`,
    `secretsmanager:UpdateSecretVersionStage on ${tenants}`,
    'secretsmanager:ListSecrets on *',
    'lambda:GetAccountSettings on *',
    ...['operator', 'providerkeys', 'records', 'workspace'].flatMap((name) => [
      `lambda:GetFunctionConcurrency on {${name}Function}`,
      `lambda:PutFunctionConcurrency on {${name}Function}`,
    ]),
    // From CDK's SqsDestination.
    'sqs:GetQueueAttributes on {SweepDeadLetters}',
    'sqs:GetQueueUrl on {SweepDeadLetters}',
    'sqs:SendMessage on {SweepDeadLetters}',
  ],
};

describe('permissions', () => {
  const template = synthesize();

  it.each(Object.keys(table))('of %s are exactly those of the table', (name) => {
    expect(allowed(template, name)).toEqual(table[name]?.sort());
  });

  it('belong to seven functions, and no role has a managed policy but the one with which CodeDeploy moves aliases', () => {
    expect(resourcesOf(template, 'AWS::IAM::Policy')).toHaveLength(Object.keys(table).length);
    const managed = resourcesOf(template, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties.ManagedPolicyArns !== undefined,
    );
    expect(managed.map(([id]) => id)).toEqual([expect.stringMatching(/^ReleaseRole/)]);
    expect(JSON.stringify(managed)).toContain('AWSCodeDeployRoleForLambdaLimited');
  });

  it('have no wildcard action, and `*` as a resource for what knows no resources only', () => {
    const lines = Object.keys(table).flatMap((name) => allowed(template, name));
    expect(lines.filter((line) => /^\S*\*/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.endsWith(' on *'))).toEqual([
      'lambda:GetAccountSettings on *',
      'secretsmanager:ListSecrets on *',
    ]);
  });

  it('let nobody both read and write secrets of tenants', () => {
    for (const name of Object.keys(table)) {
      const lines = allowed(template, name).filter((line) => line.endsWith(tenants));
      const reads = lines.filter((line) => line.startsWith('secretsmanager:GetSecretValue '));
      expect(reads.length === 0 || reads.length === lines.length, name).toBe(true);
    }
  });

  it('let the function of API keys write no money, no prices and no list of the operator', () => {
    const written = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('workspaceRole'))
      .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
      .filter(({ Action }) => [Action].flat().some((action) => /^dynamodb:(Put|Update|Delete|BatchWrite)/.test(action)))
      .filter(({ Resource }) => !JSON.stringify(Resource).includes('Log'));
    expect(written.map(({ Condition }) => Condition)).toEqual([
      {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['WS#*'] },
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'doc'] },
      },
    ]);
  });

  const assumptions = (of: Template) =>
    resourcesOf(of, 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('inferenceRole'))
      .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
      .filter(({ Action }) => [Action].flat().includes('sts:AssumeRole'))
      .map(({ Effect, Resource, Condition }) => [Effect, short(Resource), Condition]);

  it("let tenants' roles be assumed with an external id of Keyway's alone, and none of the own account", () => {
    expect(assumptions(template)).toEqual([
      ['Allow', 'iam::*:role/keyway-*', { StringLike: { 'sts:ExternalId': 'keyway-*' } }],
      ['Deny', 'iam::123456789012:role/*', { Null: { 'sts:ExternalId': 'false' } }],
    ]);
    const off = rolesOf(parseStage({ 'keyway:tenantRoles': 'off' }), '123456789012');
    expect(off).toEqual({ tenantRoles: [], ownRoles: [], federationRole: [] });
  });

  it('let the federation role be assumed for workspaces, by the inference function alone', () => {
    const federating = synthesize({
      'keyway:tenantRoles': 'ai/*',
      'keyway:ownAccountRoles': 'true',
      'keyway:vertexFederation': 'true',
    });
    const inWorkspace = { StringLike: { 'sts:RoleSessionName': 'ws_*' } };
    expect(assumptions(federating)).toEqual([
      ['Allow', 'iam::*:role/ai/*', { StringLike: { 'sts:ExternalId': 'keyway-*' } }],
      ['Allow', expect.stringMatching(/role\/keyway-prod-.*-google$/), inWorkspace],
    ]);
    const roles = resourcesOf(federating, 'AWS::IAM::Role').filter(([id]) =>
      id.startsWith('TenantTrustFederationRole'),
    );
    const [{ AssumeRolePolicyDocument: trust, ...rest } = {}] = roles.map(([, { Properties }]) => Properties);
    const [statement] = (trust as { Statement: Record<string, unknown>[] }).Statement;
    expect(JSON.stringify(statement?.Principal)).toMatch(/inferenceRole/);
    expect([statement?.Condition, roles.length]).toEqual([inWorkspace, 1]);
    expect(rest).not.toHaveProperty('Policies');
    const told = resourcesOf(federating, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
      JSON.stringify(Properties.Environment ?? {}).includes('KEYWAY_FEDERATION_ROLE_ARN'),
    );
    expect(told.map(([id]) => id.replace(/Function.*/, '')).sort()).toEqual(['inference', 'providerkeys']);
  });

  it('leave reserving concurrency out when the operator opts out', () => {
    const lines = allowed(synthesize({ 'keyway:reserveManagement': 'false' }), 'sweep');
    expect(lines.filter((line) => line.startsWith('lambda:'))).toEqual([]);
  });

  it('are on the tables and the secret that exist, where the operator names them', () => {
    const imported = synthesize({
      'keyway:configTable': 'kept-config',
      'keyway:logTable': 'kept-log',
      'keyway:existingAdminToken': true,
    });
    for (const name of Object.keys(table)) {
      const lines = allowed(imported, name).filter((line) => /^dynamodb:|admin-token/.test(line));
      for (const line of lines)
        expect(line).toMatch(
          / on (dynamodb:table\/kept-(config|log)(?:\/index\/recent)?|secretsmanager:secret:keyway\/admin-token-\?{6})$/,
        );
      expect(lines, name).toHaveLength(table[name]?.filter((line) => /^dynamodb:|AdminToken/.test(line)).length ?? 0);
    }
  });

  it.each(['providerkeys', 'operator'])(
    'let the function %s write records of changes into the log, and no others',
    (name) => {
      const ofLog = resourcesOf(template, 'AWS::IAM::Policy')
        .filter(([id]) => id.startsWith(`${name}Role`))
        .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
        .filter(({ Resource }) => short(Resource) === log);
      expect(ofLog.map(({ Condition }) => Condition)).toEqual([
        { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['AUDIT#*'] } },
      ]);
    },
  );

  it('let the function that shows records of all workspaces write nothing', () => {
    expect(
      allowed(template, 'records').filter((line) => !/:(BatchGetItem|GetItem|Query|GetSecretValue) /.test(line)),
    ).toEqual(own('records'));
  });

  it('leave Bedrock out when the operator opts out', () => {
    const lines = allowed(synthesize({ 'keyway:platformBedrock': 'false' }), 'inference');
    expect(lines.filter((line) => line.startsWith('bedrock:'))).toEqual([]);
    expect(lines).toContain(`secretsmanager:GetSecretValue on ${tenants}`);
  });

  it('include writing traces, and nothing more, when the operator wants them', () => {
    const traced = synthesize({ 'keyway:tracing': true });
    for (const name of Object.keys(table)) {
      const added = allowed(traced, name).filter((line) => !table[name]?.includes(line));
      expect(added, name).toEqual(['xray:PutTelemetryRecords on *', 'xray:PutTraceSegments on *']);
    }
  });
});
