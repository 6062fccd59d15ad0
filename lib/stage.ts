/** What an operator may choose at deploy time, by `-c keyway:<name>=<value>` or the `context` of cdk.json. */
export interface Stage {
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
  /** The secret of admin tokens exists already, as after `cdk destroy`. */
  existingAdminToken: boolean;
  /** The tables are encrypted with a key of this stack instead of one that DynamoDB owns (it costs 1 USD a month and per call). */
  customerManagedKey: boolean;
  /** How long function and access logs are kept. The request log has its own retention, per workspace. */
  logRetentionDays: number;
  /** Gets the alarms, and word when a credential of the platform fails. */
  alarmEmail: string | null;
  /** Gets word when a tenant's provider key fails: it is the tenant's to mend, so not the address that wakes somebody. */
  keyHealthEmail: string | null;
  /** Alarms on what one workspace can cause by itself count the worst one, too: for a gateway that has one. */
  oneWorkspaceRings: boolean;
  /** CloudWatch's namespace of the gateway's own metrics. */
  metricsNamespace: string;
  throttle: { requestsPerSecond: number; burst: number };
  /** Reserved concurrency of the inference function; null shares the account's. */
  inferenceConcurrency: number | null;
  /** Lets the sweep reserve concurrency for the functions that manage, as soon as the account has room for it. */
  reserveManagement: boolean;
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
  export: {
    /** A collector's base address; null: to none. */
    otlpEndpoint: string | null;
    /** `traces`, `metrics` or both; null: both. */
    otlpSignals: string | null;
    /** A bucket of that name, `true` for one of this stack; null: to none. */
    bucket: string | null;
    /** How long the stack's own bucket keeps objects. */
    retentionDays: number;
  };
  /** Settings that reach the functions as they are; environment.ts checks them. */
  environment: Record<string, string>;
}

/** Context names (after `keyway:`) of the settings in `Stage.environment`. */
const passedOn = {
  bedrockDefaultRegion: 'KEYWAY_BEDROCK_DEFAULT_REGION',
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

const prefix = 'keyway:';
const email = /^[^\s@]+@[^\s@]+$/;

/**
 * Reads the settings from the app's whole context: text from the command line, JSON values from cdk.json.
 * Throws on a wrong value and on an unknown `keyway:` name, because a misspelt safety setting must not pass in silence.
 */
export function parseStage(context: Record<string, unknown>): Stage {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(context)) {
    if (key.startsWith(prefix) && value !== null && value !== '') given.set(key.slice(prefix.length), String(value));
  }
  const take = (name: string, pattern: RegExp, expected: string): string | null => {
    const value = given.get(name) ?? null;
    given.delete(name);
    if (value !== null && !pattern.test(value))
      throw new Error(`${prefix}${name} must be ${expected}, not ${JSON.stringify(value)}.`);
    return value;
  };
  const flag = (name: string, otherwise: boolean): boolean =>
    (take(name, /^(true|false)$/, 'true or false') ?? String(otherwise)) === 'true';
  const count = (name: string): number | null => {
    const value = take(name, /^[1-9]\d{0,6}$/, 'a whole number above 0');
    return value === null ? null : Number(value);
  };

  const name = take('stage', /^[a-z][a-z0-9-]{0,19}$/, 'up to 20 lower-case letters, digits and hyphens') ?? 'prod';
  const logRetentionDays = count('logRetentionDays') ?? 30;
  if (!retentions.includes(logRetentionDays))
    throw new Error(`${prefix}logRetentionDays must be one of ${retentions.join(', ')}.`);

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
    existingAdminToken: flag('existingAdminToken', false),
    customerManagedKey: flag('customerManagedKey', false),
    logRetentionDays,
    alarmEmail: take('alarmEmail', email, 'an e-mail address'),
    keyHealthEmail: take('keyHealthEmail', email, 'an e-mail address'),
    oneWorkspaceRings: flag('oneWorkspaceRings', false),
    metricsNamespace: `Keyway/${name}`,
    throttle: { requestsPerSecond: count('requestsPerSecond') ?? 1000, burst: count('burst') ?? 500 },
    inferenceConcurrency: count('inferenceConcurrency'),
    reserveManagement: flag('reserveManagement', true),
    deployment: (take('deployment', /^(canary|all-at-once)$/, 'canary or all-at-once') ??
      (name === 'prod' ? 'canary' : 'all-at-once')) as Stage['deployment'],
    platformBedrock: flag('platformBedrock', true),
    tenantRoles: tenantRoles === 'off' ? null : tenantRoles,
    ownAccountRoles: flag('ownAccountRoles', false),
    vertexFederation: flag('vertexFederation', false),
    tracing: flag('tracing', false),
    accountLogRole: (take('accountLogRole', /^(none|existing|set)$/, 'none, existing or set') ??
      'none') as Stage['accountLogRole'],
    export: {
      // No user, query or fragment: the address stands in the template, where no credential may.
      otlpEndpoint: take('otlpEndpoint', /^https:\/\/[^\s@?#]+$/, 'an https address without user and query'),
      otlpSignals: take('otlpSignals', /^(traces|metrics|traces,metrics|metrics,traces)$/, 'traces, metrics or both'),
      bucket: bucketOf(
        take('exportBucket', /^(true|false|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/, "true or a bucket's name"),
      ),
      retentionDays: count('exportRetentionDays') ?? 400,
    },
    environment: {},
  };
  const exports = stage.export.otlpEndpoint !== null || stage.export.bucket !== null;
  if (exports && stage.logTable !== null && stage.logTableStream === null)
    throw new Error(`An export of the table that ${prefix}logTable names needs ${prefix}logTableStream.`);
  if (stage.export.otlpSignals !== null && stage.export.otlpEndpoint === null)
    throw new Error(`${prefix}otlpSignals needs ${prefix}otlpEndpoint.`);
  for (const [setting, variable] of Object.entries(passedOn)) {
    const value = take(setting, /\S/, 'text');
    if (value !== null) stage.environment[variable] = value;
  }
  if (stage.ownAccountRoles) stage.environment.KEYWAY_OWN_ACCOUNT_ROLES = '1';
  if (given.size > 0)
    throw new Error(`Unknown setting ${[...given.keys()].map((unknown) => prefix + unknown).join(', ')}.`);
  return stage;
}

function bucketOf(given: string | null): string | null {
  return given === 'false' ? null : given;
}
