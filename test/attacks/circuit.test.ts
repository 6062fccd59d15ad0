import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { goodAnswer, type ScriptedProvider, sendJson, startScriptedProvider } from '../embedded/scripted-provider.ts';
import { call, createTenant, routeOf, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

/** Whatever tenants can bring about with requests of their own, the platform goes on serving the others. */
describe('no request of a tenant closes the platform for others', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateway: Gateway;
  let attackers: Tenant[];
  let victim: Tenant;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([
      startStores({ openai: 'sk-proj-of-the-platform-000000', bedrock: { apiKey: 'ABSKplatformplatformplatform' } }),
      startScriptedProvider(),
    ]);
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: provider.url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: provider.url,
    });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    attackers = await Promise.all([createTenant(gateway), createTenant(gateway), createTenant(gateway)]);
    victim = await createTenant(gateway);
  });

  const ask = (tenant: Tenant, path: string, body: JsonObject) =>
    call(gateway, 'POST', path, { key: tenant.apiKey, body });
  const hello = [{ role: 'user', content: 'hello' }];

  it('by asking for a model at the endpoint of another kind of model', async () => {
    provider.does((asked, response) => {
      if (asked.path.endsWith('/chat/completions')) return sendJson(response, goodAnswer(asked));
      const message = 'This is a chat model and not supported in the v1/completions endpoint.';
      return sendJson(response, { error: { message, type: 'invalid_request_error', param: 'model', code: null } }, 404);
    });
    for (const attacker of [...attackers, ...attackers]) {
      const answer = await ask(attacker, '/v1/completions', { model: 'gpt-4o-mini', prompt: 'x', max_tokens: 5 });
      expect([answer.status, routeOf(answer)]).toEqual([400, 'platform=bad_request:404']);
    }
    const served = await ask(victim, '/v1/chat/completions', { model: 'gpt-4o-mini', messages: hello });
    expect([served.status, routeOf(served)]).toEqual([200, 'platform=200']);
  });

  it('by asking for embeddings of a chat model, or for chats of an embedding model, through any door', async () => {
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
    const wrong: [string, JsonObject][] = [
      ['/v1/embeddings', { model: 'gpt-4o-mini', input: 'x' }],
      ['/v1/chat/completions', { model: 'text-embedding-3-small', messages: hello }],
      ['/v1/responses', { model: 'text-embedding-3-small', input: 'x' }],
      ['/v1/messages', { model: 'openai/text-embedding-3-small', messages: hello, max_tokens: 5 }],
      ['/v1/messages/count_tokens', { model: 'openai/text-embedding-3-small', messages: hello }],
      ['/v1/completions', { model: 'OPENAI/text-embedding-3-small', prompt: 'x' }],
    ];
    for (const [path, body] of wrong) {
      const answer = await ask(attackers[0] as Tenant, path, body);
      expect([path, answer.status]).toEqual([path, body.model === 'OPENAI/text-embedding-3-small' ? 404 : 422]);
    }
    expect(provider.calls).toHaveLength(0);
  });

  it('by counting tokens, which has permissions and limits of its own', async () => {
    provider.does((asked, response) => {
      if (!asked.path.includes('count-tokens')) return sendJson(response, goodAnswer(asked));
      return sendJson(response, { message: 'User is not authorized to perform: bedrock:CountTokens' }, 403, {
        'x-amzn-errortype': 'AccessDeniedException',
      });
    });
    const model = 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    for (const attacker of [...attackers, ...attackers])
      await ask(attacker, '/v1/messages/count_tokens', { model, messages: hello });
    expect(provider.calls.length).toBeGreaterThan(1);
    const served = await ask(victim, '/v1/messages', { model, messages: hello, max_tokens: 5 });
    expect([served.status, routeOf(served)]).toEqual([200, 'platform=200']);
  });

  it('by using up one model’s quota of the day', async () => {
    provider.does((asked, response) => {
      if (!asked.path.includes('nova-micro')) return sendJson(response, goodAnswer(asked));
      return sendJson(response, { message: 'Too many tokens per day, please wait before trying again.' }, 429, {
        'x-amzn-errortype': 'ThrottlingException',
      });
    });
    for (const attacker of attackers)
      await ask(attacker, '/v1/chat/completions', { model: 'bedrock/amazon.nova-micro-v1:0', messages: hello });
    const served = await ask(victim, '/v1/chat/completions', {
      model: 'bedrock/amazon.nova-lite-v1:0',
      messages: hello,
    });
    expect([served.status, routeOf(served)]).toEqual([200, 'platform=200']);
  });
});
