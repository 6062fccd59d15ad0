import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { actionsOn, type ExporterName, type FunctionName, type Resource } from '../permissions.ts';

/** What a call to Secrets Manager needs of the key: docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html, "Permissions for the KMS key". */
const keyActions: Record<string, string[]> = {
  'secretsmanager:GetSecretValue': ['kms:Decrypt'],
  'secretsmanager:CreateSecret': ['kms:Decrypt', 'kms:GenerateDataKey'],
  'secretsmanager:PutSecretValue': ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
const tableActions = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
/** A stream is read, never written: the same page. */
const streamActions = ['kms:Decrypt', 'kms:DescribeKey'];
/** An object that is written in one piece: docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html, "Permissions". */
const archiveActions = ['kms:GenerateDataKey'];

/**
 * What a function may do with the customer-managed key, by what it may do with the data: only through the service that holds the data, and
 * for secrets only for those that it may use. So the function that stores provider keys may still read none.
 */
export function keyStatements(
  name: FunctionName | ExporterName,
  arns: Record<Resource, string[]>,
  keyArn: string,
): PolicyStatement[] {
  const secrets: Resource[] = ['tenantSecrets', 'platformSecrets', 'adminToken', 'otlpHeaders'];
  const uses = (resource: Resource) => actionsOn(name, resource).length > 0;
  return [
    ...secrets.flatMap((resource) => {
      const actions = new Set(actionsOn(name, resource).flatMap((action) => keyActions[action] ?? []));
      return actions.size === 0 || arns[resource].length === 0
        ? []
        : [secretStatement([...actions], arns[resource], keyArn)];
    }),
    ...(uses('config') || uses('log') ? [through('dynamodb', tableActions, keyArn)] : []),
    ...(uses('logStream') ? [through('dynamodb', streamActions, keyArn)] : []),
    ...(uses('archive') ? [through('s3', archiveActions, keyArn)] : []),
  ];
}

function secretStatement(actions: string[], secretArns: string[], keyArn: string): PolicyStatement {
  return new PolicyStatement({
    actions,
    resources: [keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${Aws.REGION}.amazonaws.com` },
      // Secrets Manager's encryption context, on the same page.
      StringLike: { 'kms:EncryptionContext:SecretARN': secretArns },
    },
  });
}

/** In the caller's name, by the service that holds the data. */
function through(service: string, actions: string[], keyArn: string): PolicyStatement {
  return new PolicyStatement({
    actions,
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com` } },
  });
}
