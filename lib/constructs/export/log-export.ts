import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Stage } from '../../stage.ts';
import { GatewayFunction } from '../gateway-function.ts';
import type { ExporterName, Resource } from '../permissions.ts';

export interface LogExportProps {
  stage: Stage;
  log: ITableV2;
  /** The policy of an exporter; `own`: what only this construct knows of its resources. */
  permissionsOf(name: ExporterName, own: Partial<Record<Resource, string[]>>): PolicyStatement[];
}

/**
 * What takes records from the log table's stream, off the request path. Each exporter reads for itself, so that a collector that is down
 * does not keep records from the bucket; a stream's shard may have two readers
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html).
 */
export class LogExport extends Construct {
  readonly functions: Partial<Record<ExporterName, GatewayFunction>> = {};
  readonly alarms: Alarm[] = [];
  readonly bucket: IBucket | null;
  readonly #props: LogExportProps;

  constructor(scope: Construct, id: string, props: LogExportProps) {
    super(scope, id);
    this.#props = props;
    const { stage } = props;
    const { otlpEndpoint, otlpSignals, bucket } = stage.export;
    if (otlpEndpoint !== null)
      this.#exporter('telemetry-exporter', {
        description: 'Sends spans and metrics to a collector',
        environment: {
          KEYWAY_OTLP_ENDPOINT: otlpEndpoint,
          ...(otlpSignals !== null && { KEYWAY_OTLP_SIGNALS: otlpSignals }),
          KEYWAY_SECRET_PREFIX: stage.secretPrefix,
          KEYWAY_STAGE: stage.name,
        },
        batchSize: 400,
        window: Duration.seconds(15),
      });
    this.bucket = bucket === null ? null : this.#bucketOf(bucket);
    if (this.bucket !== null) {
      const prefix = `keyway/${stage.name}/log/`;
      this.#exporter('archive-exporter', {
        description: 'Writes the request log to S3',
        environment: { KEYWAY_EXPORT_BUCKET: this.bucket.bucketName, KEYWAY_EXPORT_PREFIX: prefix },
        arns: { archive: [this.bucket.arnForObjects(`${prefix}*`)] },
        batchSize: 1000,
        // Objects of some size are cheaper to write and to query.
        window: Duration.minutes(2),
      });
    }
  }

  #exporter(
    name: ExporterName,
    its: {
      description: string;
      environment: Record<string, string>;
      arns?: Partial<Record<Resource, string[]>>;
      batchSize: number;
      window: Duration;
    },
  ): void {
    const { stage, log, permissionsOf } = this.#props;
    const queue = new Queue(this, `${name}-queue`, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const exporter = new GatewayFunction(this, name, {
      stage,
      entry: `functions/${name}.ts`,
      description: its.description,
      memoryMiB: 512,
      timeout: Duration.minutes(5),
      environment: its.environment,
      permissions: permissionsOf(name, its.arns ?? {}),
    });
    exporter.lambda.addEventSourceMapping('Stream', {
      eventSourceArn: log.tableStreamArn as string,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: its.batchSize,
      maxBatchingWindow: its.window,
      // Expired records leave by themselves, and changes are no requests (functions/stores/log/log-items.ts); nobody is woken for them.
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.or('INSERT', 'MODIFY'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('ws_') } } },
        }),
      ],
      reportBatchItemFailures: true,
      // For what ends the function itself: the batch is halved until it is known which record does.
      bisectBatchOnError: true,
      // A collector may be down for a night; the stream itself keeps records for a day.
      maxRecordAge: Duration.hours(12),
      retryAttempts: 1000,
      onFailure: new SqsDlq(queue),
    });
    this.functions[name] = exporter;
    this.#watch(name, exporter, queue);
  }

  #watch(name: ExporterName, { lambda, logGroup }: GatewayFunction, queue: Queue): void {
    const { stage } = this.#props;
    const period = Duration.minutes(5);
    const leftOut = logGroup.addMetricFilter(`${name}-left-out`, {
      filterPattern: FilterPattern.literal('"export_left_out"'),
      metricNamespace: stage.metricsNamespace,
      metricName: `${name}/ExportLeftOut`,
    });
    const alarm = (
      what: string,
      metric: IMetric,
      threshold: number,
      says: string,
      paragraph: string,
      evaluationPeriods = 1,
    ) =>
      this.alarms.push(
        new Alarm(this, `${name}-${what}`, {
          metric,
          threshold,
          evaluationPeriods,
          alarmDescription: `Keyway: ${says}. docs/runbook.md, "${paragraph}".`,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }),
      );
    alarm(
      'lags',
      // `IteratorAge`, in milliseconds: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
      lambda.metric('IteratorAge', { period, statistic: 'max' }),
      Duration.minutes(15).toMilliseconds(),
      `Function ${name} is a quarter of an hour behind the request log`,
      'Export lags',
      3,
    );
    alarm(
      'dead-letters',
      queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'max' }),
      1,
      `Function ${name} gave up on records of the request log`,
      'Export gave up',
    );
    alarm(
      'left-out',
      leftOut.metric({ period, statistic: 'sum' }),
      1,
      `Function ${name} left records out that cannot be exported`,
      'Export left records out',
    );
  }

  #bucketOf(setting: string): IBucket {
    if (setting !== 'true') return Bucket.fromBucketName(this, 'Bucket', setting);
    const { export: exported } = this.#props.stage;
    return new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(exported.retentionDays) }],
      // A bucket with objects cannot be deleted.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
