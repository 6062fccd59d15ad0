import { number, oneOf, origins, roleArn, type Source, text, texts, url } from './variables.ts';

/** The only list of the functions' environment variables. The AWS endpoints are read by the SDK itself. */
export interface Environment {
  openaiBaseUrl: string;
  /** What the variable of a provider's address holds, such as `ANTHROPIC_BASE_URL`; null: nothing. Throws when it is no address. */
  addressOf(variable: string): string | null;
  /** Null: the SDK's own endpoint of the region. */
  bedrockEndpoint: string | null;
  /** Where Bedrock tells of its resources; null: the region's own, unless `bedrockEndpoint` is set. */
  bedrockControlEndpoint: string | null;
  /** Null: the region's host. */
  vertexBaseUrl: string | null;
  googleTokenUrl: string;
  configTable: string;
  logTable: string;
  secretPrefix: string;
  /** Whether the function's own role takes the place of a platform secret that is missing, where a provider knows such roles. */
  platformRole: boolean;
  /** What the names of this gateway's alarms in CloudWatch begin with; empty: it has none. */
  alarmPrefixes: string[];
  /** The KMS key that encrypts the tenants' secrets; null: Secrets Manager's own. */
  secretKmsKey: string | null;
  /** What the tenants' secrets are tagged with, besides Keyway's own tag. */
  secretTags: Record<string, string>;
  keyStore: KeyStoreSettings;
  eventBus: string | null;
  /** For which the sweep reserves concurrency, and how much. */
  managementFunctions: { name: string; executions: number }[];
  /** The queue through which the sweep hands out its work, by URL; null: it does all of it in its own process. */
  sweepQueue: string | null;
  firstByteTimeoutMs: number;
  answerTimeoutMs: number;
  deadlineMs: number;
  platformFeePercent: number;
  bedrockDefaultRegion: string;
  /** Where roles of tenants are assumed: the function's own region. */
  stsRegion: string;
  /** Who assumes the roles of tenants: the inference function's role; null: nobody does. */
  principalArn: string | null;
  /** Whether tenants may name roles of the gateway's own account. */
  ownAccountRoles: boolean;
  /** The role that federates with Google Cloud, in a session for each workspace; null: none. */
  federationRoleArn: string | null;
  /** Origins whose pages may call the gateway; `*`: all. */
  corsOrigins: string[];
  /** Messages or items in one request. */
  maxMessages: number;
  /** Changes that the API keys of one workspace may ask for, and as many removals. */
  changesPerMinute: number;
  changesPerDay: number;
  /** API keys of one workspace that hold. */
  maxApiKeys: number;
  /** The hosts that custom providers may be at, as transport/allowed-hosts.ts reads them; empty: none. */
  customHosts: string;
  /** Whether they may be called without TLS. */
  customHttp: boolean;
  /** The folder of the page's built files. */
  consoleFolder: string;
  /** The form of the line that each request leaves on standard output. */
  requestLines: 'emf' | 'text' | 'off';
  /** CloudWatch's namespace of the metrics in these lines. */
  metricsNamespace: string;
  /** Where the request log is exported to. */
  export: {
    /** A collector's base address, `/v1/traces` and `/v1/metrics` left out; null: to none. */
    otlpEndpoint: string | null;
    otlpSignals: ('traces' | 'metrics')[];
    /** Null: to none. */
    bucket: string | null;
    /** What objects' names begin with. */
    bucketPrefix: string;
  };
  /** What telemetry says of where it comes from; null: nothing. */
  stage: string | null;
  region: string | null;
  web: WebSettings;
}

/** Where the secrets of provider keys lie. */
export interface KeyStoreSettings {
  /** Where new ones go. */
  store: 'secrets-manager' | 'kms';
  /** The encrypted ones; null: there are none. */
  kms: { table: string; keyArn: string } | null;
  /** Whether some lie in Secrets Manager. */
  secretsManager: boolean;
}

/** What only the web server reads. */
export interface WebSettings {
  /** Where it listens. A Lambda Web Function is told in `AWS_LAMBDA_HTTP_ENDPOINT`, everything else in `PORT`. */
  host: string;
  port: number;
  /** Requests that one process serves at once. */
  maxInFlight: number;
  /** Proxies in front, each of which adds an address to `x-forwarded-for`. */
  trustedProxies: number;
  /** How long running requests may go on after SIGTERM. */
  drainMs: number;
}

/** Throws when a setting makes no sense, so that a deployment fails instead of a request. */
export function readEnvironment(source: Record<string, string | undefined> = process.env): Environment {
  return {
    openaiBaseUrl: url(source, 'OPENAI_BASE_URL') ?? 'https://api.openai.com/v1',
    addressOf: (variable) => url(source, variable),
    bedrockEndpoint: url(source, 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME'),
    bedrockControlEndpoint: url(source, 'AWS_ENDPOINT_URL_BEDROCK'),
    vertexBaseUrl: url(source, 'VERTEX_BASE_URL'),
    googleTokenUrl: url(source, 'GOOGLE_TOKEN_URL') ?? 'https://oauth2.googleapis.com/token',
    configTable: text(source, 'KEYWAY_CONFIG_TABLE') ?? 'keyway-config',
    logTable: text(source, 'KEYWAY_LOG_TABLE') ?? 'keyway-log',
    secretPrefix: text(source, 'KEYWAY_SECRET_PREFIX') ?? 'keyway',
    platformRole: text(source, 'KEYWAY_PLATFORM_ROLE') !== '0',
    alarmPrefixes: (text(source, 'KEYWAY_ALARM_PREFIXES') ?? '').split(',').filter(Boolean),
    secretKmsKey: text(source, 'KEYWAY_SECRET_KMS_KEY'),
    secretTags: texts(source, 'KEYWAY_SECRET_TAGS'),
    keyStore: keyStoreSettings(source),
    eventBus: text(source, 'KEYWAY_EVENT_BUS'),
    managementFunctions: functions(source, 'KEYWAY_MANAGEMENT_FUNCTIONS'),
    sweepQueue: url(source, 'KEYWAY_SWEEP_QUEUE'),
    firstByteTimeoutMs: number(source, 'KEYWAY_FIRST_BYTE_TIMEOUT_MS', 60_000, 1, 900_000),
    answerTimeoutMs: number(source, 'KEYWAY_ANSWER_TIMEOUT_MS', 600_000, 1, 900_000),
    deadlineMs: number(source, 'KEYWAY_DEADLINE_MS', 840_000, 1, 900_000),
    platformFeePercent: number(source, 'KEYWAY_PLATFORM_FEE_PERCENT', 0, 0, 100),
    bedrockDefaultRegion: text(source, 'KEYWAY_BEDROCK_DEFAULT_REGION') ?? text(source, 'AWS_REGION') ?? 'us-east-1',
    stsRegion: text(source, 'AWS_REGION') ?? 'us-east-1',
    principalArn: roleArn(source, 'KEYWAY_PRINCIPAL_ARN'),
    ownAccountRoles: text(source, 'KEYWAY_OWN_ACCOUNT_ROLES') === '1',
    federationRoleArn: roleArn(source, 'KEYWAY_FEDERATION_ROLE_ARN'),
    corsOrigins: origins(source, 'KEYWAY_CORS_ORIGINS'),
    maxMessages: number(source, 'KEYWAY_MAX_MESSAGES', 10_000, 1, 1_000_000),
    changesPerMinute: number(source, 'KEYWAY_CHANGES_PER_MINUTE', 300, 1, 100_000),
    changesPerDay: number(source, 'KEYWAY_CHANGES_PER_DAY', 10_000, 1, 10_000_000),
    maxApiKeys: number(source, 'KEYWAY_MAX_API_KEYS', 1000, 1, 100_000),
    customHosts: text(source, 'KEYWAY_CUSTOM_HOSTS') ?? '',
    customHttp: text(source, 'KEYWAY_CUSTOM_HTTP') === '1',
    // In AWS it lies beside the function's code (lib/constructs/gateway-function.ts).
    consoleFolder: text(source, 'KEYWAY_CONSOLE_FOLDER') ?? `${text(source, 'LAMBDA_TASK_ROOT') ?? '.'}/console`,
    requestLines: oneOf(source, 'KEYWAY_REQUEST_LINES', ['emf', 'text', 'off']),
    metricsNamespace: text(source, 'KEYWAY_METRICS_NAMESPACE') ?? 'Keyway',
    export: {
      otlpEndpoint: url(source, 'KEYWAY_OTLP_ENDPOINT'),
      otlpSignals: signals(source, 'KEYWAY_OTLP_SIGNALS'),
      bucket: text(source, 'KEYWAY_EXPORT_BUCKET'),
      bucketPrefix: text(source, 'KEYWAY_EXPORT_PREFIX') ?? '',
    },
    stage: text(source, 'KEYWAY_STAGE'),
    region: text(source, 'AWS_REGION'),
    web: webSettings(source),
  };
}

function keyStoreSettings(source: Source): KeyStoreSettings {
  const store = oneOf(source, 'KEYWAY_KEY_STORE', ['secrets-manager', 'kms']);
  const both = text(source, 'KEYWAY_OTHER_KEY_STORE') === '1';
  const secretsManager = store === 'secrets-manager' || both;
  if (store !== 'kms' && !both) return { store, kms: null, secretsManager };
  const [keyArn, table] = [text(source, 'KEYWAY_KEY_STORE_KMS_KEY'), text(source, 'KEYWAY_KEY_TABLE') ?? 'keyway-keys'];
  if (keyArn === null) throw new Error('The key store kms needs KEYWAY_KEY_STORE_KMS_KEY.');
  return { store, kms: { table, keyArn }, secretsManager };
}

function webSettings(source: Source): WebSettings {
  const endpoint = text(source, 'AWS_LAMBDA_HTTP_ENDPOINT');
  const [, host, port] = /^(?:http:\/\/)?(.+):(\d{1,5})$/.exec(endpoint ?? '0.0.0.0:0') ?? [];
  if (host === undefined)
    throw new Error(`AWS_LAMBDA_HTTP_ENDPOINT must be host:port, not ${JSON.stringify(endpoint)}.`);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: endpoint === null ? number(source, 'PORT', 8080, 0, 65_535) : Number(port),
    maxInFlight: number(source, 'KEYWAY_MAX_IN_FLIGHT', 2500, 1, 100_000),
    trustedProxies: number(source, 'KEYWAY_TRUSTED_PROXIES', 0, 0, 10),
    drainMs: number(source, 'KEYWAY_DRAIN_MS', endpoint === null ? 100_000 : 500, 0, 900_000),
  };
}

function signals(source: Source, name: string): ('traces' | 'metrics')[] {
  const listed = (text(source, name) ?? 'traces,metrics').split(',').map((each) => each.trim());
  return listed.map((signal) => {
    if (signal !== 'traces' && signal !== 'metrics')
      throw new Error(`${name} must list traces, metrics or both, not ${JSON.stringify(signal)}.`);
    return signal;
  });
}

/** `name=executions`, separated by commas. */
function functions(source: Source, name: string): Environment['managementFunctions'] {
  const listed = (text(source, name) ?? '').split(',').filter(Boolean);
  return listed.map((each) => {
    const [, called, executions] = /^\s*(\S+)=([1-9]\d{0,4})\s*$/.exec(each) ?? [];
    if (called === undefined)
      throw new Error(`${name} must list functions as name=executions, not ${JSON.stringify(each)}.`);
    return { name: called, executions: Number(executions) };
  });
}
