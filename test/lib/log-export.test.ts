import { describe, expect, it } from 'vitest';
import { allowed } from './allowed.ts';
import { propertiesOf, readable, resourcesOf, synthesize } from './synthesize.ts';

const none = synthesize();
const both = synthesize({
  'keyway:otlpEndpoint': 'https://otlp.example.com/base',
  'keyway:otlpSignals': 'traces',
  'keyway:exportBucket': 'true',
  'keyway:alarmEmail': 'operator@example.com',
});

const logTable = (template: typeof none) =>
  resourcesOf(template, 'AWS::DynamoDB::GlobalTable').find(([id]) => id.startsWith('TablesLog'))?.[1].Properties;
const functionOf = (template: typeof none, description: RegExp) =>
  resourcesOf(template, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
    description.test(String(Properties.Description)),
  );

/** What reads the log table's stream; the sweep's queue is read, too. */
const mappingsOf = (template: typeof none) =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .map(([, { Properties }]) => Properties)
    .filter((mapping) => 'StartingPosition' in mapping);

describe('without a place to export to', () => {
  it('there is no stream, no exporter, no bucket and no further queue', () => {
    expect(logTable(none)).not.toHaveProperty('StreamSpecification');
    expect(mappingsOf(none)).toEqual([]);
    none.resourceCountIs('AWS::S3::Bucket', 0);
    // The sweep's: its work, what is given up of it, and what is given up of its schedule.
    none.resourceCountIs('AWS::SQS::Queue', 3);
    expect(functionOf(none, /collector|S3/)).toEqual([]);
  });
});

describe('with a collector and a bucket', () => {
  it('the log table has a stream, and the configuration has none', () => {
    expect(logTable(both)).toMatchObject({ StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } });
    for (const [id, { Properties }] of resourcesOf(both, 'AWS::DynamoDB::GlobalTable'))
      if (!id.startsWith('TablesLog')) expect(Properties).not.toHaveProperty('StreamSpecification');
  });

  it('each exporter reads the stream for itself, and what it gives up goes to a queue of its own', () => {
    const mappings = mappingsOf(both);
    expect(mappings).toHaveLength(2);
    for (const mapping of mappings)
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: 43_200,
        MaximumRetryAttempts: 1000,
        // Of the audit trail, which lies in the same table, nothing is exported.
        FilterCriteria: {
          Filters: [
            { Pattern: '{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"ws_"}]}}}}' },
          ],
        },
      });
    const queues = mappings.map(({ DestinationConfig }) =>
      readable((DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination),
    );
    expect(new Set(queues).size).toBe(2);
  });

  it('their settings are in the environment, and no header is', () => {
    const [[, telemetry] = []] = functionOf(both, /collector/);
    const [[, archive] = []] = functionOf(both, /S3/);
    expect(telemetry?.Properties.Environment).toEqual({
      Variables: {
        KEYWAY_OTLP_ENDPOINT: 'https://otlp.example.com/base',
        KEYWAY_OTLP_SIGNALS: 'traces',
        KEYWAY_SECRET_PREFIX: 'keyway',
        KEYWAY_STAGE: 'prod',
      },
    });
    expect(archive?.Properties.Environment).toEqual({
      Variables: {
        KEYWAY_EXPORT_BUCKET: { Ref: expect.stringMatching(/^ExportBucket/) },
        KEYWAY_EXPORT_PREFIX: 'keyway/prod/log/',
      },
    });
  });

  it('the exporters may do this and nothing else', () => {
    const common = (name: string) => [
      `dynamodb:DescribeStream on {TablesLog}`,
      `dynamodb:GetRecords on {TablesLog}`,
      `dynamodb:GetShardIterator on {TablesLog}`,
      `dynamodb:ListStreams on {TablesLog}`,
      `logs:CreateLogStream on {Export${name}Logs}`,
      `logs:PutLogEvents on {Export${name}Logs}`,
      `sqs:GetQueueAttributes on {Export${name}queue}`,
      `sqs:GetQueueUrl on {Export${name}queue}`,
      `sqs:SendMessage on {Export${name}queue}`,
    ];
    expect(allowed(both, 'Exporttelemetryexporter')).toEqual(
      [
        ...common('telemetryexporter'),
        'secretsmanager:GetSecretValue on secretsmanager:secret:keyway/otlp-headers-??????',
      ].sort(),
    );
    expect(allowed(both, 'Exportarchiveexporter')).toEqual(
      [...common('archiveexporter'), 's3:PutObject on {ExportBucket}/keyway/prod/log/*'].sort(),
    );
  });

  it('the bucket is closed, encrypted, forgets by itself, and outlives the stack', () => {
    expect(propertiesOf(both, 'AWS::S3::Bucket')).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 400, Status: 'Enabled' }] },
    });
    expect(resourcesOf(both, 'AWS::S3::Bucket')[0]?.[1].DeletionPolicy).toBe('Retain');
    both.hasOutput('ExportBucket', {});
  });

  it('an alarm rings for what lags, what was given up and what was left out, of each', () => {
    const alarms = resourcesOf(both, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Export'));
    expect(alarms.map(([, { Properties }]) => Properties.AlarmDescription).sort()).toEqual(
      ['archive-exporter', 'telemetry-exporter'].flatMap((name) => [
        `Keyway: Function ${name} gave up on records of the request log. docs/runbook.md, "Export gave up".`,
        `Keyway: Function ${name} is a quarter of an hour behind the request log. docs/runbook.md, "Export lags".`,
        `Keyway: Function ${name} left records out that cannot be exported. docs/runbook.md, "Export left records out".`,
      ]),
    );
    for (const [id, { Properties }] of alarms) expect(Properties.AlarmActions, id).toHaveLength(1);
  });
});

describe('an export', () => {
  it('to a bucket that is there already writes under a prefix of the stage', () => {
    const own = synthesize({ 'keyway:stage': 'dev', 'keyway:exportBucket': 'company-logs' });
    own.resourceCountIs('AWS::S3::Bucket', 0);
    expect(mappingsOf(own)).toHaveLength(1);
    expect(allowed(own, 'Exportarchiveexporter')).toContain('s3:PutObject on s3:::company-logs/keyway/dev/log/*');
  });

  it('is switched off by false', () => {
    expect(mappingsOf(synthesize({ 'keyway:exportBucket': false }))).toEqual([]);
  });
});
