import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../functions/core/json.ts';
import { openModelTraits } from '../../functions/dialects/openai-chat/upstream/traits.ts';
import { apiKeyCredential } from '../../functions/providers/api-key-form.ts';
import type { ProviderDefinition } from '../../functions/providers/definition.ts';
import { definitions } from '../../functions/providers/registry.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';
import { readLocalSettings, simulatedEndpoints } from '../../local/settings.ts';
import { plant } from '../embedded/leaks.ts';
import { addKey, call, chat, createTenant, errorOf, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

/** A provider that nothing but this list knows. */
const fake: ProviderDefinition = {
  name: 'fake-ai',
  title: 'Fake AI',
  ...apiKeyCredential('Fake AI'),
  permissions: ['fake:Chat'],
  documentation: 'https://fake.example/keys',
  testModel: 'fake-small',
  http: {
    baseUrl: 'https://fake.example/api/v1',
    authenticate: ({ apiKey }) => ({ authorization: `Bearer ${String(apiKey)}` }),
    lanes: () => ({ 'openai-chat': '/chat/completions' }),
    translated: { dialect: 'openai-chat', path: '/chat/completions', traits: () => openModelTraits },
    embeddings: '/embeddings',
    requestIdHeader: 'x-request-id',
    errors: {
      words: [{ when: /daily/, status: 429, kind: 'quota', hint: 'Wait until tomorrow.' }],
      kinds: { wrong_key: 'credential' },
      statuses: { 418: 'overloaded' },
    },
  },
};

const secret = 'fk-4f9a7c1e2b8d6053';
plant(secret);

describe('a definition in the list of providers', () => {
  const seen: { path: string; headers: IncomingHttpHeaders; body: JsonObject }[] = [];
  let refusal: { status: number; body: unknown; headers?: Record<string, string> } | null = null;
  let provider: Listening;
  let stores: Stores;
  let gateway: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    definitions.push(fake);
    provider = await listen(
      createServer(async (request, response) => {
        const body = parseJson(String(await readBody(request))) as JsonObject;
        seen.push({ path: request.url ?? '', headers: request.headers, body });
        const message = { role: 'assistant', content: 'pong' };
        const answer = {
          id: 'c1',
          object: 'chat.completion',
          created: 1,
          model: body.model,
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
        };
        response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json', ...refusal?.headers });
        response.end(JSON.stringify(refusal?.body ?? answer));
      }),
    );
    stores = await startStores({ 'fake-ai': secret });
    gateway = await startGateway(stores, { FAKE_AI_BASE_URL: `${provider.url}/api/v1` });
    tenant = await createTenant(gateway);
    await addKey(gateway, tenant, secret, { provider: 'fake-ai' });
  });

  afterAll(async () => {
    definitions.splice(definitions.indexOf(fake), 1);
    await gateway.close();
    await provider.close();
    await stores.close();
  });

  it('is listed with the shapes of its credential', async () => {
    const { json } = await call(gateway, 'GET', '/v1/providers', { key: tenant.apiKey });
    expect((json.data as JsonObject[]).at(-1)).toMatchObject({
      object: 'provider',
      name: 'fake-ai',
      permissions: ['fake:Chat'],
      test_model: 'fake-ai/fake-small',
      documentation: 'https://fake.example/keys',
      credential_schemas: [{ type: 'string' }, { type: 'object', required: ['apiKey'] }],
    });
  });

  it('has its credential checked', async () => {
    const body = { provider: 'fake-ai', credential: { apiKey: 'short' } };
    const { status, json } = await call(gateway, 'POST', '/v1/provider-keys', { key: tenant.apiKey, body });
    expect([status, (json.error as JsonObject).param]).toEqual([422, 'credential.apiKey']);
  });

  it('serves every door: its own format as it is, the others translated', async () => {
    const model = 'fake-ai/some-model';
    expect((await chat(gateway, tenant, { model, novelty: 1 })).status).toBe(200);
    expect(seen.at(-1)).toMatchObject({
      path: '/api/v1/chat/completions',
      headers: { authorization: `Bearer ${secret}` },
      body: { model: 'some-model', novelty: 1 },
    });
    const body = { model, max_tokens: 5, messages: [{ role: 'user', content: 'ping' }] };
    const message = await call(gateway, 'POST', '/v1/messages', { key: tenant.apiKey, body });
    expect(message.json).toMatchObject({ type: 'message', model, content: [{ type: 'text', text: 'pong' }] });
    expect(seen.at(-1)).toMatchObject({ path: '/api/v1/chat/completions', body: { max_tokens: 5 } });
  });

  it('has its keys tested, and its errors read by its table', async () => {
    const keys = await call(gateway, 'GET', '/v1/provider-keys', { key: tenant.apiKey });
    const id = String((keys.json.data as JsonObject[])[0]?.id);
    const test = async () => (await call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey })).json;
    expect(await test()).toMatchObject({ state: 'verified', model: 'fake-small' });
    const cases: [number, unknown, string][] = [
      [400, { error: { code: 'wrong_key', message: 'no' } }, 'invalid'],
      [429, { error: { message: 'daily limit' } }, 'quota_exceeded'],
      [429, [{ error: { message: 'slow down' } }], 'rate_limited'],
      [418, { error: 'a teapot' }, 'inconclusive'],
      [403, {}, 'no_permission'],
    ];
    for (const [status, body, state] of cases) {
      refusal = { status, body };
      expect([status, (await test()).state]).toEqual([status, state]);
    }
    refusal = null;
  });

  it('refuses what it cannot do without calling anyone', async () => {
    const body = { model: 'nobody-ai/x', messages: [{ role: 'user', content: 'ping' }] };
    const answer = await call(gateway, 'POST', '/v1/chat/completions', { key: tenant.apiKey, body });
    expect(errorOf(answer).code).toBe('model_not_found');
  });

  it('has a variable for its address, one for its platform credential, and a place among the simulated providers', () => {
    expect(readLocalSettings({ PLATFORM_FAKE_AI: 'fk-platform' })).toMatchObject({
      platform: { 'fake-ai': 'fk-platform' },
      simulate: false,
    });
    expect(readLocalSettings({ FAKE_AI_BASE_URL: 'http://127.0.0.1:1' }).simulate).toBe(false);
    expect(simulatedEndpoints('http://sim')).toMatchObject({ FAKE_AI_BASE_URL: 'http://sim/fake-ai/api/v1' });
  });
});
