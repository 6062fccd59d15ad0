import { Aws, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { readEnvironment } from '../functions/environment.ts';
import { AccountRules } from './constructs/account/account-rules.ts';
import { keyStatements } from './constructs/account/key-statements.ts';
import { LogExport } from './constructs/export/log-export.ts';
import { bufferedTimeout, GatewayApi, streamTimeout } from './constructs/gateway-api.ts';
import { GatewayFunction } from './constructs/gateway-function.ts';
import { GatewayTables } from './constructs/gateway-tables.ts';
import { KeyVault } from './constructs/key-vault.ts';
import { Observability } from './constructs/observability/observability.ts';
import { type ExporterName, type FunctionName, type Resource, toStatements } from './constructs/permissions.ts';
import { GatewayRelease } from './constructs/release/gateway-release.ts';
import { ContainerShell } from './constructs/shells/container-shell.ts';
import { WebFunctionShell } from './constructs/shells/web-function-shell.ts';
import { SweepQueue, workerTimeout } from './constructs/sweep-queue.ts';
import { SweepSchedule } from './constructs/sweep-schedule.ts';
import { rolesOf, TenantTrust } from './constructs/tenant-trust.ts';
import type { Stage } from './stage.ts';

/** CPU grows with memory: a whole vCPU at 1769 MB. The inference function mostly waits, and its memory is the stage's choice. */
const sizes: Record<FunctionName, { description: string; memoryMiB: number | null; timeout: Duration }> = {
  inference: { description: 'Calls providers and streams', memoryMiB: null, timeout: streamTimeout },
  'provider-keys': { description: 'Stores provider keys; cannot read them', memoryMiB: 1024, timeout: bufferedTimeout },
  workspace: { description: 'API keys, models, balance', memoryMiB: 1024, timeout: bufferedTimeout },
  operator: { description: 'Workspaces and credits', memoryMiB: 1024, timeout: bufferedTimeout },
  records: { description: 'Logs, usage, audit trail; writes nothing', memoryMiB: 1024, timeout: bufferedTimeout },
  console: { description: 'The page for people', memoryMiB: 512, timeout: bufferedTimeout },
  sweep: { description: 'Finds what the sweep has to do', memoryMiB: 512, timeout: Duration.minutes(4) },
  // A whole vCPU: of a workspace with a thousand requests a second it sums up millions of records an hour.
  'sweep-worker': { description: 'Closes hours, settles forgotten holds', memoryMiB: 1769, timeout: workerTimeout },
};

export interface GatewayStackProps extends StackProps {
  stage: Stage;
}

/**
 * The whole gateway. The platform's own credentials are not made here: the operator stores them as `<prefix>/platform/<provider>`,
 * so that no deployment ever holds them.
 */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { stage } = props;
    const account = new AccountRules(this, 'Account', stage);
    const tables = new GatewayTables(this, 'Tables', stage, account.key);
    const { kms, store, secretsManager } = stage.keyStore;
    const vault = kms === null ? null : new KeyVault(this, stage, kms, account.key);
    const bus = new EventBus(this, 'Events', { description: `Keyway ${stage.name}: changes of provider keys' health` });
    const sweepQueue = new SweepQueue(this, 'SweepQueue');
    const adminToken = this.#adminToken(stage);

    const environment = {
      ...stage.environment,
      KEYWAY_CONFIG_TABLE: tables.config.tableName,
      KEYWAY_LOG_TABLE: tables.log.tableName,
      KEYWAY_SECRET_PREFIX: stage.secretPrefix,
      KEYWAY_EVENT_BUS: bus.eventBusName,
      KEYWAY_METRICS_NAMESPACE: stage.metricsNamespace,
      ...account.environment,
      ...(vault !== null && { ...vault.environment, KEYWAY_KEY_STORE: store }),
      ...(vault !== null && secretsManager && { KEYWAY_OTHER_KEY_STORE: '1' }),
    };
    // A setting that the functions would refuse at start is refused here.
    readEnvironment(environment);

    const secrets = `arn:${Aws.PARTITION}:secretsmanager:${this.region}:${this.account}:secret:${stage.secretPrefix}`;
    const bedrock = `arn:${Aws.PARTITION}:bedrock:*:`;
    const arns: Record<Resource, string[]> = {
      config: [tables.config.tableArn],
      log: [tables.log.tableArn],
      logIndex: [`${tables.log.tableArn}/index/recent`],
      tenantSecrets: secretsManager ? [`${secrets}/tenants/*`] : [],
      returningSecrets: secretsManager && vault !== null ? [`${secrets}/tenants/*`] : [],
      sealedSecrets: vault === null ? [] : [vault.table.tableArn],
      sealingKey: vault === null ? [] : [vault.key.keyArn],
      platformSecrets: [`${secrets}/platform/*`],
      adminToken: [adminToken],
      events: [bus.eventBusArn],
      // Any region: keys and inference profiles choose it. A call through a profile needs the models behind it as well.
      models: stage.platformBedrock
        ? [`${bedrock}:foundation-model/*`, `${bedrock}${this.account}:inference-profile/*`]
        : [],
      anySecretName: secretsManager ? ['*'] : [],
      ...rolesOf(stage, this.account),
      logStream: tables.log.tableStreamArn === undefined ? [] : [tables.log.tableStreamArn],
      otlpHeaders: [`${secrets}/otlp-headers-??????`],
      archive: [],
      managementFunctions: [],
      sweepQueue: [sweepQueue.work.queueArn],
      account: [],
      // A list by the beginning of names is asked of all alarms; narrower ARNs allow single names alone, and composite alarms need `*`:
      // docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
      alarms: [`arn:${Aws.PARTITION}:cloudwatch:${this.region}:${this.account}:alarm:*`],
    };
    const permissionsOf = (name: FunctionName | ExporterName, on = arns) => [
      ...toStatements(name, on),
      ...(account.key ? keyStatements(name, on, account.key.keyArn) : []),
    ];
    const make = (
      name: FunctionName,
      more: { arns?: Partial<typeof arns>; environment?: Record<string, string> } = {},
    ) => {
      const reserved =
        name === 'inference' && stage.inferenceConcurrency !== null
          ? { reservedConcurrency: stage.inferenceConcurrency }
          : {};
      return new GatewayFunction(this, name, {
        stage,
        entry: `functions/${name}.ts`,
        environment: { ...environment, ...more.environment },
        // The page's function has nothing to decrypt.
        permissions: name === 'console' ? [] : permissionsOf(name, { ...arns, ...more.arns }),
        ...sizes[name],
        memoryMiB: sizes[name].memoryMiB ?? stage.inferenceMemory,
        ...reserved,
        ...(name === 'console' && { folders: { console: 'console/dist' } }),
        ...(name === 'inference' && stage.shell === 'container' && { alsoFor: ['ecs-tasks.amazonaws.com'] }),
      });
    };
    const served = {
      inference: make('inference'),
      'provider-keys': make('provider-keys'),
      workspace: make('workspace'),
      operator: make('operator', { environment: { KEYWAY_ALARM_PREFIXES: alarmPrefixes(this.stackName) } }),
      records: make('records'),
      console: make('console'),
    };
    const { arns: reserved = {}, environment: reserving = {} } = stage.reserveManagement ? reservations(served) : {};
    const work = { KEYWAY_SWEEP_QUEUE: sweepQueue.work.queueUrl };
    const functions = {
      ...served,
      sweep: make('sweep', { arns: reserved, environment: { ...work, ...reserving } }),
      'sweep-worker': make('sweep-worker', { environment: work }),
    };
    sweepQueue.feed(functions['sweep-worker'].lambda);

    vault?.neverDecrypts(functions['provider-keys'].role);

    const trust = new TenantTrust(this, 'TenantTrust', stage, functions.inference.lambda, [
      functions.inference.lambda,
      functions['provider-keys'].lambda,
    ]);

    const { aliases } = new GatewayRelease(this, 'Release', stage, served);
    const shell = this.#shell(stage, { ...environment, ...trust.environment }, functions.inference.role);
    const { api, accessLog } = new GatewayApi(this, 'Api', stage, aliases, shell?.origin ?? null);
    const { deadLetters } = new SweepSchedule(this, 'Sweep', functions.sweep.lambda);
    const exports = new LogExport(this, 'Export', {
      stage,
      log: tables.log,
      permissionsOf: (name, own) => permissionsOf(name, { ...arns, ...own }),
    });
    new Observability(this, 'Observability', {
      stage,
      api,
      accessLog,
      functions,
      tables: { Config: tables.config, Log: tables.log, ...(vault !== null && { Keys: vault.table }) },
      deadLetters,
      sweepQueue,
      bus,
      webLog: shell?.logGroup ?? null,
      more: exports,
    });

    const url = account.guard(api, [...Object.values(functions), ...Object.values(exports.functions)]);
    new CfnOutput(this, 'ApiUrl', { value: url, description: 'Base URL; with or without v1 behind it' });
    new CfnOutput(this, 'ConfigTable', { value: tables.config.tableName });
    new CfnOutput(this, 'LogTable', { value: tables.log.tableName });
    if (vault !== null) {
      new CfnOutput(this, 'KeyTable', { value: vault.table.tableName });
      new CfnOutput(this, 'KeyStoreKey', { value: vault.key.keyArn });
    }
    if (exports.bucket) new CfnOutput(this, 'ExportBucket', { value: exports.bucket.bucketName });
    new CfnOutput(this, 'EventBus', { value: bus.eventBusName });
    new CfnOutput(this, 'AdminTokenSecret', {
      value: `${stage.secretPrefix}/admin-token`,
      description: 'Name of the secret that holds the admin token',
    });
  }

  /** The web server in the place of the inference function; null: the function itself. */
  #shell(stage: Stage, environment: Record<string, string>, role: Role) {
    if (stage.shell === 'container') return new ContainerShell(this, 'Container', { stage, environment, role });
    if (stage.shell === 'web-function') return new WebFunctionShell(this, 'WebFunction', { stage, environment, role });
    return null;
  }

  /** The ARN of the secret that lets operators in. */
  #adminToken(stage: Stage): string {
    const secretName = `${stage.secretPrefix}/admin-token`;
    // The end of an ARN is six random characters, which only its creator knows.
    if (stage.existingAdminToken) return `${Secret.fromSecretNameV2(this, 'AdminToken', secretName).secretArn}-??????`;
    return new Secret(this, 'AdminToken', {
      secretName,
      description: 'Keyway: what operators authenticate with, a token or a JSON list of {name, role, hash}',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      // With the tables, which it lets operators into.
      removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }).secretArn;
  }
}

/**
 * What CloudFormation lets the names of this stack's alarms begin with: its name, and the constructs that make alarms. Their full names would
 * be a circle: alarms look at the function that asks for them. docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-physical-names.html
 */
function alarmPrefixes(stackName: string): string {
  return ['Observability', 'Export', 'Release'].map((construct) => `${stackName}-${construct}`).join(',');
}

/** Executions for each function that manages; `workspace` also lists models for everybody. */
const managementExecutions = { operator: 5, 'provider-keys': 10, records: 10, workspace: 40 };

/** What the sweep needs to reserve them (functions/gateway/sweep/reserve-concurrency.ts). */
function reservations(functions: Record<keyof typeof managementExecutions, GatewayFunction>) {
  const wanted = Object.entries(managementExecutions) as [keyof typeof managementExecutions, number][];
  return {
    arns: { managementFunctions: wanted.map(([name]) => functions[name].lambda.functionArn), account: ['*'] },
    environment: {
      KEYWAY_MANAGEMENT_FUNCTIONS: wanted
        .map(([name, executions]) => `${functions[name].lambda.functionName}=${executions}`)
        .join(','),
    },
  };
}
