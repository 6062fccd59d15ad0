import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type {
  BedrockRuntimeClient,
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamCommandOutput,
  CountTokensCommandInput,
  CountTokensCommandOutput,
  InvokeModelCommandInput,
  InvokeModelCommandOutput,
  InvokeModelWithResponseStreamCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import type { HeldCredential } from './credential.ts';
import { readInferenceProfile } from './inference-profile.ts';
import { noticeReuse, repeatOnReset } from './reused-connection.ts';

/** The operations, under one credential in one region. */
export interface Connection {
  converse(input: ConverseCommandInput, signal: AbortSignal): Promise<ConverseCommandOutput>;
  converseStream(input: ConverseCommandInput, signal: AbortSignal): Promise<ConverseStreamCommandOutput>;
  /** The answer's headers carry the token counts that the SDK has no field for. */
  invoke(
    input: InvokeModelCommandInput,
    signal: AbortSignal,
  ): Promise<{ output: InvokeModelCommandOutput; headers: Record<string, string> }>;
  invokeStream(
    input: InvokeModelCommandInput,
    signal: AbortSignal,
  ): Promise<InvokeModelWithResponseStreamCommandOutput>;
  countTokens(input: CountTokensCommandInput, signal: AbortSignal): Promise<CountTokensCommandOutput>;
  /** The inference profile as the service describes it. */
  inferenceProfile(arn: string, signal: AbortSignal): Promise<unknown>;
}

/** The connection for one call, once its credential is at hand. Throws `CallRefused`. */
export type Connect = (signal: AbortSignal) => Promise<Connection>;

export interface Connections {
  /** `credentialKey` is `<key id>@<version>`, with the session behind it where there is one: a client lives under it and the region, and under nothing else. */
  get(credential: HeldCredential, credentialKey: string, region: string): Promise<Connection>;
}

/** A warm process serves this many keys without making clients anew; one is small, the sockets are shared. */
const mostClients = 200;

export interface Endpoints {
  /** Where models are called; null: the region's own. */
  runtime: string | null;
  /** Where resources are described; null: the region's own. */
  control: string | null;
}

export function createConnections(endpoints: Endpoints): Connections {
  const clients = new Map<string, Connection>();
  let library: Promise<Library> | null = null;
  return {
    async get(credential, credentialKey, region) {
      const name = `${credentialKey} ${region}`;
      const known = clients.get(name);
      if (known !== undefined) {
        clients.delete(name);
        clients.set(name, known);
        return known;
      }
      // The SDK costs a cold start some 300 kB of code and 50 ms: only a process that calls Bedrock pays.
      library ??= loadLibrary();
      const connection = connect(await library, credential, region, endpoints);
      forget(clients, credentialKey);
      clients.set(name, connection);
      return connection;
    },
  };
}

/** Older versions of the same key will not be asked for again; beyond them the longest unused go. */
function forget(clients: Map<string, Connection>, credentialKey: string): void {
  const id = credentialKey.slice(0, credentialKey.lastIndexOf('@') + 1);
  for (const name of clients.keys()) {
    if (id !== '' && name.startsWith(id) && !name.startsWith(`${credentialKey} `)) clients.delete(name);
  }
  for (const name of clients.keys()) {
    if (clients.size < mostClients) break;
    clients.delete(name);
  }
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;

async function loadLibrary() {
  const [sdk, { NodeHttpHandler }] = await Promise.all([
    import('@aws-sdk/client-bedrock-runtime'),
    import('@smithy/node-http-handler'),
  ]);
  // One pool of sockets for all keys: every request carries its own credential. HTTP/1.1, because proxies and emulators
  // speak it; no timeouts of its own, because the caller's signal decides.
  // An idle socket is given up early: the far end may close it first, most of all while Lambda has the process frozen, and the
  // next request on it would look like a failing network. Busy sockets are not touched by this.
  const agents = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, timeout: 15_000 };
  const timeouts = { requestTimeout: 0, connectionTimeout: 0, socketTimeout: 0 };
  const requestHandler = new NodeHttpHandler({
    httpAgent: noticeReuse(new HttpAgent(agents)),
    httpsAgent: noticeReuse(new HttpsAgent(agents)),
    ...timeouts,
  });
  // Connections that are used once, for what was reset on one of the pool.
  const once = { keepAlive: false };
  const fresh = new NodeHttpHandler({ httpAgent: new HttpAgent(once), httpsAgent: new HttpsAgent(once), ...timeouts });
  repeatOnReset(requestHandler, fresh);
  return { sdk, requestHandler };
}

function connect(
  { sdk, requestHandler }: Library,
  credential: HeldCredential,
  region: string,
  { runtime, control }: Endpoints,
): Connection {
  const clientOf = (endpoint: string | null) => {
    const made = new sdk.BedrockRuntimeClient({
      region,
      requestHandler,
      maxAttempts: 1,
      ...(endpoint !== null && { endpoint }),
      ...authentication(credential),
    });
    refuseOtherContent(made);
    return made;
  };
  const client = clientOf(runtime);
  return {
    converse: (input, abortSignal) => client.send(new sdk.ConverseCommand(input), { abortSignal }),
    converseStream: (input, abortSignal) => client.send(new sdk.ConverseStreamCommand(input), { abortSignal }),
    async invoke(input, abortSignal) {
      const command = new sdk.InvokeModelCommand(input);
      let headers: Record<string, string> = {};
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          headers = headersOf(result.response);
          return result;
        },
        { step: 'deserialize' },
      );
      const output = await client.send(command, { abortSignal });
      return { output, headers };
    },
    invokeStream: (input, abortSignal) =>
      client.send(new sdk.InvokeModelWithResponseStreamCommand(input), { abortSignal }),
    countTokens: (input, abortSignal) => client.send(new sdk.CountTokensCommand(input), { abortSignal }),
    inferenceProfile: (arn, abortSignal) =>
      readInferenceProfile(clientOf(control ?? controlOf(region)), sdk.GetAsyncInvokeCommand, arn, abortSignal),
  };
}

/** docs.aws.amazon.com/general/latest/gr/bedrock.html, "control plane". */
function controlOf(region: string): string {
  return `https://bedrock.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/**
 * Without a stated preference the SDK signs with the function's own role although a key was given, and a key in
 * AWS_BEARER_TOKEN_BEDROCK beats explicit credentials. So each kind names the one scheme that it may use.
 */
function authentication(credential: HeldCredential) {
  if ('ambient' in credential) return { authSchemePreference: ['sigv4'] };
  if ('apiKey' in credential)
    return { authSchemePreference: ['httpBearerAuth'], token: { token: credential.apiKey }, credentials: noRole };
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  return {
    authSchemePreference: ['sigv4'],
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  };
}

/** Stands where the SDK would look for the function's role. */
async function noRole(): Promise<never> {
  throw new Error("A Bedrock API key must not be replaced by the function's own role.");
}

class GarbledAnswer extends Error {
  readonly $metadata: { httpStatusCode: number; requestId: string | undefined };

  constructor(httpStatusCode: number, requestId: string | undefined) {
    super('The answer is not of the type that was asked for.');
    this.name = 'GarbledAnswer';
    this.$metadata = { httpStatusCode, requestId };
  }
}

/** A page from a proxy with status 200: read as an event stream, its first bytes would be taken for a length of gigabytes. */
function refuseOtherContent(client: BedrockRuntimeClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const headers = headersOf(result.response);
      const { statusCode = 0, body } = result.response as { statusCode?: number; body?: { destroy?: () => void } };
      if (statusCode < 300 && /^text\/html/i.test(headers['content-type'] ?? '')) {
        body?.destroy?.();
        throw new GarbledAnswer(statusCode, headers['x-amzn-requestid']);
      }
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
}

function headersOf(response: unknown): Record<string, string> {
  return (response as { headers?: Record<string, string> }).headers ?? {};
}
