import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { actionsOn, type FunctionName, type Resource } from '../permissions.ts';

/** What a call to Secrets Manager needs of the key: docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html, "Permissions for the KMS key". */
const keyActions: Record<string, string[]> = {
  'secretsmanager:GetSecretValue': ['kms:Decrypt'],
  'secretsmanager:CreateSecret': ['kms:Decrypt', 'kms:GenerateDataKey'],
  'secretsmanager:PutSecretValue': ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/**
 * What a function may do with the customer-managed key, by what it may do with the data: only through the service that holds the data, and
 * for secrets only for those that it may use. So the function that stores provider keys may still read none.
 */
export function keyStatements(name: FunctionName, arns: Record<Resource, string[]>, keyArn: string): PolicyStatement[] {
  const secrets: Resource[] = ['tenantSecrets', 'platformSecrets', 'adminToken'];
  return [
    ...secrets.flatMap((resource) => {
      const actions = new Set(actionsOn(name, resource).flatMap((action) => keyActions[action] ?? []));
      return actions.size === 0 ? [] : [secretStatement([...actions], arns[resource], keyArn)];
    }),
    ...(['config', 'log'] as const)
      .filter((table) => actionsOn(name, table).length > 0)
      .slice(0, 1)
      .map(() => tableStatement(keyArn)),
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

/** DynamoDB uses the key in the caller's name: docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
function tableStatement(keyArn: string): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Aws.REGION}.amazonaws.com` } },
  });
}
