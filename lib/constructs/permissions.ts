import { type Conditions, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Entry } from '../../functions/endpoints.ts';

/** Every function of the stack: one per entry, the scheduled sweep and its workers. */
export type FunctionName = Entry | 'sweep' | 'sweep-worker';

/** What the stack has when the request log is exported. */
export type ExporterName = 'telemetry-exporter' | 'archive-exporter';

/** What permissions are about. */
export type Resource =
  | 'config'
  | 'log'
  | 'logIndex'
  | 'tenantSecrets'
  | 'returningSecrets'
  | 'sealedSecrets'
  | 'sealingKey'
  | 'platformSecrets'
  | 'adminToken'
  | 'events'
  | 'logStream'
  | 'otlpHeaders'
  | 'archive'
  | 'models'
  | 'tenantRoles'
  | 'ownRoles'
  | 'federationRole'
  | 'anySecretName'
  | 'managementFunctions'
  | 'sweepQueue'
  | 'account'
  | 'alarms';

interface Permission {
  actions: string[];
  on: Resource;
  conditions?: Conditions;
  effect?: Effect.DENY;
}

/**
 * Only items of workspaces, and of them only these attributes: no balance, no price, no list of the operator's.
 * docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
function onlyAttributes(...names: string[]): Conditions {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['WS#*'] },
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...names] },
  };
}

/** Of the key that wraps data keys: for provider keys' secrets alone, and never without a workspace (functions/stores/envelope/seal.ts). */
const forProviderKeys: Conditions = {
  StringEquals: { 'kms:EncryptionContext:keyway:purpose': 'provider-key' },
  StringLike: { 'kms:EncryptionContext:keyway:workspace': 'ws_*' },
};

const read = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
const write = ['dynamodb:PutItem', 'dynamodb:UpdateItem'];
/** docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
const readStream = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
];

/** Records of changes, and nothing else in the log table: a request's record cannot be overwritten with it. */
const auditing: Permission = {
  on: 'log',
  actions: ['dynamodb:PutItem'],
  conditions: onlyIn('AUDIT#*'),
};

/** Only items in partitions of this name. */
function onlyIn(partitions: string): Conditions {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partitions] } };
}

/** That a workspace has records to sum up. */
const marking: Permission = { on: 'config', actions: ['dynamodb:PutItem'], conditions: onlyIn('ACTIVE#*') };

/**
 * Who may do what. Listed by hand: CDK's `grantReadWriteData` includes Scan and more. The function that writes the tenants' secrets
 * cannot read them, and the one that reads them cannot write. The one that shows records of all workspaces writes nothing.
 */
const permissions: Record<FunctionName | ExporterName, Permission[]> = {
  inference: [
    { on: 'config', actions: [...read, ...write] },
    { on: 'log', actions: ['dynamodb:PutItem'] },
    { on: 'tenantSecrets', actions: ['secretsmanager:GetSecretValue'] },
    { on: 'sealedSecrets', actions: ['dynamodb:GetItem'] },
    { on: 'sealingKey', actions: ['kms:Decrypt'], conditions: forProviderKeys },
    { on: 'platformSecrets', actions: ['secretsmanager:GetSecretValue'] },
    // Converse is authorized as InvokeModel: docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    { on: 'models', actions: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream', 'bedrock:CountTokens'] },
    // Never without an external id of Keyway's making, and never a role of the gateway's own account:
    // docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    {
      on: 'tenantRoles',
      actions: ['sts:AssumeRole'],
      conditions: { StringLike: { 'sts:ExternalId': 'keyway-*' } },
    },
    {
      on: 'ownRoles',
      actions: ['sts:AssumeRole'],
      conditions: { Null: { 'sts:ExternalId': 'false' } },
      effect: Effect.DENY,
    },
    {
      on: 'federationRole',
      actions: ['sts:AssumeRole'],
      conditions: { StringLike: { 'sts:RoleSessionName': 'ws_*' } },
    },
    { on: 'events', actions: ['events:PutEvents'] },
  ],
  'provider-keys': [
    { on: 'config', actions: [...read, ...write] },
    auditing,
    {
      on: 'tenantSecrets',
      actions: [
        'secretsmanager:CreateSecret',
        'secretsmanager:DeleteSecret',
        'secretsmanager:DescribeSecret',
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
        'secretsmanager:UpdateSecretVersionStage',
      ],
    },
    { on: 'returningSecrets', actions: ['secretsmanager:RestoreSecret'] },
    { on: 'sealedSecrets', actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'] },
    // A new data key for each secret. What it wrote before stays closed to it.
    { on: 'sealingKey', actions: ['kms:GenerateDataKey'], conditions: forProviderKeys },
  ],
  workspace: [
    { on: 'config', actions: read },
    { on: 'config', actions: write, conditions: onlyAttributes('doc') },
    { on: 'config', actions: ['dynamodb:UpdateItem'], conditions: onlyIn('CHANGES#*') },
    marking,
    // Requests to endpoints that the gateway does not have are logged, too; and what is changed.
    { on: 'log', actions: ['dynamodb:PutItem'] },
  ],
  operator: [
    { on: 'config', actions: [...read, ...write] },
    { on: 'adminToken', actions: ['secretsmanager:GetSecretValue'] },
    // That there is one, and which version: never a value.
    { on: 'platformSecrets', actions: ['secretsmanager:DescribeSecret'] },
    { on: 'alarms', actions: ['cloudwatch:DescribeAlarms'] },
    auditing,
  ],
  records: [
    { on: 'config', actions: read },
    { on: 'log', actions: read },
    { on: 'logIndex', actions: ['dynamodb:Query'] },
    { on: 'adminToken', actions: ['secretsmanager:GetSecretValue'] },
  ],
  console: [],
  sweep: [
    { on: 'config', actions: read },
    { on: 'config', actions: ['dynamodb:UpdateItem'], conditions: onlyIn('SWEEP') },
    { on: 'sweepQueue', actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'] },
    { on: 'managementFunctions', actions: ['lambda:GetFunctionConcurrency', 'lambda:PutFunctionConcurrency'] },
    // The account's quota, which has no resource.
    { on: 'account', actions: ['lambda:GetAccountSettings'] },
  ],
  'sweep-worker': [
    { on: 'config', actions: [...read, ...write] },
    { on: 'config', actions: ['dynamodb:DeleteItem'], conditions: onlyIn('ACTIVE#*') },
    { on: 'log', actions: [...read, 'dynamodb:PutItem'] },
    { on: 'sweepQueue', actions: ['sqs:SendMessage'] },
    {
      on: 'tenantSecrets',
      actions: [
        'secretsmanager:DeleteSecret',
        'secretsmanager:DescribeSecret',
        'secretsmanager:TagResource',
        'secretsmanager:UpdateSecretVersionStage',
      ],
    },
    { on: 'sealedSecrets', actions: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'] },
    // ListSecrets knows no resources; it shows names, never values.
    { on: 'anySecretName', actions: ['secretsmanager:ListSecrets'] },
  ],
  'telemetry-exporter': [
    { on: 'logStream', actions: readStream },
    { on: 'otlpHeaders', actions: ['secretsmanager:GetSecretValue'] },
  ],
  'archive-exporter': [
    { on: 'logStream', actions: readStream },
    { on: 'archive', actions: ['s3:PutObject'] },
  ],
};

/** The policy of one function. A resource without ARNs (what the operator opted out of) gives no statement. */
export function toStatements(name: FunctionName | ExporterName, arns: Record<Resource, string[]>): PolicyStatement[] {
  return permissions[name]
    .filter(({ on }) => arns[on].length > 0)
    .map(
      ({ on, actions, conditions, effect = Effect.ALLOW }) =>
        new PolicyStatement({ effect, actions, resources: arns[on], ...(conditions && { conditions }) }),
    );
}

/** The actions of one function on a kind of resource. */
export function actionsOn(name: FunctionName | ExporterName, resource: Resource): string[] {
  return permissions[name].filter(({ on }) => on === resource).flatMap(({ actions }) => actions);
}
