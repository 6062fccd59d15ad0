import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { hashApiKey, refOf } from '../../functions/gateway/access/authenticate.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { addKey, call, chat, createTenant, fakeKey, type Tenant } from '../embedded/workspace.ts';
import {
  adminToken,
  type Gateway,
  readTables,
  runSweep,
  type Stores,
  startGateway,
  startStores,
} from '../embedded-gateway.ts';

type Item = Record<string, AttributeValue>;

/**
 * What the release before wrote for: a workspace with a cap, two provider keys of which one is refused, an API key with limits, three
 * requests, a top-up, a price and a sweep. Made by that release itself; whoever makes a release makes it anew.
 */
const text = readFileSync(join(import.meta.dirname, 'items-of-the-release-before.json'), 'utf8');
const workspaceId = /ws_[0-9A-Z]{26}/.exec(text)?.[0] ?? '';
/** API keys of now in the place of those of then, which nobody has. */
const apiKeys = Object.fromEntries(
  ['FIRST', 'APP'].map((name) => [name, `kw_${workspaceId.slice(3)}_${randomBytes(32).toString('base64url')}`]),
) as Record<'FIRST' | 'APP', string>;
const before: Item[] = JSON.parse(
  Object.entries(apiKeys).reduce(
    (all, [name, key]) =>
      all.replaceAll(`{${name} HASH}`, hashApiKey(key)).replaceAll(`{${name} REF}`, refOf(hashApiKey(key))),
    text,
  ),
);
const isLog = ({ pk }: Item) => pk?.S?.startsWith('ws_') === true;
const documents = before.filter(({ doc }) => doc !== undefined);

/** Each path of an item with the type of what is there; documents count as what they hold. */
function shapeOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string' && /^[[{]/.test(value)) return shapeOf(JSON.parse(value), `${path}json:`);
  if (Array.isArray(value)) return new Map(value.flatMap((each) => [...shapeOf(each, `${path}[]`)]));
  if (typeof value !== 'object' || value === null)
    return new Map([[path, path.endsWith('NULL.') || value === null ? 'null' : typeof value]]);
  return new Map(Object.entries(value).flatMap(([name, each]) => [...shapeOf(each, `${path}${generic(name)}.`)]));
}

/** Without what differs from workspace to workspace and from day to day. */
function generic(name: string): string {
  return name
    .replace(/\b(pk|ws|req)_[0-9A-Z]{26}/g, '<$1>')
    .replace(/#[0-9A-Z]{16}\b/g, '#<ref>')
    .replace(/#[\w-]{22}$/, '#<hash>')
    .replace(/\d{4}-\d\d-\d\d(T\d\d(:\d\d)?)?/g, '<time>');
}

/** All items of one kind together: what each path may hold. */
function shapesOf(items: Item[]): Map<string, Map<string, Set<string>>> {
  const kinds = new Map<string, Map<string, Set<string>>>();
  for (const item of items) {
    const kind = isLog(item)
      ? 'log'
      : `${item.pk?.S?.startsWith('WS#') ? 'WS' : item.pk?.S} ${generic(item.sk?.S ?? '')}`;
    const shape = kinds.get(kind) ?? new Map<string, Set<string>>();
    for (const [path, type] of shapeOf(item)) {
      // An absent number and NULL in a log record are two attributes of one name.
      const place = path.replace(/\.(NULL|N|S|BOOL)\.$/, '.');
      shape.set(place, new Set([...(shape.get(place) ?? []), type]));
    }
    kinds.set(kind, shape);
  }
  return kinds;
}

describe('two releases on the same tables', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let client: DynamoDBClient;
  const good = fakeKey();
  const refused = fakeKey();
  const first: Tenant = { id: workspaceId, apiKey: apiKeys.FIRST };

  const put = (item: Item) =>
    client.send(new PutItemCommand({ TableName: isLog(item) ? 'keyway-log' : 'keyway-config', Item: item }));
  const stored = async () => (await readTables(stores.dynamo.url)).map((line) => JSON.parse(line) as Item);
  const manage = (method: string, path: string, body?: JsonObject) =>
    call(gateway, method, path, { key: apiKeys.FIRST, ...(body && { body }) });

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: fakeKey() }), startFakeOpenAi()]);
    provider.treat(refused, { status: 401, error: { code: 'invalid_api_key' } });
    client = new DynamoDBClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      endpoint: stores.dynamo.url,
    });
    for (const item of before) await put(item);
    const settings = before.find(({ sk }) => sk?.S === 'SETTINGS');
    for (const [id, key] of Object.entries(settings?.keys?.M ?? {})) {
      const { label, secretVersion } = JSON.parse(key.M?.doc?.S ?? '{}') as Record<string, string>;
      await stores.secretsManager.send(
        new CreateSecretCommand({
          Name: `keyway/tenants/${workspaceId}/${id}`,
          SecretString: JSON.stringify({ apiKey: label === 'main' ? refused : good }),
          ClientRequestToken: secretVersion,
        }),
      );
    }
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
  }, 30_000);
  afterAll(async () => {
    client.destroy();
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  it('the newer one serves what the older one wrote', async () => {
    for (const apiKey of [apiKeys.FIRST, apiKeys.APP]) {
      const answer = await chat(gateway, { ...first, apiKey });
      expect([answer.status, answer.headers.get('x-keyway-credential')]).toEqual([200, 'byok']);
    }
    expect((await chat(gateway, first, {}, { 'x-keyway-credentials': 'platform-only' })).status).toBe(200);
  });

  it.each([
    ['/v1/provider-keys', 2],
    ['/v1/api-keys', 2],
    ['/v1/usage', 1],
  ])('the newer one shows what the older one wrote: %s', async (path, least) => {
    const { status, json } = await manage('GET', path);
    expect(status).toBe(200);
    expect((json.data as unknown[]).length).toBeGreaterThanOrEqual(least);
  });

  it('the newer one shows each record of the log, and workspaces without limits as such', async () => {
    for (const { sk, status } of before.filter(isLog))
      expect((await manage('GET', `/v1/logs/${sk?.S}`)).json.status).toBe(Number(status?.N));
    const { json } = await call(gateway, 'GET', '/v1/workspaces', { key: adminToken });
    expect(json.data).toEqual([
      expect.objectContaining({
        id: workspaceId,
        retention_days: 90,
        fallback_cap_day_usd: '5.0000000',
        suspended: false,
        requests_in_flight: null,
      }),
    ]);
  });

  it('a change by either one keeps what the other one knows more', async () => {
    for (const item of documents) {
      const doc = { ...(JSON.parse(item.doc?.S ?? '{}') as object), ofTheNextRelease: { a: [1] } };
      const keys = Object.entries(item.keys?.M ?? {}).map(([id, key]) => {
        const next = { ...(JSON.parse(key.M?.doc?.S ?? '{}') as object), ofTheNextRelease: { a: [1] } };
        return [id, { M: { ...key.M, doc: { S: JSON.stringify(next) } } }];
      });
      await put({
        ...item,
        doc: { S: JSON.stringify(doc) },
        ofTheNextRelease: { S: 'kept' },
        ...(keys.length > 0 && { keys: { M: Object.fromEntries(keys) } }),
      });
    }
    const ids = (path: string) =>
      manage('GET', path).then(({ json }) => (json.data as JsonObject[]).map(({ id }) => id));
    for (const id of await ids('/v1/provider-keys')) await manage('PATCH', `/v1/provider-keys/${id}`, { priority: 3 });
    for (const id of await ids('/v1/api-keys')) await manage('PATCH', `/v1/api-keys/${id}`, { name: 'renamed' });
    await call(gateway, 'PATCH', `/v1/workspaces/${workspaceId}`, { key: adminToken, body: { name: 'renamed' } });
    const changed = (await stored()).filter(({ doc }) => doc !== undefined);
    expect(changed).toHaveLength(documents.length);
    for (const item of changed) {
      expect(item.ofTheNextRelease?.S).toBe('kept');
      const docs = [item.doc?.S, ...Object.values(item.keys?.M ?? {}).map((key) => key.M?.doc?.S)];
      for (const doc of docs) expect(JSON.parse(doc ?? '{}')).toMatchObject({ ofTheNextRelease: { a: [1] } });
      expect(docs.join()).toMatch(/renamed/);
    }
  });

  it('the older one finds in all that the newer one writes what it wrote itself, under the same names and of the same types', async () => {
    const tenant = await createTenant(gateway);
    await call(gateway, 'PATCH', `/v1/workspaces/${tenant.id}`, {
      key: adminToken,
      body: { retention_days: 90, fallback_cap_day_usd: '5', requests_in_flight: 5, suspended: false },
    });
    const failing = await addKey(gateway, tenant, refused, {
      label: 'main',
      models: ['gpt-4o*'],
      fallback_on: ['credential'],
    });
    await addKey(gateway, tenant, good, { priority: 5 });
    const made = await call(gateway, 'POST', '/v1/api-keys', {
      key: tenant.apiKey,
      body: {
        scopes: ['inference'],
        name: 'app',
        requests_per_minute: 100,
        tokens_per_minute: 1e5,
        spend_month_usd: '3',
      },
    });
    await chat(gateway, { ...tenant, apiKey: String(made.json.key) });
    await chat(gateway, tenant, {}, { 'x-keyway-credentials': 'platform-only' });
    await chat(gateway, tenant, {}, { 'x-keyway-provider-key': failing });
    const [credits, price] = [
      { amount_usd: '5', idempotency_key: 'one' },
      { input_usd_per_million: '1', output_usd_per_million: '2' },
    ];
    await call(gateway, 'POST', `/v1/workspaces/${tenant.id}/credits`, { key: adminToken, body: credits });
    await call(gateway, 'PUT', '/v1/prices/openai/gpt-4o-mini', { key: adminToken, body: price });
    await runSweep(stores);
    const mine = ({ pk, sk }: Item) => [pk?.S, sk?.S].some((name) => name?.includes(tenant.id.slice(3)));
    const now = shapesOf(
      (await stored()).filter((item) => mine(item) || ['PRICES', 'TABLE'].includes(item.pk?.S ?? '')),
    );
    expect(shapesOf(before).size).toBe(11);
    const missing: string[] = [];
    for (const [kind, shape] of shapesOf(before))
      for (const [path, types] of shape) {
        const found = now.get(kind)?.get(path);
        if (found === undefined) missing.push(`${kind}: ${path}`);
        else
          for (const type of found)
            if (type !== 'null' && !types.has('null')) expect([...types], `${kind} ${path}`).toContain(type);
      }
    expect(missing).toEqual([]);
  });
});
