import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type ITableV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { KeyStoreSettings } from '../settings/key-store.ts';
import type { Stage } from '../stage.ts';

/** How far back a deleted secret can be brought from: as far as the sweep's own window reaches. */
const recoveryDays = 7;

/** What gives or opens a data key, by any road: docs.aws.amazon.com/kms/latest/developerguide/kms-cryptography.html */
const cryptography = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/**
 * The second key store: the table of encrypted secrets (why it is a table of its own: functions/stores/envelope/sealed-items.ts), and the KMS
 * key that wraps their data keys. It stays when the stack goes: without it nothing in the table, nor in any backup of it, can be read again.
 */
export class KeyVault extends Construct {
  readonly table: ITableV2;
  readonly key: IKey;

  /** `encryption`: the account's key for tables; null: one that DynamoDB owns. */
  constructor(
    scope: Construct,
    stage: Stage,
    { table, keyArn }: NonNullable<KeyStoreSettings['kms']>,
    encryption: IKey | null,
  ) {
    super(scope, 'KeyVault');
    this.key = keyArn === null ? this.#ownKey(stage) : Key.fromKeyArn(this, 'Key', keyArn);
    this.table =
      table === null
        ? new TableV2(this, 'Table', {
            partitionKey: { name: 'pk', type: AttributeType.STRING },
            sortKey: { name: 'sk', type: AttributeType.STRING },
            billing: Billing.onDemand(),
            timeToLiveAttribute: 'expires_at',
            pointInTimeRecoverySpecification: {
              pointInTimeRecoveryEnabled: true,
              recoveryPeriodInDays: recoveryDays,
            },
            deletionProtection: stage.deletionProtection,
            removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
            encryption: encryption
              ? TableEncryptionV2.customerManagedKey(encryption)
              : TableEncryptionV2.dynamoOwnedKey(),
          })
        : TableV2.fromTableName(this, 'Table', table);
  }

  get environment(): Record<string, string> {
    return { KEYWAY_KEY_TABLE: this.table.tableName, KEYWAY_KEY_STORE_KMS_KEY: this.key.keyArn };
  }

  /** Whatever a policy of this role says or will say: it unwraps nothing. No effect on a key that the account brings. */
  neverDecrypts(role: IRole): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'WriterNeverDecrypts',
        effect: Effect.DENY,
        principals: [role],
        actions: ['kms:Decrypt', 'kms:ReEncryptFrom'],
        resources: ['*'],
      }),
    );
  }

  #ownKey(stage: Stage): Key {
    const key = new Key(this, 'Key', {
      alias: `${stage.secretPrefix}-provider-keys`,
      description: `Keyway ${stage.name}: wraps the data keys of provider keys' secrets`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Nobody, of whatever rights, uses it for anything else or without saying for which workspace, which CloudTrail then shows.
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyForProviderKeys',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: cryptography,
        resources: ['*'],
        conditions: { StringNotEquals: { 'kms:EncryptionContext:keyway:purpose': 'provider-key' } },
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyForAWorkspace',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: cryptography,
        resources: ['*'],
        conditions: { StringNotLike: { 'kms:EncryptionContext:keyway:workspace': 'ws_*' } },
      }),
    );
    return key;
  }
}
