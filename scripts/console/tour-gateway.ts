import { type Entry, endpoints } from '../../functions/endpoints.ts';
import type { EntryModule, Functions } from '../../local/server.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { startLocal } from '../../local/start.ts';
import { buildConsole } from '../build-console.ts';

export interface Tour {
  url: string;
  /** Of a workspace with keys that work and keys that fail, and some requests. */
  key: string;
  adminToken: string;
  close(): Promise<void>;
}

/** The gateway as `npm start` has it, in memory, with what there is to see. */
export async function startTour(): Promise<Tour> {
  const adminToken = 'kwadmin_of-the-tour-0123456789012345678901234567890';
  Object.assign(process.env, { PORT: '0', KEYWAY_EPHEMERAL: '1', KEYWAY_ADMIN_TOKEN: adminToken });
  const load = (entry: Entry) => async () => (await import(`../../functions/${entry}.ts`)) as EntryModule;
  const gateway = await startLocal({
    functions: Object.fromEntries(endpoints.map(({ entry }) => [entry, load(entry)])) as Functions,
    exporter: async () => (await import('../../functions/telemetry-exporter.ts')).handler,
    consoleFolder: await buildConsole(),
    simulated: createSimulatedProviders(),
    print: () => {},
    report: console.error,
  });
  const call = async (path: string, bearer: string, body: object) => {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { api_key: { key: string } };
  };
  const { api_key } = await call('/v1/workspaces', adminToken, { name: 'Northwind', credit_usd: '25' });
  const keys = [
    { provider: 'openai', credential: 'sk-sim-invalid', label: 'OpenAI, production' },
    { provider: 'openai', credential: 'sk-sim-team', label: 'OpenAI, team', priority: 10 },
    { provider: 'anthropic', credential: 'sk-ant-sim-demo', label: 'Claude', priority: 20, fallback_enabled: false },
  ];
  for (const key of keys) await call('/v1/provider-keys', api_key.key, key);
  const messages = [{ role: 'user', content: 'Sum up the quarter for the board, in three sentences.' }];
  for (const model of ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5', 'openai/gpt-4o', 'claude-sonnet-4-5'])
    for (const stream of [true, false])
      await call('/v1/chat/completions', api_key.key, { model, messages, stream }).catch(() => null);
  return { url: gateway.url, key: api_key.key, adminToken, close: gateway.close };
}
