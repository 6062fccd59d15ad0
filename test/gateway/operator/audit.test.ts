import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { type ChangingOperation, endpoints, isChange } from '../../../functions/endpoints.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../embedded/fake-openai.ts';
import { type Answer, addKey, call, createTenant, errorOf, fakeKey, type Tenant } from '../../embedded/workspace.ts';
import { type Gateway, readTables, type Stores, startGateway } from '../../embedded-gateway.ts';
import { owner, startStoresWithOperators, support } from './operators.ts';

interface Change {
  method: string;
  path: string;
  body?: object;
  /** What the record tells beside who and what. */
  told: object;
}

/** What there is to change. */
interface World {
  tenant: Tenant;
  providerKey: string;
  apiKey: string;
}

const price = { input_usd_per_million: '1', output_usd_per_million: '2' };
const model = 'openai/gpt-4o-mini';

/** One use of every endpoint that changes something: a new one without an entry here is no program, and fails below. */
const changes: Record<ChangingOperation, (world: World) => Change> = {
  testProviderKey: ({ providerKey }) => ({
    method: 'POST',
    path: `/v1/provider-keys/${providerKey}/test`,
    body: {},
    told: { target: providerKey, before: null, after: { state: 'verified' } },
  }),
  createProviderKey: () => ({
    method: 'POST',
    path: '/v1/provider-keys',
    body: { provider: 'openai', credential: fakeKey(), label: 'new' },
    told: { before: null, after: { label: 'new', version: 1 } },
  }),
  updateProviderKey: ({ providerKey }) => ({
    method: 'PATCH',
    path: `/v1/provider-keys/${providerKey}`,
    body: { credential: fakeKey(), label: 'rotated' },
    told: {
      target: providerKey,
      before: { label: null, version: 1 },
      after: { label: 'rotated', version: 2, credential_replaced: true },
    },
  }),
  deleteProviderKey: ({ providerKey }) => ({
    method: 'DELETE',
    path: `/v1/provider-keys/${providerKey}`,
    told: { target: providerKey, before: { id: providerKey }, after: null },
  }),
  createApiKey: () => ({
    method: 'POST',
    path: '/v1/api-keys',
    body: { scopes: ['inference'], name: 'new' },
    told: { before: null, after: { name: 'new', scopes: ['inference'] } },
  }),
  updateApiKey: ({ apiKey }) => ({
    method: 'PATCH',
    path: `/v1/api-keys/${apiKey}`,
    body: { name: 'renamed', spend_month_usd: '5' },
    told: {
      target: apiKey,
      before: { name: null, spend_month_usd: null },
      after: { name: 'renamed', spend_month_usd: '5.0000000' },
    },
  }),
  rotateApiKey: ({ apiKey }) => ({
    method: 'POST',
    path: `/v1/api-keys/${apiKey}/rotate`,
    body: {},
    told: { target: apiKey, before: { enabled: true }, after: { enabled: false, successor: { enabled: true } } },
  }),
  deleteApiKey: ({ apiKey }) => ({
    method: 'DELETE',
    path: `/v1/api-keys/${apiKey}`,
    told: { target: apiKey, before: { enabled: true, revoked_at: null }, after: { enabled: false } },
  }),
  createWorkspace: () => ({
    method: 'POST',
    path: '/v1/workspaces',
    body: { name: 'another', credit_usd: '1' },
    told: { before: null, after: { name: 'another', balance_usd: '1.0000000', api_key: { name: 'first key' } } },
  }),
  updateWorkspace: ({ tenant }) => ({
    method: 'PATCH',
    path: `/v1/workspaces/${tenant.id}`,
    body: { name: 'renamed' },
    told: { target: tenant.id, before: { name: 'tenant' }, after: { name: 'renamed' } },
  }),
  addCredits: ({ tenant }) => ({
    method: 'POST',
    path: `/v1/workspaces/${tenant.id}/credits`,
    body: { amount_usd: '2', idempotency_key: 'once' },
    told: {
      target: tenant.id,
      before: { balance_usd: '10.0000000' },
      after: { amount_usd: '2.0000000', idempotency_key: 'once', balance_usd: '12.0000000' },
    },
  }),
  setPrice: () => ({
    method: 'PUT',
    path: `/v1/prices/${model}`,
    body: price,
    told: { target: model, before: { id: model }, after: { id: model } },
  }),
  deletePrice: () => ({
    method: 'DELETE',
    path: `/v1/prices/${model}`,
    told: { target: model, before: { id: model }, after: null },
  }),
};
const operations = Object.keys(changes) as ChangingOperation[];
const isOperators = (operation: ChangingOperation) =>
  endpoints.some((endpoint) => endpoint.operation === operation && endpoint.access === 'operator');
const operators = operations.filter(isOperators);

describe('the audit trail', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let world: World;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStoresWithOperators(), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    const tenant = await createTenant(gateway);
    const made = await call(gateway, 'POST', '/v1/api-keys', { key: tenant.apiKey, body: { scopes: ['inference'] } });
    const providerKey = await addKey(gateway, tenant, fakeKey());
    await call(gateway, 'PUT', `/v1/prices/${model}`, { key: owner, body: price });
    world = { tenant, providerKey, apiKey: String(made.json.id) };
    gateway.lines.length = 0;
  });
  afterEach(() => gateway.dynamo.fault(null));

  const make = ({ method, path, body }: Change, key: string) =>
    call(gateway, method, path, { key, ...(body !== undefined && { body }) });
  const keyFor = (operation: ChangingOperation) => (isOperators(operation) ? owner : world.tenant.apiKey);
  const list = async (query = '', key = owner) =>
    (await call(gateway, 'GET', `/v1/audit?${query}`, { key })).json.data as JsonObject[];
  const recordOf = async (answer: Answer) => {
    const id = answer.headers.get('x-request-id');
    return (await list('limit=100')).find((record) => record.request_id === id);
  };

  it('knows every endpoint that changes something', () => {
    expect([...operations].sort()).toEqual(
      endpoints
        .filter(isChange)
        .map(({ operation }) => operation)
        .sort(),
    );
    // What opens with an operator's token or a manage key and is not looked at here only reads.
    const others = endpoints.filter(
      ({ access, operation }) =>
        !['open', 'inference', 'any-scope'].includes(access) && !(operations as string[]).includes(operation),
    );
    expect(others.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(endpoints.filter(({ access, method }) => /^any-scope/.test(access) && method !== 'GET')).toEqual([]);
  });

  it.each(operations)('%s leaves its record, which holds no secret', async (operation) => {
    const change = changes[operation](world);
    const answer = await make(change, keyFor(operation));
    expect(answer.status, answer.text).toBeLessThan(300);
    const record = await recordOf(answer);
    const actor = isOperators(operation)
      ? { type: 'operator', id: 'ann', role: 'owner' }
      : { type: 'api_key', id: expect.stringMatching(/^ak_/) };
    expect(record).toMatchObject({
      object: 'audit_record',
      request_id: answer.headers.get('x-request-id'),
      at: expect.stringMatching(/^20.*Z$/),
      operation,
      outcome: 'done',
      status: answer.status,
      error_code: null,
      client: { ip: '127.0.0.1' },
      ...change.told,
      actor,
      workspace_id: /Price/.test(operation) ? null : expect.stringMatching(/^ws_/),
      target: expect.stringMatching(/^(pk_|ak_|ws_|openai\/)/),
    });
    if (operation === 'createWorkspace') expect(record?.workspace_id).toBe(answer.json.id);
    else if (!/Price/.test(operation)) expect(record?.workspace_id).toBe(world.tenant.id);
    const text = JSON.stringify(record);
    // What the caller was shown once, and what is stored of it.
    expect(text).not.toMatch(/kw_[0-9A-Z]{26}_|sk-proj-|"hash"|"key":/);
    const [stored] = (await readTables(stores.dynamo.url)).filter(
      (item) => item.includes('AUDIT#') && item.includes(String(record?.request_id)),
    );
    expect(stored).not.toMatch(/kw_[0-9A-Z]{26}_|sk-proj-|\\"hash\\"/);
    const days = (Number(/"expires_at":\{"N":"(\d+)"/.exec(String(stored))?.[1]) - Date.now() / 1000) / 86_400;
    expect(days).toBeGreaterThan(399.9);
    expect(days).toBeLessThan(400.1);
  });

  it.each(operations)('%s is not made when its record cannot be written before it', async (operation) => {
    // That it was asked for is counted.
    const tables = async () =>
      (await readTables(stores.dynamo.url)).filter((item) => !item.includes('CHANGES#')).sort();
    const before = await tables();
    gateway.dynamo.fault((name, body) =>
      name === 'PutItem' && body.includes('AUDIT#') ? { status: 500, type: 'InternalServerError' } : undefined,
    );
    const answer = await make(changes[operation](world), keyFor(operation));
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'service_unavailable']);
    gateway.dynamo.fault(null);
    expect(await tables()).toEqual(before);
    expect(await recordOf(answer)).toBeUndefined();
  });

  it.each(operations)(
    '%s stands when only its outcome cannot be written, and the line is the whole record',
    async (operation) => {
      gateway.dynamo.fault((name, body) =>
        name === 'PutItem' && body.includes('AUDIT#') && body.includes('"done"')
          ? { status: 500, type: 'InternalServerError' }
          : undefined,
      );
      const change = changes[operation](world);
      const answer = await make(change, keyFor(operation));
      expect(answer.status, answer.text).toBeLessThan(300);
      gateway.dynamo.fault(null);
      const requestId = answer.headers.get('x-request-id');
      expect(await recordOf(answer)).toMatchObject({ outcome: 'pending', before: null, after: null, status: null });
      const lines = gateway.lines.map((line) => parseJson(line) as JsonObject);
      expect(lines.filter(({ event }) => event === 'audit_not_completed')).toMatchObject([
        { request_id: requestId, operation, outcome: 'done', ...change.told },
      ]);
    },
  );

  it.each(operators)('%s is refused to the role support, and that is recorded', async (operation) => {
    const before = (await readTables(stores.dynamo.url)).filter((item) => !/AUDIT#|CHANGES#/.test(item));
    const answer = await make(changes[operation](world), support);
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'forbidden']);
    expect(await recordOf(answer)).toMatchObject({
      operation,
      actor: { type: 'operator', id: 'sue', role: 'support' },
      outcome: 'refused',
      status: 403,
      error_code: 'forbidden',
      before: null,
      after: null,
    });
    expect((await readTables(stores.dynamo.url)).filter((item) => !/AUDIT#|CHANGES#/.test(item)).sort()).toEqual(
      before.sort(),
    );
  });

  it('records what was refused for its content, without a before and after', async () => {
    const answer = await call(gateway, 'PATCH', `/v1/provider-keys/${world.providerKey}`, {
      key: world.tenant.apiKey,
      body: { credential: fakeKey(), priority: 'high' },
    });
    expect(answer.status).toBe(422);
    expect(await recordOf(answer)).toMatchObject({
      outcome: 'refused',
      status: 422,
      error_code: 'validation_error',
      before: null,
      after: null,
    });
  });

  it('records what broke off as failed', async () => {
    gateway.dynamo.fault((name) => (name === 'UpdateItem' ? { status: 500, type: 'InternalServerError' } : undefined));
    const answer = await make(changes.updateWorkspace(world), owner);
    expect(answer.status).toBe(503);
    gateway.dynamo.fault(null);
    expect(await recordOf(answer)).toMatchObject({ outcome: 'failed', status: 503, before: null, after: null });
  });

  it('has no record of a key that may not manage, nor of a token that is none, which leaves a line', async () => {
    const made = await call(gateway, 'POST', '/v1/api-keys', {
      key: world.tenant.apiKey,
      body: { scopes: ['inference'] },
    });
    const refused = await call(gateway, 'POST', '/v1/api-keys', {
      key: String(made.json.key),
      body: { scopes: ['manage'] },
    });
    const unknown = await call(gateway, 'POST', '/v1/workspaces', { key: 'guessed-FAKE', body: { name: 'x' } });
    expect([refused.status, unknown.status]).toEqual([403, 401]);
    expect([await recordOf(refused), await recordOf(unknown)]).toEqual([undefined, undefined]);
    const lines = gateway.lines.filter((line) => line.includes('operator_refused'));
    expect(lines.map((line) => parseJson(line))).toEqual([
      { event: 'operator_refused', request_id: unknown.headers.get('x-request-id'), ip: '127.0.0.1' },
    ]);
    expect(lines.join()).not.toContain('guessed');
  });

  describe('is shown', () => {
    it('newest first, by workspace, actor, operation, outcome and time, in pages', async () => {
      const of = `workspace_id=${world.tenant.id}`;
      for (const name of ['one', 'two', 'three'])
        await call(gateway, 'PATCH', `/v1/workspaces/${world.tenant.id}`, { key: owner, body: { name } });
      const all = await list(of);
      expect(all.map(({ operation }) => operation)).toEqual([
        ...Array.from({ length: 3 }, () => 'updateWorkspace'),
        'createProviderKey',
        'createApiKey',
        'createWorkspace',
      ]);
      const names = async (query: string) =>
        (await list(`${of}&${query}`)).map(({ after }) => (after as JsonObject).name);
      expect(await names('operation=updateWorkspace&actor=ann')).toEqual(['three', 'two', 'one']);
      expect(await names('operation=updateWorkspace&actor=sue')).toEqual([]);
      expect(await names('operation=updateWorkspace&outcome=refused')).toEqual([]);
      expect(await names(`operation=updateWorkspace&from=${all[1]?.at}&to=${all[1]?.at}`)).toEqual(['two']);
      const keyId = (all[3]?.actor as JsonObject | undefined)?.id;
      expect((await list(`actor=${String(keyId)}`)).length).toBe(2);
      for (const scope of [of, 'limit=100']) {
        const paged: unknown[] = [];
        let cursor = '';
        do {
          const { json } = await call(gateway, 'GET', `/v1/audit?${scope}&limit=2${cursor}`, { key: support });
          paged.push(...(json.data as JsonObject[]).map(({ request_id }) => request_id));
          cursor = json.next_cursor === null ? '' : `&cursor=${String(json.next_cursor)}`;
        } while (cursor !== '' && paged.length < 12);
        expect(paged).toEqual((await list(scope)).map(({ request_id }) => request_id).slice(0, paged.length));
      }
    });

    it('to a workspace: its own, without the operator’s names and addresses, which no filter tells either', async () => {
      const other = await createTenant(gateway);
      await call(gateway, 'PATCH', `/v1/workspaces/${world.tenant.id}`, { key: owner, body: { name: 'seen' } });
      const { apiKey } = world.tenant;
      const own = await list('', apiKey);
      expect(own.map(({ workspace_id }) => workspace_id)).toEqual(own.map(() => world.tenant.id));
      expect(own[0]).toMatchObject({
        operation: 'updateWorkspace',
        actor: { type: 'operator', id: null },
        client: { ip: null, user_agent: null },
        after: { name: 'seen' },
      });
      expect(JSON.stringify(own)).not.toContain('ann');
      expect(own.some(({ actor }) => (actor as JsonObject).type === 'api_key')).toBe(true);
      expect(await list('actor=ann', apiKey)).toEqual([]);
      const theirs = await call(gateway, 'GET', `/v1/audit?workspace_id=${other.id}`, { key: apiKey });
      expect(theirs.status).toBe(404);
      expect((await list(`workspace_id=${world.tenant.id}`, apiKey)).length).toBe(own.length);
    });

    it('to no key that may not manage', async () => {
      const made = await call(gateway, 'POST', '/v1/api-keys', {
        key: world.tenant.apiKey,
        body: { scopes: ['inference'] },
      });
      expect((await call(gateway, 'GET', '/v1/audit', { key: String(made.json.key) })).status).toBe(403);
    });

    it('with ids that are no ids as one line of text', async () => {
      const forged = encodeURIComponent('pk_1\n{"event":"x"}\u202e\u0000');
      const answer = await call(gateway, 'PATCH', `/v1/provider-keys/${forged}`, {
        key: world.tenant.apiKey,
        body: { label: 'x' },
      });
      expect(answer.status).toBe(404);
      expect(await recordOf(answer)).toMatchObject({ outcome: 'refused', target: 'pk_1{"event":"x"}' });
    });
  });
});
