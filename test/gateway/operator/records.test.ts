import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUlid } from '../../../functions/core/ids.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { type Endpoint, endpoints } from '../../../functions/endpoints.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../embedded/fake-openai.ts';
import { countCalls } from '../../embedded/faulty-proxy.ts';
import { addKey, call, chat, createTenant, errorOf, fakeKey, type Tenant } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway } from '../../embedded-gateway.ts';
import { owner, startStoresWithOperators, support } from './operators.ts';

const platformKey = fakeKey();
const refused = { status: 401, error: { code: 'invalid_api_key' } };
const nobodys = (prefix: string) => `${prefix}_${formatUlid(Date.now(), new Uint8Array(10))}`;

/** A tenant with a key that works, an exclusive one that fails, a request on each, and one that the platform served. */
interface Scene extends Tenant {
  failing: string;
  served: string;
  failed: string;
  fellBack: string;
}

describe('records', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let one: Scene;
  let two: Scene;

  const setUp = async (): Promise<Scene> => {
    const tenant = await createTenant(gateway);
    const idOf = (answer: { headers: Headers }) => String(answer.headers.get('x-request-id'));
    await addKey(gateway, tenant, fakeKey());
    const served = idOf(await chat(gateway, tenant));
    const secret = fakeKey();
    provider.treat(secret, refused);
    const failing = await addKey(gateway, tenant, secret, { priority: -1, fallback_enabled: false });
    const pinned = { 'x-keyway-provider-key': failing };
    const failed = idOf(await chat(gateway, tenant, {}, pinned));
    await call(gateway, 'PATCH', `/v1/provider-keys/${failing}`, {
      key: tenant.apiKey,
      body: { fallback_enabled: true },
    });
    const fellBack = idOf(await chat(gateway, tenant, {}, pinned));
    return { ...tenant, failing, served, failed, fellBack };
  };

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStoresWithOperators({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    one = await setUp();
    two = await setUp();
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  const get = (path: string, key = owner) => call(gateway, 'GET', path, { key });
  const idsOf = (json: JsonObject) => (json.data as JsonObject[]).map(({ request_id }) => request_id);

  describe('for an operator', () => {
    it.each(['owner', 'support'] as const)(
      'of role %s: failed requests of all workspaces, newest first',
      async (role) => {
        const key = role === 'owner' ? owner : support;
        const { status, json } = await get('/v1/logs', key);
        expect(status).toBe(200);
        expect(idsOf(json)).toEqual([two.failed, one.failed]);
        expect(idsOf((await get('/v1/logs?status=error', key)).json)).toEqual([two.failed, one.failed]);
        expect((await get('/v1/operator', key)).json).toEqual({
          object: 'operator',
          name: role === 'owner' ? 'ann' : 'sue',
          role,
        });
      },
    );

    it('each says at the top why it failed', async () => {
      const { json } = await get('/v1/logs?limit=1');
      expect((json.data as JsonObject[])[0]).toMatchObject({
        workspace_id: two.id,
        error_code: 'provider_credential_invalid',
        route: expect.stringContaining(`byok(${two.failing})=credential:401`),
        kind: 'credential',
        message: expect.stringMatching(/^Your openai key was refused\. openai: /),
      });
      expect((await get(`/v1/logs/${two.fellBack}`)).json).toMatchObject({
        error_code: null,
        kind: 'credential',
        message: expect.stringMatching(/./),
        route: expect.stringContaining('platform=200'),
      });
      expect((await get(`/v1/logs/${two.served}`)).json).toMatchObject({ error_code: null, kind: null, message: null });
    });

    it.each<[string, () => string[]]>([
      ['kind=credential', () => [two.failed, one.failed]],
      ['kind=quota', () => []],
      ['provider=openai', () => [two.failed, one.failed]],
      ['provider=bedrock', () => []],
      ['status=401', () => [two.failed, one.failed]],
      ['status=provider_credential_invalid', () => [two.failed, one.failed]],
      ['status=429', () => []],
      ['to=2020-01-01', () => []],
      ['from=2020-01-01&limit=100', () => [two.failed, one.failed]],
    ])('filters across workspaces by %s', async (query, expected) => {
      expect(idsOf((await get(`/v1/logs?${query}`)).json)).toEqual(expected());
    });

    it('by a provider key, an API key and a page at a time', async () => {
      expect(idsOf((await get(`/v1/logs?provider_key_id=${one.failing}`)).json)).toEqual([one.failed]);
      const first = await get('/v1/logs?limit=1');
      expect(idsOf(first.json)).toEqual([two.failed]);
      const apiKey = String((first.json.data as JsonObject[])[0]?.api_key_id);
      expect(idsOf((await get(`/v1/logs?api_key_id=${apiKey}`)).json)).toEqual([two.failed]);
      const second = await get(`/v1/logs?limit=1&cursor=${String(first.json.next_cursor)}`);
      expect(idsOf(second.json)).toEqual([one.failed]);
      expect(second.json.next_cursor).toBeNull();
    });

    it.each(['success', '200'])(
      'not what succeeded, without a workspace (status=%s): that would be a scan',
      async (status) => {
        const answer = await get(`/v1/logs?status=${status}`);
        expect([answer.status, errorOf(answer).code, errorOf(answer).param]).toEqual([
          422,
          'validation_error',
          'status',
        ]);
      },
    );

    it('everything of one workspace', async () => {
      const of = `/v1/logs?workspace_id=${one.id}`;
      expect(idsOf((await get(of)).json)).toEqual([one.fellBack, one.failed, one.served]);
      expect(idsOf((await get(`${of}&status=success`)).json)).toEqual([one.fellBack, one.served]);
      expect(idsOf((await get(`${of}&kind=credential`)).json)).toEqual([one.fellBack, one.failed]);
    });

    it('one request by its id alone: a failed one by one query of the index', async () => {
      await get('/v1/operator');
      gateway.dynamo.calls.length = 0;
      expect((await get(`/v1/logs/${one.failed}`)).json).toMatchObject({
        request_id: one.failed,
        workspace_id: one.id,
      });
      expect(countCalls(gateway.dynamo.calls)).toEqual({ Query: 1, BatchGetItem: 1 });
      for (const id of [one.served, two.fellBack]) {
        gateway.dynamo.calls.length = 0;
        expect((await get(`/v1/logs/${id}`)).json).toMatchObject({ request_id: id });
        // The ids of the workspaces, and one read for each hundred of them.
        expect(countCalls(gateway.dynamo.calls)).toEqual({ Query: 2, BatchGetItem: 1 });
      }
      expect((await get(`/v1/logs/${one.served}?workspace_id=${one.id}`)).status).toBe(200);
      for (const path of [`${one.served}?workspace_id=${two.id}`, nobodys('req'), 'req_1', 'x'.repeat(3000)])
        expect((await get(`/v1/logs/${path}`)).status).toBe(404);
    });

    it('a workspace and its provider keys with their health, without secrets', async () => {
      expect((await get(`/v1/workspaces/${one.id}`, support)).json).toMatchObject({
        id: one.id,
        object: 'workspace',
        enabled: true,
        balance_usd: expect.stringMatching(/^9\.99/),
        available_usd: expect.any(String),
      });
      const { json, text } = await get(`/v1/workspaces/${one.id}/provider-keys`, support);
      expect(json.data).toEqual((await call(gateway, 'GET', '/v1/provider-keys', { key: one.apiKey })).json.data);
      expect(json.data).toContainEqual(expect.objectContaining({ id: one.failing, health: expect.any(Object) }));
      expect(text).not.toContain('sk-proj-');
      for (const path of [nobodys('ws'), 'x', `..%2f${one.id}`])
        for (const more of ['', '/provider-keys'])
          expect((await get(`/v1/workspaces/${path}${more}`)).status).toBe(404);
    });

    it('usage of one workspace with its keys, and of none before the sweep has summed up', async () => {
      const { json } = await get(`/v1/usage?workspace_id=${one.id}`);
      expect((json.data as JsonObject[]).reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(3);
      expect((json.data as JsonObject[]).every(({ workspace_id }) => workspace_id === one.id)).toBe(true);
      expect((await get('/v1/usage')).json).toMatchObject({ data: [], next_cursor: null });
    });

    it('nothing with a token that is none', async () => {
      for (const key of ['wrong-FAKE', `${owner}x`, owner.slice(0, -1), owner.toUpperCase()])
        for (const path of ['/v1/logs', '/v1/usage', '/v1/audit', `/v1/logs/${one.failed}`, `/v1/workspaces/${one.id}`])
          expect((await get(path, key)).status).toBe(401);
    });

    it('with the role support every endpoint that only reads', async () => {
      const params: Record<string, string> = { '/logs/{id}': one.failed };
      const reads = endpoints.filter(
        (endpoint: Endpoint) => /operator$/.test(endpoint.access) && endpoint.method === 'GET',
      );
      expect(reads.length).toBeGreaterThan(7);
      for (const { path } of reads)
        expect((await get(`/v1${path.replace('{id}', params[path] ?? one.id)}`, support)).status, path).toBe(200);
    });
  });

  describe('for a workspace’s key', () => {
    it('are its own alone, whatever it asks for', async () => {
      const text = fc.constantFrom(
        two.id,
        one.id,
        two.failed,
        two.served,
        one.failed,
        two.failing,
        '',
        '*',
        'null',
        '%00',
      );
      const name = fc.constantFrom(
        ...['workspace_id', 'workspace_id[]', 'Workspace_id', 'workspaceId', 'workspace', 'cursor', 'provider_key_id'],
        ...['api_key_id', 'status', 'kind', 'actor', 'outcome', 'limit', 'from', 'to', 'provider_request_id', 'recent'],
      );
      const queries = fc.array(fc.tuple(name, fc.oneof(text, fc.constantFrom('error', 'credential', '100'))), {
        maxLength: 4,
      });
      const path = fc.constantFrom('/v1/logs', '/logs', '/v1/audit', '/v1/usage', '/v1/logs/');
      let shown = 0;
      await fc.assert(
        fc.asyncProperty(path, queries, async (which, query) => {
          const search = query
            .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
            .join('&');
          const { status, json, text: body } = await get(`${which}?${search}`, one.apiKey);
          expect([200, 404, 422]).toContain(status);
          if (status !== 200) return;
          shown += (json.data as JsonObject[]).length;
          for (const row of json.data as JsonObject[])
            if (!which.endsWith('usage')) expect(row.workspace_id).toBe(one.id);
          for (const theirs of [two.id, two.failing]) expect(body).not.toContain(theirs);
        }),
        { numRuns: 150 },
      );
      expect(shown).toBeGreaterThan(50);
    }, 120_000);

    it('and another workspace is as if it were not there', async () => {
      const ask = async (path: string) => {
        gateway.dynamo.calls.length = 0;
        const { status, json } = await get(path, one.apiKey);
        return { status, error: json.error, calls: countCalls(gateway.dynamo.calls) };
      };
      for (const path of ['/v1/logs?workspace_id=', '/v1/usage?workspace_id=', '/v1/audit?workspace_id=']) {
        const theirs = await ask(`${path}${two.id}`);
        expect(theirs.status).toBe(404);
        expect(await ask(`${path}${nobodys('ws')}`)).toEqual(theirs);
      }
      for (const id of [two.failed, two.served]) {
        const theirs = await ask(`/v1/logs/${id}`);
        expect(theirs.status).toBe(404);
        expect(await ask(`/v1/logs/${nobodys('req')}`)).toEqual(theirs);
        expect((await ask(`/v1/logs/${id}?workspace_id=${one.id}`)).status).toBe(404);
        expect((await ask(`/v1/logs/${id}?workspace_id=${two.id}`)).status).toBe(404);
      }
    });

    it('go on from any cursor within its own, and are all there', async () => {
      expect(idsOf((await get(`/v1/logs?cursor=${two.failed}`, one.apiKey)).json)).toEqual([
        one.fellBack,
        one.failed,
        one.served,
      ]);
      expect(idsOf((await get(`/v1/logs?workspace_id=${one.id}&kind=credential`, one.apiKey)).json)).toEqual([
        one.fellBack,
        one.failed,
      ]);
      expect(idsOf((await get('/v1/logs?status=success', one.apiKey)).json)).toEqual([one.fellBack, one.served]);
    });

    it('open none of the operator’s endpoints', async () => {
      const operators = endpoints.filter((endpoint: Endpoint) => endpoint.access === 'operator');
      for (const { method, path } of operators)
        expect(
          (
            await call(gateway, method, `/v1${path.replace(/\{id\+?\}/, two.id)}`, {
              key: one.apiKey,
              ...(method !== 'GET' && { body: {} }),
            })
          ).status,
          path,
        ).toBe(401);
    });
  });
});
