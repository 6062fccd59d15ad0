import { AspectPriority, Aspects, Aws, type IAspect, RemovalPolicy } from 'aws-cdk-lib';
import { CfnEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnKey, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import type { Stage } from '../../stage.ts';

/**
 * The customer-managed key of a stack: its own, or one that the company brings (its policy is the company's to write: docs/deploy.md).
 * Encrypts every log group, secret, bus and bucket of the scope, whoever adds it; tables take it as a property.
 */
export class Encryption extends Construct {
  readonly key: IKey;

  constructor(scope: Construct, stage: Stage, keyArn: string | null) {
    super(scope, 'Encryption');
    this.key = keyArn === null ? this.#ownKey(stage) : Key.fromKeyArn(this, 'Key', keyArn);
    Aspects.of(scope).add(encryptWith(this.key.keyArn), { priority: AspectPriority.MUTATING });
  }

  #ownKey(stage: Stage): Key {
    const key = new Key(this, 'Key', {
      enableKeyRotation: true,
      removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      description: `Keyway ${stage.name}: tables, secrets, logs, bus and bucket`,
    });
    // The id that the key had when it encrypted the tables alone. Under another one an upgrade would make a new key and let go of the old.
    (key.node.defaultChild as CfnKey).overrideLogicalId('TablesKeyD3984C03');
    for (const statement of serviceStatements()) key.addToResourcePolicy(statement);
    return key;
  }
}

/**
 * What the services do in their own name; DynamoDB and Secrets Manager act in the name of the caller, whose role allows it.
 * Names are patterns, because a key that named what it encrypts could not be made before it.
 */
function serviceStatements(): PolicyStatement[] {
  const arn = (service: string, resource: string) =>
    `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
  const events = new ServicePrincipal('events.amazonaws.com');
  return [
    // docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html. CloudFormation begins the names with the stack's.
    new PolicyStatement({
      sid: 'Logs',
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', `log-group:${Aws.STACK_NAME}-*`) },
      },
    }),
    // Two statements, because DescribeKey carries no encryption context:
    // docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
    new PolicyStatement({
      sid: 'EventsCheck',
      principals: [events],
      actions: ['kms:DescribeKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    new PolicyStatement({
      sid: 'Events',
      principals: [events],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: { 'kms:EncryptionContext:aws:events:event-bus:arn': arn('events', 'event-bus/*') },
      },
    }),
  ];
}

function encryptWith(keyArn: string): IAspect {
  return {
    visit(node: IConstruct) {
      if (node instanceof CfnLogGroup || node instanceof CfnSecret) node.kmsKeyId = keyArn;
      if (node instanceof CfnEventBus) node.kmsKeyIdentifier = keyArn;
      if (node instanceof CfnBucket) node.bucketEncryption = bucketEncryption(keyArn);
    },
  };
}

/** The bucket's own key below it saves a call to KMS, and its price, for nearly each object. */
function bucketEncryption(kmsMasterKeyId: string): CfnBucket.BucketEncryptionProperty {
  return {
    serverSideEncryptionConfiguration: [
      { bucketKeyEnabled: true, serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId } },
    ],
  };
}
