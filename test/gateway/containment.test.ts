import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { addKey, call, chat, createTenant, errorOf, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const doors: [string, JsonObject][] = [
  ['/v1/chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'ping' }] }],
  ['/v1/responses', { model: 'gpt-4o-mini', input: 'ping' }],
  ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 9, messages: [{ role: 'user', content: 'ping' }] }],
  ['/v1/messages/count_tokens', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'ping' }] }],
  ['/v1/completions', { model: 'gpt-4o-mini', prompt: 'ping' }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'ping' }],
];

describe('what an operator does to contain a workspace', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let tenant: Tenant;
  beforeEach(async () => {
    [stores, provider] = await Promise.all([startStores(), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    tenant = await createTenant(gateway);
  });
  afterEach(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  const change = (body: JsonObject, id = tenant.id) =>
    call(gateway, 'PATCH', `/v1/workspaces/${id}`, { key: adminToken, body });
  const ask = (method: string, path: string, body?: JsonObject) =>
    call(gateway, method, path, { key: tenant.apiKey, ...(body && { body }) });

  describe('suspension', () => {
    it('holds from the next request on, at every door, with a reason, and ends as fast', async () => {
      await addKey(gateway, tenant, fakeKey());
      expect((await chat(gateway, tenant)).status).toBe(200);
      const { json } = await change({ suspended: true, suspended_reason: 'Invoice 7 is open.' });
      expect(json).toMatchObject({ suspended: true, suspended_reason: 'Invoice 7 is open.', enabled: true });
      expect(Date.parse(String(json.suspended_at))).toBeGreaterThan(Date.now() - 60_000);
      const before = provider.calls.length;
      for (const [path, body] of doors) {
        const answer = await ask('POST', path, body);
        const { code, message } = errorOf(answer);
        expect([path, answer.status, code]).toEqual([path, 403, 'workspace_suspended']);
        expect(message).toBe('The operator has suspended this workspace. The reason given: Invoice 7 is open.');
        expect(answer.headers.get('x-should-retry')).toBe('false');
      }
      expect(provider.calls).toHaveLength(before);
      expect((await change({ suspended: false })).json).toMatchObject({
        suspended: false,
        suspended_reason: null,
        suspended_at: null,
      });
      expect((await chat(gateway, tenant)).status).toBe(200);
    });

    it('lets the tenant read, revoke and delete, and change nothing else', async () => {
      const id = await addKey(gateway, tenant, fakeKey());
      const made = await ask('POST', '/v1/api-keys', { scopes: ['inference'] });
      await change({ suspended: true });
      for (const path of [
        '/v1/logs',
        '/v1/usage',
        '/v1/balance',
        '/v1/api-keys',
        '/v1/provider-keys',
        `/v1/provider-keys/${id}`,
        '/v1/models',
        '/v1/providers',
      ])
        expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
      for (const [method, path, body] of [
        ['POST', '/v1/api-keys', { scopes: ['inference'] }],
        ['PATCH', `/v1/api-keys/${made.json.id}`, { enabled: true }],
        ['POST', `/v1/api-keys/${made.json.id}/rotate`, {}],
        ['POST', '/v1/provider-keys', { provider: 'openai', credential: fakeKey() }],
        ['PATCH', `/v1/provider-keys/${id}`, { enabled: true }],
        ['POST', `/v1/provider-keys/${id}/test`, {}],
      ] as const) {
        const answer = await ask(method, path, body);
        expect([path, answer.status, errorOf(answer).code]).toEqual([path, 403, 'workspace_suspended']);
        expect(errorOf(answer).message).toBe('The operator has suspended this workspace.');
      }
      expect((await ask('DELETE', `/v1/api-keys/${made.json.id}`)).status).toBe(204);
      expect((await ask('DELETE', `/v1/provider-keys/${id}`)).status).toBe(204);
    });

    it('keeps its first time when the reason changes, and needs none', async () => {
      const first = (await change({ suspended: true })).json;
      const second = (await change({ suspended_reason: 'A key leaked.' })).json;
      expect(second).toMatchObject({ suspended: true, suspended_reason: 'A key leaked.' });
      expect(second.suspended_at).toBe(first.suspended_at);
      expect((await change({ name: 'renamed' })).json).toMatchObject({ suspended: true, name: 'renamed' });
      await change({ suspended: false });
      expect((await change({ suspended_reason: 'No suspension.' })).json).toMatchObject({ suspended: false });
    });
  });

  describe('limits', () => {
    it('are set and taken away with PATCH, and shown', async () => {
      const limits = { requests_per_minute: 100, requests_in_flight: 10, tokens_per_minute: 100_000 };
      expect((await change(limits)).json).toMatchObject(limits);
      expect((await change({ requests_in_flight: null })).json).toMatchObject({ ...limits, requests_in_flight: null });
      const { json } = await call(gateway, 'GET', '/v1/workspaces', { key: adminToken });
      expect((json.data as JsonObject[])[0]).toMatchObject({ requests_per_minute: 100, requests_in_flight: null });
      for (const wrong of [{ requests_in_flight: 0 }, { tokens_per_minute: 1.5 }, { requests_per_minute: '5' }])
        expect((await change(wrong)).status).toBe(422);
    });

    it('are told with 429, logged, and nothing is called', async () => {
      await addKey(gateway, tenant, fakeKey());
      await change({ requests_per_minute: 1 });
      const first = await chat(gateway, tenant);
      expect([first.status, first.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '0']);
      let second = await chat(gateway, tenant);
      // A minute may have begun in between.
      if (second.status === 200) second = await chat(gateway, tenant);
      expect(provider.calls.length).toBeLessThanOrEqual(2);
      expect([second.status, errorOf(second).code]).toEqual([429, 'rate_limit_exceeded']);
      expect(errorOf(second).message).toBe("This workspace's limit of 1 requests a minute is reached.");
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
      const { json } = await ask('GET', `/v1/logs/${second.headers.get('x-request-id')}`);
      expect(json).toMatchObject({ status: 429, error_code: 'rate_limit_exceeded' });
    });

    it('stand beside those of the API key: the nearer one is told', async () => {
      await addKey(gateway, tenant, fakeKey());
      await change({ requests_per_minute: 50, tokens_per_minute: 1_000_000 });
      const made = await ask('POST', '/v1/api-keys', { scopes: ['inference'], requests_per_minute: 5 });
      const limited = { ...tenant, apiKey: String(made.json.key) };
      const { headers } = await chat(gateway, limited);
      expect([headers.get('x-ratelimit-limit-requests'), headers.get('x-ratelimit-limit-tokens')]).toEqual([
        '5',
        '1000000',
      ]);
    });

    it.each([
      ['a whole answer', {}],
      ['a stream', { stream: true }],
      ['an error of the provider', { model: 'openai/does-not-exist' }],
      ['a model that nobody knows', { model: 'unknown' }],
      ['a request that is wrong', { messages: [] }],
    ])('give the place back after %s', async (_, more) => {
      await addKey(gateway, tenant, fakeKey());
      await change({ requests_in_flight: 1 });
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await chat(gateway, tenant, more)).status);
      expect(statuses).not.toContain(429);
      expect((await chat(gateway, tenant)).status).toBe(200);
    });

    it('count the tokens of answers', async () => {
      await addKey(gateway, tenant, fakeKey());
      await change({ tokens_per_minute: 12 });
      expect((await chat(gateway, tenant, { stream: true })).status).toBe(200);
      const answer = await chat(gateway, tenant);
      // A minute that has just begun forgets them.
      if (answer.status === 200) return expect((await chat(gateway, tenant)).status).toBe(429);
      expect(errorOf(answer).message).toBe("This workspace's limit of 12 tokens a minute is reached.");
    });
  });
});
