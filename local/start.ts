import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { linesOf, print } from '../functions/composition/log-output.ts';
import { readEnvironment } from '../functions/environment.ts';
import type { Shell } from '../functions/http/reply.ts';
import { formatBanner } from './banner.ts';
import { prepareDemo } from './demo.ts';
import { createTables, startDynamoDb } from './dynamodb.ts';
import { localKmsKey, startKms } from './kms.ts';
import { installLambdaGlobal } from './lambda.ts';
import type { Listening } from './listening.ts';
import { createLogStream, type LogStream } from './log-stream.ts';
import { type Owner, provideSecrets } from './own-secrets.ts';
import { startSchedule } from './schedule.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { type Functions, startServer } from './server.ts';
import { type LocalSettings, readLocalSettings, simulatedEndpoints } from './settings.ts';
import type { SimulatedProviders } from './simulated/providers.ts';
import { startSimulatedProviders } from './simulated/server.ts';
import { StartProblem } from './start-problem.ts';
import { startWeb } from './web.ts';

type Closable = Pick<Listening, 'close'>;

/** As lib/constructs/sweep-schedule.ts has it. */
const sweepMs = 5 * 60_000;

export interface LocalOptions {
  functions: Functions;
  /** What is given the log table's stream when `KEYWAY_OTLP_ENDPOINT` names a collector. */
  exporter: () => Promise<unknown>;
  /** What is run every five minutes, as in a deployment, where the stores are this process's own. */
  sweep: () => Promise<unknown>;
  simulated: SimulatedProviders;
  /** Where the page was built to. */
  consoleFolder: string;
  /** Gets what the person who starts it shall read. */
  print: (text: string) => void;
  /** Gets what handlers throw, and what the server has to say. */
  report: (error: unknown) => void;
}

/**
 * The whole gateway in this process: the functions' own handlers behind a local API Gateway, their AWS clients against embedded
 * endpoints. Sets the functions' variables in `process.env`, and only then imports the handlers. Says when it is ready.
 * Rejects with `StartProblem` when the reason is a setting, the port or the data folder.
 */
export async function startLocal(options: LocalOptions): Promise<Listening> {
  // The key of the local KMS; the settings of a key store that encrypts are not whole without one.
  process.env.KEYWAY_KEY_STORE_KMS_KEY ||= localKmsKey;
  // Against floods; on a desk there is nobody to flood, and tests make keys by the thousand.
  process.env.KEYWAY_CHANGES_PER_MINUTE ||= '100000';
  process.env.KEYWAY_CHANGES_PER_DAY ||= '10000000';
  const settings = readLocalSettings(process.env);
  const prepared = Promise.withResolvers<void>();
  // The start itself tells why it failed; early requests need not.
  prepared.promise.catch(() => {});
  // The port comes first: a second start on it says so at once, instead of waiting for the data folder.
  const server = await openServer(settings, whenPrepared(prepared.promise, options.functions), options.report);
  const opened: Closable[] = [];
  const close = async () => {
    await server.close();
    for (const listening of opened.toReversed()) await listening.close();
  };
  try {
    installLambdaGlobal();
    // What is made for CloudWatch is no use on a desk, and a program that started this one may not read on.
    process.env.KEYWAY_REQUEST_LINES ||= process.stdout.isTTY ? 'text' : 'off';
    process.env.KEYWAY_CONSOLE_FOLDER ||= options.consoleFolder;
    const isSharedTable = Boolean(process.env.AWS_ENDPOINT_URL_DYNAMODB);
    const ownStores = await openStores(settings.dataFolder, opened, streamTo(options));
    if (settings.simulate) await openSimulation(options.simulated, opened);
    const secrets = new SecretsManagerClient({});
    const owner = await prepareStores(settings, options.simulated, secrets, ownStores);
    await Promise.all(Object.values(options.functions).map((load) => load()));
    if (!isSharedTable) opened.push(startSchedule(sweepMs, options.sweep, options.report));
    prepared.resolve();
    options.print(`Keyway is ready at ${server.url}`);
    await introduce(options, settings, server.url, owner, secrets);
    secrets.destroy();
    return { url: server.url, close };
  } catch (error) {
    prepared.reject(error);
    await close();
    throw error;
  }
}

async function openServer(
  { port, shell }: LocalSettings,
  functions: Functions,
  report: LocalOptions['report'],
): Promise<Listening> {
  try {
    if (shell === 'events') return await startServer({ port, functions, report });
    const { web: settings, corsOrigins: origins } = readEnvironment();
    const around: Shell = {
      report: (event, details) => report({ event, ...details }),
      // What a refusal looks like is settled when the start has set its variables.
      refused: (refusal) => linesOf({ environment: readEnvironment(), print }).refused(refusal),
      origins,
    };
    return await startWeb({ port, functions, shell: around, settings });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new StartProblem(`Port ${port} is in use. Stop the server there, or choose another port with PORT.`);
  }
}

function whenPrepared(prepared: Promise<void>, functions: Functions): Functions {
  const waiting = Object.entries(functions).map(([entry, load]) => [entry, () => prepared.then(load)]);
  return Object.fromEntries(waiting) as Functions;
}

/** Endpoints that are set already stay: several gateways may share the stores of one, or use another emulator. Answers whether the secrets are this process's own. */
async function openStores(dataFolder: string | null, opened: Closable[], stream: LogStream | null): Promise<boolean> {
  const ownSecrets = !process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER;
  if (dataFolder !== null) mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const open = async (variable: string, start: () => Promise<Listening>) => {
    if (process.env[variable]) return;
    const listening = await start();
    opened.push(listening);
    process.env[variable] = listening.url;
  };
  // The database first: only one process can hold it, and whoever does may read and write the secrets beside it.
  await open('AWS_ENDPOINT_URL_DYNAMODB', () =>
    startDynamoDb({ folder: dataFolder && join(dataFolder, 'dynamodb'), ...(stream && { watch: stream.watch }) }),
  );
  await open('AWS_ENDPOINT_URL_SECRETS_MANAGER', () =>
    startSecretsManager({ file: dataFolder && join(dataFolder, 'secrets.json') }),
  );
  if (readEnvironment().keyStore.kms !== null)
    await open('AWS_ENDPOINT_URL_KMS', () => startKms({ file: dataFolder && join(dataFolder, 'kms-key') }));
  process.env.AWS_REGION ||= 'us-east-1';
  // The SDK refuses to sign without credentials; the embedded endpoints take any.
  if (!process.env.AWS_ACCESS_KEY_ID && !process.env.AWS_PROFILE)
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  // Last, so that it closes first: the exporter reads a secret.
  if (stream !== null) opened.push(stream);
  return ownSecrets;
}

function streamTo({ exporter, report }: LocalOptions): LogStream | null {
  const { export: exported, logTable } = readEnvironment(process.env);
  if (exported.otlpEndpoint === null) return null;
  return createLogStream(logTable, exporter as Parameters<typeof createLogStream>[1], report);
}

async function openSimulation(simulated: SimulatedProviders, opened: Closable[]): Promise<void> {
  const listening = await startSimulatedProviders(simulated.handlers);
  opened.push(listening);
  Object.assign(process.env, simulatedEndpoints(listening.url));
}

async function prepareStores(
  settings: LocalSettings,
  simulated: SimulatedProviders,
  secrets: SecretsManagerClient,
  ownStores: boolean,
): Promise<Owner> {
  const { secretPrefix, configTable, logTable, keyStore } = readEnvironment(process.env);
  const dynamodb = new DynamoDBClient({});
  const keys = keyStore.kms?.table;
  await createTables(dynamodb, { config: configTable, log: logTable, ...(keys !== undefined && { keys }) });
  dynamodb.destroy();
  const wanted = Object.entries(
    settings.simulate ? { ...settings.platform, ...simulated.platform } : settings.platform,
  );
  // Credentials that are no longer set go; in shared stores they may be another process's.
  const platform = Object.fromEntries(wanted.filter(([, credential]) => ownStores || credential !== null));
  return provideSecrets(secrets, secretPrefix, { adminToken: settings.adminToken, platform });
}

async function introduce(
  options: LocalOptions,
  settings: LocalSettings,
  url: string,
  owner: { adminToken: string; generated: boolean },
  secrets: SecretsManagerClient,
): Promise<void> {
  const { simulate, dataFolder } = settings;
  const { demo: example, behaviours } = options.simulated;
  const kept = simulate && dataFolder !== null ? options.simulated.keepServiceAccount(dataFolder) : null;
  const serviceAccount = kept === null ? [] : [{ use: kept, does: 'a Vertex service account that works' }];
  const secretName = `${readEnvironment(process.env).secretPrefix}-local/demo`;
  const demo = simulate
    ? await prepareDemo({ url, adminToken: owner.adminToken, secrets, secretName, demo: example }).catch(
        (error: unknown) => {
          options.report(new Error('The demo workspaces could not be made.', { cause: error }));
          return null;
        },
      )
    : null;
  options.print(
    formatBanner({
      url,
      adminToken: owner.generated ? owner.adminToken : null,
      dataFolder,
      simulate,
      demo,
      model: example.model,
      behaviours: [...behaviours, ...serviceAccount],
    }),
  );
}
