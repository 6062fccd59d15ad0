import { DeleteTableCommand, DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseMs } from '../../functions/core/hours.ts';
import type { JsonObject } from '../../functions/core/json.ts';
import { sweepHolds } from '../../functions/gateway/sweep/sweep-holds.ts';
import { createProviderKeys } from '../../functions/stores/config/provider-keys.ts';
import { createTableIdentity } from '../../functions/stores/config/table-identity.ts';
import { createWorkspaces } from '../../functions/stores/config/workspaces.ts';
import { createHotCalls } from '../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../functions/stores/log/request-log.ts';
import { createUsageHours } from '../../functions/stores/log/usage-hours.ts';
import { createHoldBook } from '../../functions/stores/money/hold-book.ts';
import { createLedger } from '../../functions/stores/money/ledger.ts';
import { createSecretInventory } from '../../functions/stores/secrets/secret-inventory.ts';
import { createTables } from '../../local/dynamodb.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import {
  type Answer,
  addKey,
  call,
  chat,
  createTenant,
  errorOf,
  fakeKey,
  routeOf,
  type Tenant,
} from '../embedded/workspace.ts';
import { adminToken, aws, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';
import { wholePass } from '../gateway/sweep/whole-pass.ts';
import { newId, stores } from './tables.ts';

const day = 24 * 60 * 60_000;
const [original, restored] = ['keyway-config', 'keyway-restored'];

/** What docs/restore.md says, step by step. A restore is a new table with the items as they were: the stores know no other part of it. */
describe.each(stores)('the configuration restored to an earlier time, in %s', (_name, url) => {
  let services: Stores;
  let provider: FakeOpenAi;
  let client: DynamoDBClient;
  /** The gateway on the table of before, and on the restored one. */
  let before: Gateway;
  let after: Gateway;
  let tenant: Tenant;
  const ids: Record<'kept' | 'rotated' | 'deleted' | 'newer', string> = {
    kept: '',
    rotated: '',
    deleted: '',
    newer: '',
  };
  const secrets = { kept: fakeKey(), first: fakeKey(), second: fakeKey(), deleted: fakeKey(), newer: fakeKey() };
  const requestId = newId('req');
  const keys: Record<'newer' | 'revoked', { id: string; key: string }> = {
    newer: { id: '', key: '' },
    revoked: { id: '', key: '' },
  };
  let lastBefore: Answer;
  const topUp = { amount_usd: '5', idempotency_key: 'invoice-1' };

  const pinned = (gateway: Gateway, id: string, by = tenant) =>
    chat(gateway, by, {}, { 'x-keyway-provider-key': id, 'x-keyway-credentials': 'byok-only' });
  const manage = (gateway: Gateway, method: string, path: string, body?: JsonObject) =>
    call(gateway, method, path, { key: tenant.apiKey, ...(body && { body }) });
  const operate = (gateway: Gateway, method: string, path: string, body: JsonObject) =>
    call(gateway, method, path, { key: adminToken, body });
  const makeKey = async (gateway: Gateway) => {
    const { json } = await manage(gateway, 'POST', '/v1/api-keys', { scopes: ['inference', 'manage'] });
    return { id: String(json.id), key: String(json.key) };
  };
  const balance = async (gateway: Gateway) => (await manage(gateway, 'GET', '/v1/balance')).json;

  async function restore(): Promise<void> {
    await createTables(client, { config: restored, log: 'keyway-log' });
    for await (const { Items = [] } of paginateScan({ client }, { TableName: original }))
      for (const Item of Items) await client.send(new PutItemCommand({ TableName: restored, Item }));
  }

  beforeAll(async () => {
    [services, provider] = await Promise.all([startStores({}, url), startFakeOpenAi()]);
    client = new DynamoDBClient({ ...aws, endpoint: services.dynamo.url });
    before = await startGateway(services, { OPENAI_BASE_URL: provider.url });
    tenant = await createTenant(before, '10');
    ids.kept = await addKey(before, tenant, secrets.kept);
    ids.rotated = await addKey(before, tenant, secrets.first);
    ids.deleted = await addKey(before, tenant, secrets.deleted);
    keys.revoked = await makeKey(before);
    const held = { fallback: [], apiKey: null };
    await createLedger(client, original, Date.now).hold(tenant.id, requestId, 1_000_000_000, held);

    await restore();

    await manage(before, 'PATCH', `/v1/provider-keys/${ids.rotated}`, { credential: secrets.second });
    await manage(before, 'DELETE', `/v1/provider-keys/${ids.deleted}`);
    ids.newer = await addKey(before, tenant, secrets.newer);
    keys.newer = await makeKey(before);
    await manage(before, 'DELETE', `/v1/api-keys/${keys.revoked.id}`);
    await operate(before, 'POST', `/v1/workspaces/${tenant.id}/credits`, topUp);
    await operate(before, 'PATCH', `/v1/workspaces/${tenant.id}`, { requests_per_minute: 1000 });
    lastBefore = await pinned(before, ids.newer);
    expect(lastBefore.status).toBe(200);

    after = await startGateway(services, { OPENAI_BASE_URL: provider.url, KEYWAY_CONFIG_TABLE: restored });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([before.close(), after.close(), provider.close()]);
    await services.close();
    const made = url === null ? [] : [original, restored, 'keyway-log'];
    for (const TableName of made) await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
  });

  const sweep = (afterMs: number, mostOrphans?: number) => {
    const reported: string[] = [];
    const now = () => Date.now() + afterMs;
    return wholePass(
      {
        inventories: [createSecretInventory(services.secretsManager, 'keyway')],
        keys: createProviderKeys(client, restored),
        table: createTableIdentity(client, restored, now).record,
        hours: createUsageHours(client, restored),
        now,
        report: (event) => reported.push(event),
      },
      mostOrphans,
    );
  };

  it('serves what was there, with the keys that were there', async () => {
    expect((await pinned(after, ids.kept)).status).toBe(200);
    expect(provider.callsOf(secrets.kept)).toBe(1);
  });

  it('reads the version before of a key that was rotated since, and takes another rotation', async () => {
    expect((await pinned(after, ids.rotated)).status).toBe(200);
    expect([provider.callsOf(secrets.first), provider.callsOf(secrets.second)]).toEqual([1, 0]);
    const third = fakeKey();
    expect((await manage(after, 'PATCH', `/v1/provider-keys/${ids.rotated}`, { credential: third })).status).toBe(200);
    expect((await pinned(after, ids.rotated)).status).toBe(200);
    expect(provider.callsOf(third)).toBe(1);
  });

  it('lists a key that was deleted since, has no secret for it, and takes a new one', async () => {
    const refused = await pinned(after, ids.deleted);
    expect([refused.status, errorOf(refused).code]).toEqual([502, 'provider_secret_unavailable']);
    expect(routeOf(refused)).toContain(`byok(${ids.deleted})=secret_unavailable`);
    await manage(after, 'PATCH', `/v1/provider-keys/${ids.deleted}`, { credential: fakeKey() });
    expect((await pinned(after, ids.deleted)).status).toBe(200);
  });

  it('does not know newer keys of either kind, and knows revoked ones again', async () => {
    expect((await pinned(after, ids.newer)).status).toBe(404);
    expect((await pinned(after, ids.kept, { ...tenant, apiKey: keys.newer.key })).status).toBe(401);
    expect((await pinned(after, ids.kept, { ...tenant, apiKey: keys.revoked.key })).status).toBe(200);
    await manage(after, 'DELETE', `/v1/api-keys/${keys.revoked.id}`);
    expect((await pinned(after, ids.kept, { ...tenant, apiKey: keys.revoked.key })).status).toBe(403);
  });

  it('lacks credit that was added since, and takes it again under the same key, once', async () => {
    expect((await balance(after)).balance_usd).toBe('10.0000000');
    for (let i = 0; i < 2; i++) await operate(after, 'POST', `/v1/workspaces/${tenant.id}/credits`, topUp);
    expect((await balance(after)).balance_usd).toBe('15.0000000');
  });

  it('gives back what a request held at that time', async () => {
    expect((await balance(after)).held_usd).toBe('1.0000000');
    const now = () => Date.now() + leaseMs + 60_000;
    await sweepHolds([tenant.id], {
      book: createHoldBook(client, restored, now),
      ledger: createLedger(client, restored, now),
      log: createRequestLog(client, createHotCalls(client), 'keyway-log', now),
      workspaces: createWorkspaces(client, restored),
      now,
    });
    expect(await balance(after)).toMatchObject({ held_usd: '0.0000000', available_usd: '15.0000000' });
  });

  it('keeps the request log whole: what came since is in it', async () => {
    const id = lastBefore.headers.get('x-request-id');
    expect((await manage(after, 'GET', `/v1/logs/${id}`)).json).toMatchObject({
      status: 200,
      provider_key_id: ids.newer,
    });
  });

  it('is the same table to its secrets, and keeps newer ones for a week', async () => {
    const old = await createTableIdentity(client, original, Date.now).record();
    const now = await createTableIdentity(client, restored, Date.now).record();
    expect(now.id).toBe(old.id);
    expect(now.since).toBeGreaterThan(old.since);
    const stored = await addKey(after, tenant, fakeKey());
    expect(await sweep(day)).toMatchObject({ removed: 0, foreign: 0, withheld: 1 });
    expect(await sweep(6 * day)).toMatchObject({ removed: 0, withheld: 1 });
    // Nobody stored it again.
    expect(await sweep(8 * day)).toMatchObject({ removed: 1, withheld: 0 });
    expect((await pinned(after, stored)).status).toBe(200);
    expect((await pinned(after, ids.kept)).status).toBe(200);
  });
});

describe('a stack that was destroyed and deployed again with its tables', () => {
  it('loses no key', async () => {
    const [services, provider] = await Promise.all([startStores(), startFakeOpenAi()]);
    const settings = { OPENAI_BASE_URL: provider.url, KEYWAY_CONFIG_TABLE: original, KEYWAY_LOG_TABLE: 'keyway-log' };
    const first = await startGateway(services, settings);
    const tenant = await createTenant(first);
    const secret = fakeKey();
    const id = await addKey(first, tenant, secret);
    await first.close();
    const second = await startGateway(services, settings);
    expect((await chat(second, tenant)).headers.get('x-keyway-provider-key')).toBe(id);
    expect(provider.callsOf(secret)).toBe(1);
    const another = await createTenant(second);
    const added = await addKey(second, another, fakeKey());
    const client = new DynamoDBClient({ ...aws, endpoint: services.dynamo.url });
    const swept = await wholePass({
      inventories: [createSecretInventory(services.secretsManager, 'keyway')],
      keys: createProviderKeys(client, original),
      table: createTableIdentity(client, original, Date.now).record,
      hours: createUsageHours(client, original),
      now: () => Date.now() + 30 * day,
      report: () => undefined,
    });
    expect(swept).toMatchObject({ checked: 2, removed: 0, foreign: 0, withheld: 0 });
    expect((await chat(second, another)).headers.get('x-keyway-provider-key')).toBe(added);
    client.destroy();
    await Promise.all([second.close(), provider.close()]);
    await services.close();
  });
});
