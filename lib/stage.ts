import { type AccountSettings, readAccount } from './settings/account.ts';
import { type ExportSettings, readExport } from './settings/export.ts';
import { type KeyStoreSettings, readKeyStore } from './settings/key-store.ts';
import { type ObservabilitySettings, readObservability } from './settings/observability.ts';
import { readSettings } from './settings/reader.ts';

/** What an operator may choose at deploy time, by `-c keyway:<name>=<value>` or the `context` of cdk.json. */
export interface Stage extends ObservabilitySettings {
  /** Part of the stack's and the API stage's name. */
  name: string;
  /** All secrets are called `<prefix>/…`. Two stages in one account and region must not share it. */
  secretPrefix: string;
  /** Tables and logs survive `cdk destroy`, and the tables refuse to be deleted. */
  deletionProtection: boolean;
  /** Tables that exist already, by name: retained ones of a stack that was destroyed, or restored ones. Null: the stack makes its own. */
  configTable: string | null;
  logTable: string | null;
  /** The stream of `logTable`, by ARN: what exports read. */
  logTableStream: string | null;
  keyStore: KeyStoreSettings;
  /** The secret of admin tokens exists already, as after `cdk destroy`. */
  existingAdminToken: boolean;
  /** What the account that the stack stands in asks for. */
  account: AccountSettings;
  /** How long function and access logs are kept. The request log has its own retention, per workspace. */
  logRetentionDays: number;
  throttle: { requestsPerSecond: number; burst: number };
  /** Reserved concurrency of the inference function; null shares the account's. */
  inferenceConcurrency: number | null;
  /** Lets the sweep reserve concurrency for the functions that manage, as soon as the account has room for it. */
  reserveManagement: boolean;
  /** What answers the inference endpoints: a function invoked once for each request, or a web server that serves many at once. */
  shell: 'event' | 'container' | 'web-function';
  /** MiB of the inference function; its share of a CPU grows with it. */
  inferenceMemory: number;
  /** How a new version of the functions comes into use: a tenth of the requests first and back by itself, or all at once. */
  deployment: 'canary' | 'all-at-once';
  /** Lets the inference function call Bedrock with its own role when no platform secret is stored. */
  platformBedrock: boolean;
  /** The names of roles that tenants may have assumed, `*` for any part; null: none. */
  tenantRoles: string | null;
  /** Whether those may be roles of the gateway's own account. */
  ownAccountRoles: boolean;
  /** Makes the role that tenants' Google Cloud projects may trust. */
  vertexFederation: boolean;
  tracing: boolean;
  /**
   * The role with which API Gateway writes logs is the account's, one per region, and without one a stage with access logs cannot be
   * deployed. `none`: no access logs. `existing`: the account has one. `set`: this stack makes one and sets it, whatever was set before.
   */
  accountLogRole: 'none' | 'existing' | 'set';
  /** Where the request log is exported to, beside being kept. */
  export: ExportSettings;
  /** Settings that reach the functions as they are; environment.ts checks them. */
  environment: Record<string, string>;
}

/** Context names (after `keyway:`) of the settings in `Stage.environment`. */
const passedOn = {
  bedrockDefaultRegion: 'KEYWAY_BEDROCK_DEFAULT_REGION',
  changesPerDay: 'KEYWAY_CHANGES_PER_DAY',
  changesPerMinute: 'KEYWAY_CHANGES_PER_MINUTE',
  customHosts: 'KEYWAY_CUSTOM_HOSTS',
  customHttp: 'KEYWAY_CUSTOM_HTTP',
  deadlineMs: 'KEYWAY_DEADLINE_MS',
  firstByteTimeoutMs: 'KEYWAY_FIRST_BYTE_TIMEOUT_MS',
  maxApiKeys: 'KEYWAY_MAX_API_KEYS',
  maxMessages: 'KEYWAY_MAX_MESSAGES',
  openaiBaseUrl: 'OPENAI_BASE_URL',
  platformFeePercent: 'KEYWAY_PLATFORM_FEE_PERCENT',
} as const;

/** What CloudWatch Logs accepts, up to two years (PutRetentionPolicy). */
const retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/** docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const tableName = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * Reads the settings from the app's whole context: text from the command line, JSON values from cdk.json.
 * Throws on a wrong value and on an unknown `keyway:` name, because a misspelt safety setting must not pass in silence.
 */
export function parseStage(context: Record<string, unknown>): Stage {
  const settings = readSettings(context);
  const { take, flag, count } = settings;

  const name = take('stage', /^[a-z][a-z0-9-]{0,19}$/, 'up to 20 lower-case letters, digits and hyphens') ?? 'prod';
  const logRetentionDays = count('logRetentionDays') ?? 30;
  if (!retentions.includes(logRetentionDays))
    throw new Error(`keyway:logRetentionDays must be one of ${retentions.join(', ')}.`);

  const tenantRoles =
    take('tenantRoles', /^(?:off|[\w+=,.@*/-]{1,512})$/, 'a pattern of role names, or off') ?? 'keyway-*';

  const stage: Stage = {
    name,
    secretPrefix:
      take('secretPrefix', /^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and -') ??
      (name === 'prod' ? 'keyway' : `keyway-${name}`),
    deletionProtection: flag('deletionProtection', name === 'prod'),
    configTable: take('configTable', tableName, 'the name of a table'),
    logTable: take('logTable', tableName, 'the name of a table'),
    logTableStream: take('logTableStream', /^arn:[\w-]+:dynamodb:[^\s]+\/stream\/\S+$/, "the ARN of a table's stream"),
    keyStore: readKeyStore(settings),
    existingAdminToken: flag('existingAdminToken', false),
    account: readAccount(settings),
    logRetentionDays,
    ...readObservability(settings, name),
    throttle: { requestsPerSecond: count('requestsPerSecond') ?? 1000, burst: count('burst') ?? 500 },
    inferenceConcurrency: count('inferenceConcurrency'),
    reserveManagement: flag('reserveManagement', true),
    shell: (take('shell', /^(event|container|web-function)$/, 'event, container or web-function') ??
      'event') as Stage['shell'],
    inferenceMemory: count('inferenceMemory') ?? 512,
    deployment: (take('deployment', /^(canary|all-at-once)$/, 'canary or all-at-once') ??
      (name === 'prod' ? 'canary' : 'all-at-once')) as Stage['deployment'],
    platformBedrock: flag('platformBedrock', true),
    tenantRoles: tenantRoles === 'off' ? null : tenantRoles,
    ownAccountRoles: flag('ownAccountRoles', false),
    vertexFederation: flag('vertexFederation', false),
    tracing: flag('tracing', false),
    accountLogRole: (take('accountLogRole', /^(none|existing|set)$/, 'none, existing or set') ??
      'none') as Stage['accountLogRole'],
    export: readExport(settings),
    environment: {},
  };
  const exports = stage.export.otlpEndpoint !== null || stage.export.bucket !== null;
  // Lambda's least and most; a request may hold 6 MB, several times over while it is read.
  if (stage.inferenceMemory < 256 || stage.inferenceMemory > 10_240)
    throw new Error(`keyway:inferenceMemory must be from 256 to 10240.`);
  if (stage.shell === 'container' && stage.account.network?.subnetIds.length === 1)
    throw new Error('keyway:shell=container needs two of keyway:subnetIds, in two zones: its load balancer does.');
  if (exports && stage.logTable !== null && stage.logTableStream === null)
    throw new Error(`An export of the table that keyway:logTable names needs keyway:logTableStream.`);
  for (const [setting, variable] of Object.entries(passedOn)) {
    const value = take(setting, /\S/, 'text');
    if (value !== null) stage.environment[variable] = value;
  }
  if (!stage.platformBedrock) stage.environment.KEYWAY_PLATFORM_ROLE = '0';
  if (stage.ownAccountRoles) stage.environment.KEYWAY_OWN_ACCOUNT_ROLES = '1';
  const unknown = settings.unknown();
  if (unknown.length > 0) throw new Error(`Unknown setting ${unknown.join(', ')}.`);
  return stage;
}
