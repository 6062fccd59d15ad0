import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import type { Listening } from '../../local/listening.ts';
import { simulateCompatible } from '../../local/simulated/compatible.ts';
import { startSimulatedProviders } from '../../local/simulated/server.ts';

let simulated: Listening;
beforeAll(async () => {
  simulated = await startSimulatedProviders(simulateCompatible());
});
afterAll(() => simulated.close());

async function post(path: string, headers: Record<string, string>, model: string) {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'ping' }] });
  const answer = await fetch(new URL(path, simulated.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.status, json: (await answer.json()) as JsonObject };
}

describe('the simulated providers that speak OpenAI', () => {
  it.each([
    ['/groq/openai/v1', 'llama-3.1-8b-instant'],
    ['/deepseek', 'deepseek-chat'],
    ['/zai/api/paas/v4', 'glm-5'],
  ])('answer under the path of the real one: %s', async (path, model) => {
    const authorization = (key: string) => ({ authorization: `Bearer ${key}` });
    expect((await post(`${path}/chat/completions`, authorization('sk-sim-demo'), model)).status).toBe(200);
    expect((await post(`${path}/chat/completions`, authorization('sk-sim-quota'), model)).status).toBe(429);
    expect((await post(`${path}/chat/completions`, authorization('other'), model)).status).toBe(401);
    expect((await post(`${path}/chat/completions`, authorization('sk-sim-demo'), 'sim-missing')).status).toBe(404);
  });

  it('answer as Azure does, by key, by deployment, and by token', async () => {
    const key = { 'api-key': 'sk-sim-demo' };
    expect((await post('/azure/openai/v1/chat/completions', key, 'mine')).status).toBe(200);
    const dated = '/azure/openai/deployments/sim-missing/chat/completions?api-version=2024-10-21';
    expect((await post(dated, key, 'mine')).status).toBe(404);
    const exchange = (client_secret: string) =>
      fetch(new URL('/azure-authority/tenant/oauth2/v2.0/token', simulated.url), {
        method: 'POST',
        body: new URLSearchParams({ client_secret }),
      });
    expect((await exchange('other')).status).toBe(401);
    const { access_token: token } = (await (await exchange('sk-sim-demo')).json()) as JsonObject;
    const proof = { authorization: `Bearer ${String(token)}` };
    expect((await post('/azure/openai/v1/chat/completions', proof, 'mine')).status).toBe(200);
  });
});
