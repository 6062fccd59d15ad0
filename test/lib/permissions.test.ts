import { describe, expect, it } from 'vitest';
import { allowed, type Statement } from './allowed.ts';
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
  ],
  workspace: [
    ...own('workspace'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    `dynamodb:BatchGetItem on ${log}`,
    `dynamodb:GetItem on ${log}`,
    `dynamodb:PutItem on ${log}`,
    `dynamodb:Query on ${log}`,
  ],
  operator: [
    ...own('operator'),
    `dynamodb:BatchGetItem on ${config}`,
    `dynamodb:GetItem on ${config}`,
    `dynamodb:PutItem on ${config}`,
    `dynamodb:Query on ${config}`,
    `dynamodb:UpdateItem on ${config}`,
    'secretsmanager:GetSecretValue on {AdminToken}',
  ],
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
    ...['operator', 'providerkeys', 'workspace'].flatMap((name) => [
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

  it('belong to five functions, and no role has a managed policy but the one with which CodeDeploy moves aliases', () => {
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
          / on (dynamodb:table\/kept-(config|log)|secretsmanager:secret:keyway\/admin-token-\?{6})$/,
        );
      expect(lines, name).toHaveLength(table[name]?.filter((line) => /^dynamodb:|AdminToken/.test(line)).length ?? 0);
    }
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
