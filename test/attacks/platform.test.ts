import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { goodAnswer, type ScriptedProvider, sendJson, startScriptedProvider } from '../embedded/scripted-provider.ts';
import { call, createTenant, errorOf, routeOf, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const hello = [{ role: 'user', content: 'hello' }];
const bodies: Record<string, JsonObject> = {
  '/v1/chat/completions': { messages: hello, max_tokens: 5 },
  '/v1/responses': { input: 'hello', max_output_tokens: 16 },
  '/v1/messages': { messages: hello, max_tokens: 5 },
  '/v1/completions': { prompt: 'hello', max_tokens: 5 },
};
const doors = Object.keys(bodies);
const models = [
  'gpt-4o-mini',
  'bedrock/amazon.nova-lite-v1:0',
  'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'vertex/gemini-2.5-flash',
  'vertex/anthropic/claude-sonnet-4-5@20250929',
];
const everywhere = doors.flatMap((door) => models.map((model) => [door, model] as const));

/** What tenants may bring the operator's credentials to do: answer them, and nothing else. */
describe('with platform credentials', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateway: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const account = {
      type: 'service_account',
      project_id: 'operators-project',
      private_key_id: '1'.repeat(40),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: 'keyway@operators-project.iam.gserviceaccount.com',
      client_id: '1',
    };
    [stores, provider] = await Promise.all([
      startStores({
        openai: 'sk-proj-of-the-platform-000000',
        bedrock: { apiKey: 'ABSKplatformplatformplatform' },
        vertex: account,
      }),
      startScriptedProvider(),
    ]);
    const { url } = provider;
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      VERTEX_BASE_URL: url,
      GOOGLE_TOKEN_URL: `${url}/token`,
    });
    tenant = await createTenant(gateway, '1000');
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  const ask = async (door: string, model: string, more: JsonObject = {}, headers: Record<string, string> = {}) => {
    provider.calls.length = 0;
    const body = { model, ...bodies[door], ...more };
    const answer = await call(gateway, 'POST', door, { key: tenant.apiKey, body, headers });
    const sent = provider.calls.filter(({ path }) => !path.endsWith('/token'));
    return { answer, sent, text: sent.map((one) => one.text).join('\n') };
  };

  it.each(everywhere)('%s serves %s', async (door, model) => {
    const { answer, sent } = await ask(door, model);
    expect([answer.status, routeOf(answer), sent.length]).toEqual([200, 'platform=200', 1]);
  });

  it.each(everywhere)('nothing that names a thing of the operator’s passes %s to %s', async (door, model) => {
    const things: JsonObject[] = [
      { cached_content: 'projects/operators-project/locations/global/cachedContents/1' },
      { cachedContent: 'projects/operators-project/locations/global/cachedContents/1' },
      { guardrailConfig: { guardrailIdentifier: 'operators', guardrailVersion: '1' } },
      { guardrail_identifier: 'operators' },
    ];
    if (door === '/v1/responses')
      things.push(
        { previous_response_id: 'resp_1' },
        { conversation: 'conv_1' },
        { prompt: { id: 'pmpt_1' } },
        { background: true },
        { input: [{ type: 'item_reference', id: 'msg_1' }] },
        { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
        { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'gs://bucket/a.png' }] }] },
        { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] },
      );
    if (door === '/v1/chat/completions')
      things.push(
        { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
        { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: ' GS://bucket/a.png' } }] }] },
        { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 's3://bucket/a.png' }] }] },
        { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }, ...hello] },
      );
    if (door === '/v1/messages') {
      const withBlock = (block: JsonObject) => ({ messages: [{ role: 'user', content: [block] }] });
      const file = { type: 'document', source: { type: 'file', file_id: 'file_1' } };
      things.push(
        withBlock(file),
        withBlock({ type: 'container_upload', file_id: 'file_1' }),
        withBlock({ type: 'image', source: { type: 'url', url: 'gs://bucket/a.png' } }),
        withBlock({ type: 'tool_result', tool_use_id: 't', content: [file] }),
        { container: 'container_1' },
      );
    }
    for (const thing of things) {
      const { answer, sent } = await ask(door, model, thing);
      expect([thing, sent.length, answer.status]).toEqual([thing, 0, expect.any(Number)]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
  });

  it.each(everywhere)('what has no price, is kept or names customers does not pass %s to %s', async (door, model) => {
    const { answer, sent, text } = await ask(door, model, {
      service_tier: 'priority',
      metadata: { user_id: 'customer-of-the-tenant', secret: 'customer-of-the-tenant' },
      ...(door !== '/v1/messages' && { user: 'customer-of-the-tenant', safety_identifier: 'customer-of-the-tenant' }),
      prompt_cache_key: 'cache-of-the-tenant',
      prompt_cache_retention: '24h',
      performanceConfig: { latency: 'optimized' },
      requestMetadata: { customer: 'customer-of-the-tenant' },
      web_search_options: {},
      ...(door !== '/v1/completions' && door !== '/v1/messages' && { store: true }),
    });
    expect([answer.status, sent.length]).toEqual([200, 1]);
    for (const word of ['priority', 'customer-of-the-tenant', '24h', 'optimized', '"store":true', 'web_search'])
      expect(text).not.toContain(word);
    expect(text).not.toMatch(/"prompt_cache_key":"cache/);
    expect(answer.headers.get('x-keyway-dropped-params')).toContain('service_tier');
  });

  it.each(doors.slice(0, 3))('%s never lets OpenAI keep anything, and tells it the workspace', async (door) => {
    const [plain, asked] = [await ask(door, 'gpt-4o-mini'), await ask(door, 'gpt-4o-mini', { store: true })];
    for (const { sent } of [plain, asked]) expect(sent[0]?.body.store).toBe(false);
    if (door !== '/v1/messages') expect(plain.sent[0]?.body.safety_identifier).toMatch(/^kw-/);
  });

  it('the workspace stands for the user of embeddings', async () => {
    provider.calls.length = 0;
    const body = { model: 'text-embedding-3-small', input: 'x', user: 'customer-of-the-tenant', metadata: { a: 'b' } };
    const answer = await call(gateway, 'POST', '/v1/embeddings', { key: tenant.apiKey, body });
    expect([answer.status, answer.headers.get('x-keyway-dropped-params')]).toEqual([200, 'metadata']);
    expect(provider.calls[0]?.body).toEqual({ model: body.model, input: 'x', user: expect.stringMatching(/^kw-/) });
  });

  it.each(models)(
    'hosted tools do not run on %s: they are dropped and named, or refused when forced',
    async (model) => {
      const hosted: Record<string, [JsonObject, JsonObject | string]> = {
        '/v1/chat/completions': [{ type: 'web_search' }, { type: 'web_search' }],
        '/v1/responses': [{ type: 'web_search' }, { type: 'web_search' }],
        '/v1/messages': [
          { type: 'web_search_20250305', name: 'web_search' },
          { type: 'tool', name: 'web_search' },
        ],
      };
      for (const [door, [tool, tool_choice]] of Object.entries(hosted)) {
        const dropped = await ask(door, model, { tools: [tool] });
        expect([door, dropped.answer.status, dropped.sent.length]).toEqual([door, 200, 1]);
        expect(dropped.text).not.toContain('web_search');
        expect(dropped.answer.headers.get('x-keyway-dropped-params')).toContain('tools');
        const { answer, sent } = await ask(door, model, { tools: [tool], tool_choice });
        expect([door, answer.status, errorOf(answer).param, sent.length]).toEqual([door, 422, 'tool_choice', 0]);
      }
    },
  );

  it('a native answer says the caller’s own names, not the operator’s', async () => {
    const repeat = (body: JsonObject) => ({
      safety_identifier: body.safety_identifier,
      prompt_cache_key: body.prompt_cache_key,
      store: body.store,
    });
    provider.does((asked, response) =>
      sendJson(response, { ...goodAnswer(asked), ...repeat(asked.body) }, 200, {
        'openai-organization': 'org-operators00001',
        'openai-project': 'proj_operators00001',
      }),
    );
    const own = await ask('/v1/responses', 'gpt-4o-mini', { safety_identifier: 'mine', prompt_cache_key: 'key' });
    expect(own.answer.json).toMatchObject({ safety_identifier: 'mine', prompt_cache_key: 'key', store: false });
    const none = await ask('/v1/responses', 'gpt-4o-mini');
    expect(none.answer.json).toMatchObject({ safety_identifier: null });
    for (const { answer } of [own, none]) {
      expect(answer.text).not.toContain('kw-');
      expect(JSON.stringify([...answer.headers])).not.toContain('operators');
    }
    provider.does((asked, response) => {
      const events = ['response.created', 'response.completed'].map((type, sequence_number) => ({
        type,
        sequence_number,
        response: { ...goodAnswer(asked), ...repeat(asked.body) },
      }));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
    });
    const streamed = await ask('/v1/responses', 'gpt-4o-mini', { stream: true, safety_identifier: 'mine' });
    expect(streamed.answer.text.match(/"safety_identifier":"mine"/g)).toHaveLength(2);
    expect(streamed.answer.text).not.toContain('kw-');
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
  });
});
