import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
import { addKey, call, chat, createTenant, errorOf, routeOf } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

const providers = [
  { provider: 'anthropic', prefix: 'sk-ant-sim-', model: 'anthropic/claude-haiku-4-5', bare: 'claude-haiku-4-5' },
  { provider: 'gemini', prefix: 'AIzaSim-', model: 'gemini/gemini-2.5-flash', bare: 'gemini-2.5-flash' },
];

/** What arrived at the simulated providers: whose key it carried, and what was asked. */
const seen: { key: string; body: string }[] = [];

describe.each(providers)('a workspace with a key of $provider', ({ provider, prefix, model, bare }) => {
  let stores: Stores;
  let simulated: Listening;
  let gateway: Gateway;

  beforeAll(async () => {
    const { handlers, platform } = createSimulatedProviders();
    for (const [name, handler] of Object.entries(handlers))
      handlers[name] = (request, body, response) => {
        const { 'x-api-key': anthropic, 'x-goog-api-key': google } = request.headers;
        seen.push({ key: String(anthropic ?? google), body: body.toString() });
        return handler(request, body, response);
      };
    simulated = await startSimulatedProviders(handlers);
    stores = await startStores({ [provider]: platform[provider] });
    gateway = await startGateway(stores, {
      ...simulatedEndpoints(simulated.url),
      KEYWAY_FIRST_BYTE_TIMEOUT_MS: '2500',
    });
  });
  afterAll(async () => {
    await gateway.close();
    await simulated.close();
    await stores.close();
  });

  it.each([false, true])('is served at every door, by the model and by its bare name (stream: %s)', async (stream) => {
    const tenant = await createTenant(gateway, '0');
    await addKey(gateway, tenant, `${prefix}tenant`, { provider, fallback_enabled: false });
    const key = tenant.apiKey;
    const messages = [{ role: 'user', content: 'say it' }];
    for (const name of [model, bare]) {
      const bodies: [string, JsonObject][] = [
        ['/v1/chat/completions', { model: name, messages, stream }],
        ['/v1/responses', { model: name, input: 'say it', stream }],
        ['/v1/messages', { model: name, messages, max_tokens: 50, stream }],
        ['/v1/completions', { model: name, prompt: 'say it', stream }],
      ];
      for (const [path, body] of bodies) {
        const answer = await call(gateway, 'POST', path, { key, body });
        expect([path, answer.status, answer.headers.get('x-keyway-provider')]).toEqual([path, 200, provider]);
        expect(answer.text).toContain('say');
        expect(seen.at(-1)?.key).toBe(`${prefix}tenant`);
      }
    }
  });

  it('is served by the platform when its own key fails, and pays', async () => {
    const tenant = await createTenant(gateway, '5');
    await addKey(gateway, tenant, `${prefix}invalid`, { provider });
    const answer = await chat(gateway, tenant, { model });
    expect([answer.status, routeOf(answer)]).toEqual([200, expect.stringMatching(/=credential:40\d, .*platform=200$/)]);
    const { json } = await call(gateway, 'GET', '/v1/balance', { key: tenant.apiKey });
    expect(Number(json.balance_usd ?? json.available_usd)).toBeLessThan(5);
  });

  it('has its tokens counted by the provider', async () => {
    const tenant = await createTenant(gateway, '0');
    await addKey(gateway, tenant, `${prefix}counter`, { provider });
    const body = { model, messages: [{ role: 'user', content: 'one two three four' }] };
    const answer = await call(gateway, 'POST', '/v1/messages/count_tokens', { key: tenant.apiKey, body });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-keyway-estimated')).toBeNull();
    expect(seen.at(-1)?.key).toBe(`${prefix}counter`);
  });

  it('takes no half answer for a whole one', async () => {
    const tenant = await createTenant(gateway, '0');
    await addKey(gateway, tenant, `${prefix}cut`, { provider, fallback_enabled: false });
    const answer = await chat(gateway, tenant, { model });
    expect([answer.status, errorOf(answer).code]).toEqual([502, 'provider_error']);
  });

  it('never meets another one: look-alike keys each carry their own requests', async () => {
    const count = 6;
    const tenants = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const tenant = await createTenant(gateway, '0');
        await addKey(gateway, tenant, `${prefix}tenant-${n}-of-many`, { provider, label: 'production' });
        return tenant;
      }),
    );
    const before = seen.length;
    const asked = Array.from({ length: 24 }, (_, i) => i);
    await Promise.all(
      asked.map(async (i) => {
        const tenant = tenants[i % count];
        if (tenant === undefined) throw new Error('no tenant');
        const content = `request of ${i % count}.`;
        const answer = await chat(gateway, tenant, {
          model,
          stream: i % 2 === 0,
          messages: [{ role: 'user', content }],
        });
        expect(answer.status).toBe(200);
      }),
    );
    const calls = seen.slice(before);
    expect(calls).toHaveLength(asked.length);
    for (const { key, body } of calls)
      expect(`${prefix}tenant-${/request of (\d+)\./.exec(body)?.[1]}-of-many`).toBe(key);
  });
});
