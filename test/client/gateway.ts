import type { IncomingHttpHeaders } from 'node:http';
import OpenAI, { type ClientOptions } from 'openai';
import { type Entry, endpoints } from '../../functions/endpoints.ts';
import type { Listening } from '../../local/listening.ts';
import type { EntryModule, Functions } from '../../local/server.ts';
import { simulatedApiKey } from '../../local/simulated/bedrock/credentials.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import type { SimulatedHandler } from '../../local/simulated/server.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { startLocal } from '../../local/start.ts';

/** One call that a simulated provider received. */
interface UpstreamCall {
  provider: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Settles when the gateway has the whole answer, or has hung up: then with true. */
  left: Promise<boolean>;
}

export interface TestGateway {
  url: string;
  /** What the providers were asked so far, oldest first; exchanges of Google tokens left out. */
  calls: UpstreamCall[];
  /** A new workspace. `keys`: credentials of provider keys, by provider; those of `workingKeys` when they are left out. */
  workspace(options?: { keys?: Record<string, unknown>; credit?: string; exclusive?: boolean }): Promise<TestWorkspace>;
  close(): Promise<void>;
}

export interface TestWorkspace {
  key: string;
  /** The official client, with nothing changed but base URL and key. */
  client(options?: ClientOptions): OpenAI;
  /** Any call of the API with this workspace's key; `body` goes as JSON. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
}

export const adminToken = 'kwadmin_for-tests-only-0123456789012345678901234567890';

function workingKeys(): Record<string, unknown> {
  return { openai: 'sk-sim-tenant', bedrock: simulatedApiKey(), vertex: simulatedServiceAccount('tenant') };
}

/**
 * The whole gateway in this process, as `npm start` has it: the handlers that are deployed, real AWS clients on embedded stores in memory,
 * simulated providers whose calls are noted. The handlers read the environment when they are imported, so there is one for each test file.
 */
export async function startGateway(settings: Record<string, string> = {}): Promise<TestGateway> {
  for (const name of Object.keys(process.env))
    if (/^(AWS_|GOOGLE_|PLATFORM_|KEYWAY_)|_BASE_URL$/.test(name)) delete process.env[name];
  Object.assign(process.env, { PORT: '0', KEYWAY_EPHEMERAL: '1', KEYWAY_ADMIN_TOKEN: adminToken, ...settings });
  const calls: UpstreamCall[] = [];
  const simulated = createSimulatedProviders();
  for (const [provider, handler] of Object.entries(simulated.handlers))
    simulated.handlers[provider] = noted(provider, handler, calls);
  const load = (entry: Entry) => async () => (await import(`../../functions/${entry}.ts`)) as EntryModule;
  const functions = Object.fromEntries(endpoints.map(({ entry }) => [entry, load(entry)])) as Functions;
  const problems: unknown[] = [];
  const gateway: Listening = await startLocal({
    functions,
    consoleFolder: 'console/dist',
    sweep: async () => undefined,
    exporter: async () => (await import('../../functions/telemetry-exporter.ts')).handler,
    simulated,
    print: () => {},
    report: (error) => problems.push(error),
  });

  const call = async (key: string, method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
  };

  return {
    url: gateway.url,
    calls,
    async workspace({ keys = workingKeys(), credit, exclusive = false } = {}) {
      const made = await call(adminToken, 'POST', '/v1/workspaces', {
        name: 'client tests',
        ...(credit && { credit_usd: credit }),
      });
      const { key } = made.body.api_key as { key: string };
      for (const [provider, credential] of Object.entries(keys)) {
        const { status, body } = await call(key, 'POST', '/v1/provider-keys', {
          provider,
          credential,
          fallback_enabled: !exclusive,
        });
        if (status !== 201) throw new Error(JSON.stringify(body));
      }
      return {
        key,
        client: (options) => new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, ...options }),
        call: (method, path, body) => call(key, method, path, body),
      };
    },
    async close() {
      await gateway.close();
      if (problems.length > 0) throw new AggregateError(problems, 'Handlers threw.');
    },
  };
}

function noted(provider: string, handler: SimulatedHandler, calls: UpstreamCall[]): SimulatedHandler {
  return (request, body, response) => {
    const left = new Promise<boolean>((resolve) => response.once('close', () => resolve(!response.writableFinished)));
    if (provider !== 'google-token')
      calls.push({ provider, path: request.url ?? '', headers: request.headers, body: body.toString(), left });
    return handler(request, body, response);
  };
}
