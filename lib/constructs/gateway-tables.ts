import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** The two tables: configuration (what must not be lost) and the request log (what expires). Made here unless the stage names them. */
export class GatewayTables extends Construct {
  readonly config: ITableV2;
  readonly log: ITableV2;

  /** `key` null: one that DynamoDB owns. */
  constructor(scope: Construct, id: string, stage: Stage, key: IKey | null) {
    super(scope, id);
    const removalPolicy = stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const shape = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expires_at',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: stage.deletionProtection,
      removalPolicy,
      encryption: key ? TableEncryptionV2.customerManagedKey(key) : TableEncryptionV2.dynamoOwnedKey(),
    };
    const { configTable, logTable, logTableStream } = stage;
    this.config =
      configTable === null ? new TableV2(this, 'Config', shape) : TableV2.fromTableName(this, 'Config', configTable);
    const exported = stage.export.otlpEndpoint !== null || stage.export.bucket !== null;
    // Both images: a record that replaces another is told from one that is new.
    const stream = exported ? { dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES } : {};
    // What is looked for across workspaces: failed requests and changes (functions/stores/log/log-items.ts). Items without `recent` are not in it.
    // One index and no second one: an existing table takes one at a time.
    const recent = {
      indexName: 'recent',
      partitionKey: { name: 'recent', type: AttributeType.STRING },
      sortKey: shape.sortKey,
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [
        'workspace_id',
        'api_key_id',
        'status',
        'error_code',
        'kind',
        'provider',
        'model',
        'route',
        'message',
        'operation',
        'actor',
        'outcome',
      ],
    };
    this.log =
      logTable === null
        ? new TableV2(this, 'Log', { ...shape, ...stream, globalSecondaryIndexes: [recent] })
        : TableV2.fromTableAttributes(this, 'Log', {
            tableName: logTable,
            globalIndexes: [recent.indexName],
            ...(logTableStream !== null && { tableStreamArn: logTableStream }),
          });
  }
}
