import { createServer } from 'node:http';
import { type AttributeValue, DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type JsonObject, parseJson } from '../functions/core/json.ts';
import { type Entry, streamedEntries } from '../functions/endpoints.ts';
import { readEnvironment } from '../functions/environment.ts';
import type { Serve } from '../functions/http/reply.ts';
import { createTables, startDynamoDb } from '../local/dynamodb.ts';
import { localKmsKey, startKms } from '../local/kms.ts';
import { installLambdaGlobal } from '../local/lambda.ts';
import { type Listening, listen, readBody } from '../local/listening.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { type EntryModule, type Functions, startServer } from '../local/server.ts';
import { startWeb } from '../local/web.ts';
import { type FaultyProxy, startFaultyProxy } from './embedded/faulty-proxy.ts';
import { findLeak } from './embedded/leaks.ts';
import { transcript } from './embedded/transcript.ts';
import { wholePass } from './gateway/sweep/whole-pass.ts';

/** The services behind a gateway, in this process. Several gateways may stand on the same ones. */
export interface Stores {
  dynamo: Listening;
  secrets: Listening;
  kms: Listening;
  /** Events that were put on the bus, in order. */
  events: { type: string; detail: JsonObject }[];
  eventsUrl: string;
  /** True: the bus refuses what it is given. */
  busDown: boolean;
  secretsManager: SecretsManagerClient;
  /** Throws when anything that the tests have seen, or that is stored outside of the secrets, holds a part of a planted secret. */
  close(): Promise<void>;
}

export const adminToken = 'admin-token-of-the-tests-0123456789';
/** Of nobody: the embedded services check no signatures. */
export const aws = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDTESTTESTTESTTEST', secretAccessKey: 'secret-of-nobody' },
};
const tables = { config: 'keyway-config', log: 'keyway-log', keys: 'keyway-keys' };

/** The settings of a gateway by where it keeps the secrets of provider keys. */
export const keyStores: Record<'secrets-manager' | 'kms', Record<string, string>> = {
  'secrets-manager': {},
  kms: { KEYWAY_KEY_STORE: 'kms', KEYWAY_KEY_STORE_KMS_KEY: localKmsKey },
};
/** What the policies of the stack allow: who writes secrets decrypts none (lib/constructs/permissions.ts). */
const kmsGrants = { AKIDOFREADERS: ['Decrypt'], AKIDOFWRITERS: ['GenerateDataKey'], [aws.credentials.accessKeyId]: [] };

/** `platform`: the platform's credentials by provider. `dynamoUrl`: another DynamoDB than one of its own. */
export async function startStores(
  platform: Record<string, unknown> = {},
  dynamoUrl: string | null = null,
): Promise<Stores> {
  const [dynamo, secrets, kms] = await Promise.all([
    dynamoUrl === null ? startDynamoDb({ folder: null }) : { url: dynamoUrl, close: async () => {} },
    startSecretsManager({ file: null }),
    startKms({ file: null, grants: kmsGrants }),
  ]);
  const secretsManager = new SecretsManagerClient({ ...aws, endpoint: secrets.url });
  const { createDynamoDb } = await import('../functions/stores/dynamodb/dynamodb.ts');
  const client = createDynamoDb({ ...aws, endpoint: dynamo.url });
  await createTables(client, tables);
  client.destroy();
  const values = {
    'admin-token': adminToken,
    ...Object.fromEntries(Object.entries(platform).map(([name, value]) => [`platform/${name}`, value])),
  };
  for (const [name, value] of Object.entries(values)) {
    await secretsManager.send(
      new CreateSecretCommand({
        Name: `keyway/${name}`,
        SecretString: typeof value === 'string' ? value : JSON.stringify(value),
      }),
    );
  }
  const events: Stores['events'] = [];
  const bus = await startEventBus((type, detail) => {
    if (!stores.busDown) events.push({ type, detail });
    return !stores.busDown;
  });
  const stores: Stores = {
    dynamo,
    secrets,
    kms,
    events,
    eventsUrl: bus.url,
    busDown: false,
    secretsManager,
    close: async () => {
      const leaks = [...transcript, ...(await readTables(dynamo.url)), JSON.stringify(events)].flatMap(
        (text) => findLeak(text) ?? [],
      );
      await Promise.all([dynamo.close(), secrets.close(), kms.close(), bus.close()]);
      if (leaks.length > 0) throw new Error(`A secret leaked: ${leaks[0]}`);
    },
  };
  return stores;
}

/** Every item of all tables, as text. */
export async function readTables(dynamoUrl: string): Promise<string[]> {
  const client = new DynamoDBClient({ ...aws, endpoint: dynamoUrl });
  const texts: string[] = [];
  for (const TableName of Object.values(tables)) {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page: ScanCommandOutput = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: start }));
      texts.push(...(page.Items ?? []).map((item) => JSON.stringify(item, withBytes)));
      start = page.LastEvaluatedKey;
    } while (start);
  }
  client.destroy();
  return texts;
}

function withBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? [Buffer.from(value).toString('latin1'), String(Buffer.from(value))] : value;
}

export interface Gateway {
  url: string;
  /** In front of the stores, for this gateway alone. */
  dynamo: FaultyProxy;
  secrets: FaultyProxy;
  kms: FaultyProxy;
  /** What it wrote to its log, one JSON line each. */
  lines: string[];
  /** What it printed of each request, one line each. */
  printed: string[];
  /** The inference function's answers before any of HTTP. */
  infer: Serve;
  close(): Promise<void>;
}

/**
 * What is deployed, over real AWS clients: the handlers that Lambda runs behind the local API Gateway, or the web server.
 * `settings`: environment variables.
 */
export async function startGateway(
  stores: Stores,
  settings: Record<string, string> = {},
  kind: 'events' | 'web' = 'events',
): Promise<Gateway> {
  // middy reads the global when it is imported.
  installLambdaGlobal();
  const [dynamo, secrets, kms] = await Promise.all([
    startFaultyProxy(stores.dynamo.url),
    startFaultyProxy(stores.secrets.url),
    startFaultyProxy(stores.kms.url),
  ]);
  const { createBufferedHandler, createStreamingHandler } = await import('../functions/http/pipeline.ts');
  const runtime = await import('../functions/composition/runtime.ts');
  const operators = await import('../functions/composition/operator-runtime.ts');
  const { createDynamoDb } = await import('../functions/stores/dynamodb/dynamodb.ts');
  const { createEventBus } = await import('../functions/stores/event-bus.ts');
  const { createSecretsManager } = await import('../functions/stores/secrets/secrets-manager.ts');
  const { createDataKeys } = await import('../functions/stores/envelope/data-keys.ts');
  const dataKeysOf = (accessKeyId: string, key: string) =>
    createDataKeys(key, { ...aws, endpoint: kms.url, credentials: { ...aws.credentials, accessKeyId } });
  const lines: string[] = [];
  const report = (event: string, details: object) => {
    lines.push(JSON.stringify({ event, ...details }));
    transcript.push(lines.at(-1) ?? '');
  };
  const printed: string[] = [];
  const print = (line: string) => {
    printed.push(line);
    transcript.push(line);
  };
  const around = {
    environment: readEnvironment({ KEYWAY_EVENT_BUS: 'keyway-test', ...settings }),
    dynamo: () => createDynamoDb({ ...aws, endpoint: dynamo.url }),
    secretsManager: () => createSecretsManager({ ...aws, endpoint: secrets.url }),
    dataKeys: (key: string) => dataKeysOf('AKIDOFREADERS', key),
    events: () => createEventBus('keyway-test', { ...aws, endpoint: stores.eventsUrl }),
    report,
    print,
  };
  const shell = runtime.shell(around);
  const infer = (await import('../functions/operations/inference.ts')).serveInference(runtime.inferenceRuntime(around));
  const serves: Record<Entry, Serve> = {
    inference: infer,
    console: (await import('../functions/operations/console.ts')).serveConsole('console/dist'),
    'provider-keys': (await import('../functions/operations/provider-keys.ts')).serveProviderKeys(
      runtime.providerKeysRuntime({ ...around, dataKeys: (key) => dataKeysOf('AKIDOFWRITERS', key) }),
    ),
    workspace: (await import('../functions/operations/workspace.ts')).serveWorkspace(runtime.workspaceRuntime(around)),
    operator: (await import('../functions/operations/operator.ts')).serveOperator(
      operators.operatorRuntime(around, { ...aws, endpoint: settings.AWS_ENDPOINT_URL_CLOUDWATCH }),
    ),
    records: (await import('../functions/operations/records.ts')).serveRecords(operators.recordsRuntime(around)),
  };
  const toModule = (entry: Entry) => async (): Promise<EntryModule> => {
    const create = streamedEntries.includes(entry) ? createStreamingHandler : createBufferedHandler;
    return { serve: serves[entry], handler: create(serves[entry], shell) };
  };
  const functions: Functions = {
    inference: toModule('inference'),
    'provider-keys': toModule('provider-keys'),
    workspace: toModule('workspace'),
    operator: toModule('operator'),
    records: toModule('records'),
    console: toModule('console'),
  };
  const server =
    kind === 'web'
      ? await startWeb({ port: 0, functions, shell, settings: around.environment.web })
      : await startServer({
          port: 0,
          functions,
          report: (error) => report('handler_failed', { error: error instanceof Error ? error.stack : String(error) }),
        });
  return {
    url: server.url,
    dynamo,
    secrets,
    kms,
    lines,
    printed,
    infer,
    close: async () => {
      await server.close();
      await Promise.all([dynamo.close(), secrets.close(), kms.close()]);
    },
  };
}

/** What the sweep does with secrets when an operator lets it retire so many, on these stores. It has no use for KMS. */
export async function runSweep(stores: Stores, settings: Record<string, string> = {}, mostOrphans = 100) {
  const { sweepRuntime } = await import('../functions/composition/sweep-runtime.ts');
  const { createDynamoDb } = await import('../functions/stores/dynamodb/dynamodb.ts');
  return wholePass(
    sweepRuntime({
      environment: readEnvironment(settings),
      dynamo: () => createDynamoDb({ ...aws, endpoint: stores.dynamo.url }),
      secretsManager: () => stores.secretsManager,
      dataKeys: () => {
        throw new Error('The sweep asks KMS for nothing.');
      },
      events: () => null,
      report: () => undefined,
      print: () => undefined,
    }),
    mostOrphans,
  );
}

/** EventBridge's PutEvents: docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
function startEventBus(put: (type: string, detail: JsonObject) => boolean): Promise<Listening> {
  return listen(
    createServer(async (request, response) => {
      const { Entries } = parseJson(String(await readBody(request))) as {
        Entries: { DetailType: string; Detail: string }[];
      };
      const taken = Entries.map(({ DetailType, Detail }) => put(DetailType, parseJson(Detail) as JsonObject));
      const refused = taken.filter((ok) => !ok).length;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify({
          FailedEntryCount: refused,
          Entries: taken.map((ok, i) => (ok ? { EventId: String(i) } : { ErrorCode: 'InternalFailure' })),
        }),
      );
    }),
  );
}
