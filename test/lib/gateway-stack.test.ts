import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recentIndex } from '../../functions/stores/log/log-items.ts';
import { propertiesOf, readable, resourcesOf, synthesize, type TemplateResource } from './synthesize.ts';

const production = synthesize();
const development = synthesize({ 'keyway:stage': 'dev' });

describe('the tables', () => {
  it.each([
    ['prod', production, true, 'Retain'],
    ['dev', development, false, 'Delete'],
  ])(
    'of stage %s are on demand, expire items, can be restored, and are protected by stage',
    (_, template, protectedTable, deletionPolicy) => {
      const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
      expect(tables.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['TablesConfig', 'TablesLog']);
      for (const [, { Properties, DeletionPolicy }] of tables) {
        expect(Properties).toMatchObject({
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: expect.arrayContaining([
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ]),
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
          Replicas: [
            {
              Region: 'eu-central-1',
              DeletionProtectionEnabled: protectedTable,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            },
          ],
        });
        expect(DeletionPolicy).toBe(deletionPolicy);
      }
    },
  );

  it('have one index, of what is looked for across workspaces, as the local stores have it', () => {
    const [config, log] = resourcesOf(production, 'AWS::DynamoDB::GlobalTable').map(([, { Properties }]) => Properties);
    expect(config).not.toHaveProperty('GlobalSecondaryIndexes');
    expect(log?.GlobalSecondaryIndexes).toEqual([recentIndex]);
  });
});

describe('what a stack that was destroyed left', () => {
  const again = synthesize({
    'keyway:configTable': 'kept-config',
    'keyway:logTable': 'kept-log',
    'keyway:existingAdminToken': true,
  });

  it('is taken up by name: nothing of it is made anew, and the functions use it', () => {
    again.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    again.resourceCountIs('AWS::SecretsManager::Secret', 0);
    for (const [, { Properties }] of resourcesOf(again, 'AWS::Lambda::Function'))
      expect((Properties.Environment as { Variables: object }).Variables).toMatchObject({
        KEYWAY_CONFIG_TABLE: 'kept-config',
        KEYWAY_LOG_TABLE: 'kept-log',
        KEYWAY_SECRET_PREFIX: 'keyway',
      });
    const outputs = again.findOutputs('*');
    expect([outputs.ConfigTable?.Value, outputs.LogTable?.Value]).toEqual(['kept-config', 'kept-log']);
    expect(JSON.stringify(again.findResources('AWS::CloudWatch::Alarm'))).toContain(
      JSON.stringify({ Name: 'TableName', Value: 'kept-config' }),
    );
  });

  it('may be one table alone: a restored configuration beside the log of before', () => {
    const restored = synthesize({ 'keyway:configTable': 'restored' });
    const left = resourcesOf(restored, 'AWS::DynamoDB::GlobalTable').map(([id]) => id);
    const before = resourcesOf(production, 'AWS::DynamoDB::GlobalTable').map(([id]) => id);
    // The log keeps its logical id, so that CloudFormation keeps the table.
    expect(left).toEqual(before.filter((id) => id.startsWith('TablesLog')));
    restored.resourceCountIs('AWS::SecretsManager::Secret', 1);
  });

  it('has nothing with a fixed name in its way but the admin token, which can be kept', () => {
    const named = Object.entries(production.toJSON().Resources as Record<string, TemplateResource>).flatMap(
      ([id, { Type, Properties }]) =>
        ['TableName', 'FunctionName', 'LogGroupName', 'QueueName', 'RoleName', 'Name', 'SecretName']
          .filter((name) => typeof Properties?.[name] === 'string')
          .map((name) => `${Type} ${name} ${String(Properties[name])} ${id}`.split(' ').slice(0, 3).join(' ')),
    );
    // Aliases, the API and the metric filters are named within their parents, and queries may share a name.
    const global = named.filter((line) => !/::(Alias|RestApi|MetricFilter|EventBus|QueryDefinition) /.test(line));
    expect(global).toEqual(['AWS::SecretsManager::Secret Name keyway/admin-token']);
  });
});

describe('the admin token', () => {
  it.each([
    ['prod', production, 'Retain'],
    ['dev', development, 'Delete'],
  ])('of stage %s outlives its stack as the tables do', (_, template, deletionPolicy) => {
    const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret');
    expect(secrets.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual([deletionPolicy]);
  });
});

describe('the functions', () => {
  const functions = resourcesOf(production, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties);

  it('are eight, on Node 24 and arm64, and log JSON into groups of their own', () => {
    expect(functions).toHaveLength(8);
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
    expect(new Set(functions.map((properties) => JSON.stringify(properties.LoggingConfig))).size).toBe(8);
    production.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('know no environment variable that environment.ts does not read', () => {
    const source = readFileSync(join(import.meta.dirname, '../../functions/environment.ts'), 'utf8');
    const known = new Set(source.match(/'[A-Z][A-Z_]+'/g)?.map((name) => name.slice(1, -1)));
    const all = synthesize({
      'keyway:bedrockDefaultRegion': 'eu-west-1',
      'keyway:deadlineMs': 600000,
      'keyway:firstByteTimeoutMs': 30000,
      'keyway:openaiBaseUrl': 'https://eu.api.openai.com/v1',
      'keyway:platformFeePercent': 5,
    });
    for (const [, { Properties }] of resourcesOf(all, 'AWS::Lambda::Function')) {
      const names = Object.keys((Properties.Environment as { Variables: Record<string, unknown> }).Variables);
      expect(names.filter((name) => !known.has(name))).toEqual([]);
      // What tenants trust is told to the two functions that need it.
      const ofSome = [
        'KEYWAY_ALARM_PREFIXES',
        'KEYWAY_MANAGEMENT_FUNCTIONS',
        'KEYWAY_PRINCIPAL_ARN',
        'KEYWAY_SWEEP_QUEUE',
      ];
      expect(names.filter((name) => !ofSome.includes(name))).toHaveLength(10);
    }
  });

  it('are not deployed with a setting that they would refuse at start', () => {
    expect(() => synthesize({ 'keyway:platformFeePercent': 101 })).toThrow(
      'KEYWAY_PLATFORM_FEE_PERCENT must be a number from 0 to 100',
    );
  });

  it('that manage get concurrency of their own from the sweep, not from the template: a new account has no room for it', () => {
    const environments = functions.map(
      (properties) => properties.Environment as { Variables: Record<string, unknown> },
    );
    const wanted = environments.flatMap(({ Variables }) => Variables.KEYWAY_MANAGEMENT_FUNCTIONS ?? []);
    expect(wanted.map((value) => readable(value).replaceAll(/[0-9A-F]{8}\}/g, '}'))).toEqual([
      '{operatorFunction}=5,{providerkeysFunction}=10,{recordsFunction}=10,{workspaceFunction}=40',
    ]);
    expect(JSON.stringify(synthesize({ 'keyway:reserveManagement': false }).toJSON())).not.toContain(
      'MANAGEMENT_FUNCTIONS',
    );
  });

  it('share concurrency in the template unless the operator reserves some for inference', () => {
    expect(functions.filter((properties) => properties.ReservedConcurrentExecutions !== undefined)).toEqual([]);
    const reserved = resourcesOf(synthesize({ 'keyway:inferenceConcurrency': 20 }), 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties,
    );
    expect(
      reserved.map((properties) => properties.ReservedConcurrentExecutions).filter((value) => value !== undefined),
    ).toEqual([20]);
  });

  it('outlast the deadline of an inference, and 29 s otherwise', () => {
    const timeouts = functions.map((properties) => [properties.Description, properties.Timeout]);
    expect(timeouts).toContainEqual(['Calls providers and streams', 900]);
    expect(timeouts.filter(([, timeout]) => timeout === 29)).toHaveLength(5);
  });
});

describe('secrets', () => {
  it('hold a generated admin token and nothing else: the operator stores the platform credentials', () => {
    const secret = propertiesOf(production, 'AWS::SecretsManager::Secret');
    expect(secret).toMatchObject({
      Name: 'keyway/admin-token',
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    });
    expect(secret).not.toHaveProperty('SecretString');
    development.hasResourceProperties('AWS::SecretsManager::Secret', { Name: 'keyway-dev/admin-token' });
  });
});

describe('the stage of the API', () => {
  it('is throttled, logs metadata only, and traces no data', () => {
    const stage = propertiesOf(synthesize({ 'keyway:accountLogRole': 'existing' }), 'AWS::ApiGateway::Stage');
    expect(stage.MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        DataTraceEnabled: false,
        LoggingLevel: 'OFF',
        ThrottlingRateLimit: 1000,
        ThrottlingBurstLimit: 500,
      },
    ]);
    const format = (stage.AccessLogSetting as { Format: string }).Format;
    expect(
      Object.values(JSON.parse(format) as Record<string, string>).every((value) => /^\$context\.[\w.]+$/.test(value)),
    ).toBe(true);
    expect(format).not.toMatch(/body|header|authoriz|querystring|\$context\.path|identity\.apiKey/i);
  });

  it.each([
    [undefined, false, false],
    ['none', false, false],
    ['existing', false, true],
    ['set', true, true],
  ])(
    'sets the log role of the account only when asked, and has access logs only where there is one: %s',
    (role, sets, logs) => {
      const template = synthesize(role === undefined ? {} : { 'keyway:accountLogRole': role });
      template.resourceCountIs('AWS::ApiGateway::Account', sets ? 1 : 0);
      expect(propertiesOf(template, 'AWS::ApiGateway::Stage').AccessLogSetting !== undefined).toBe(logs);
      template.resourceCountIs('AWS::Logs::LogGroup', logs ? 9 : 8);
    },
  );
});

describe('the sweep', () => {
  it('runs every five minutes, and a failed run becomes a dead letter', () => {
    production.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    const rule = propertiesOf(production, 'AWS::Events::Rule');
    expect((rule.Targets as Record<string, unknown>[])[0]).toHaveProperty('DeadLetterConfig.Arn');
    production.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('hands out its work through a queue: a slice at a time, few at once, and what fails five times is kept', () => {
    const queues = resourcesOf(production, 'AWS::SQS::Queue');
    expect(queues.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      'SweepDeadLetters',
      'SweepQueueDeadLetters',
      'SweepQueueWork',
    ]);
    const work = queues.find(([id]) => id.startsWith('SweepQueueWork'))?.[1].Properties;
    const timeout = (name: string) => {
      const [, found] = resourcesOf(production, 'AWS::Lambda::Function').find(([id]) => id.startsWith(name)) ?? [];
      return Number(found?.Properties.Timeout);
    };
    expect(Number(work?.VisibilityTimeout)).toBe(6 * timeout('sweepworkerFunction'));
    expect(work?.RedrivePolicy).toMatchObject({ maxReceiveCount: 5 });
    production.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 4 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    for (const name of ['sweepFunction', 'sweepworkerFunction']) {
      const [, found] = resourcesOf(production, 'AWS::Lambda::Function').find(([id]) => id.startsWith(name)) ?? [];
      expect(JSON.stringify(found?.Properties.Environment)).toMatch(/"KEYWAY_SWEEP_QUEUE":\{"Ref":"SweepQueueWork/);
    }
  });
});

describe('outputs', () => {
  it('name what an operator needs next', () => {
    expect(Object.keys(production.findOutputs('*')).sort()).toEqual(
      expect.arrayContaining(['AdminTokenSecret', 'ApiUrl', 'ConfigTable', 'EventBus', 'LogTable']),
    );
  });
});
