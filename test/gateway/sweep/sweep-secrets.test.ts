import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretPlace } from '../../../functions/core/accounts/secret-store.ts';
import type { ListedSecret, SecretInventory } from '../../../functions/core/more-ports/sweep.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createTableIdentity } from '../../../functions/stores/config/table-identity.ts';
import { createUsageHours } from '../../../functions/stores/log/usage-hours.ts';
import { createSecretInventory } from '../../../functions/stores/secrets/secret-inventory.ts';
import { createSecretWriter } from '../../../functions/stores/secrets/secret-writer.ts';
import type { Listening } from '../../../local/listening.ts';
import { newArn } from '../../../local/secret-book.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';
import { providerKey } from '../../core/samples.ts';
import { addWorkspace, newId, openTables, type Tables } from '../../stores/tables.ts';
import { allSecrets, wholePass } from './whole-pass.ts';

const now = Date.parse('2026-03-01T00:00:00Z');
const longAgo = now - 24 * 60 * 60_000;
const self = 'this-table';

const secretOf = (keyId: string, change: Partial<ListedSecret> = {}): ListedSecret => ({
  workspaceId: 'ws_1',
  keyId,
  owner: self,
  createdAt: longAgo,
  changedAt: longAgo,
  current: 'v1',
  pending: [],
  ...change,
});
const many = (count: number, change: Partial<ListedSecret> = {}) =>
  Array.from({ length: count }, (_, i) => secretOf(`pk_${i}`, change));

const tableKey = { pk: { S: 'TABLE' }, sk: { S: 'TABLE' } };

/** As the embedded Secrets Manager keeps them; half of the table before, half of nobody. */
function storedSecret(i: number, workspaceId: string) {
  const name = `keyway/tenants/${workspaceId}/${newId('pk')}`;
  const version = { string: 'FAKE', stages: ['AWSCURRENT'], createdAt: longAgo / 1000 };
  return {
    name,
    arn: newArn(name),
    ...(i % 2 === 0 && { tags: { 'keyway:table': 'the-table-before' } }),
    createdAt: longAgo / 1000,
    changedAt: longAgo / 1000,
    versions: { [`version-${i}`]: version },
  };
}

/** A sweep over secrets and a table that names some of them. */
async function sweep(
  secrets: ListedSecret[],
  named: string[],
  options: {
    workspaces?: string[];
    most?: number;
    since?: number;
    isNewer?: boolean;
    /** What the records say of where secrets lie, and whether they lie there. */
    place?: SecretPlace;
    holds?: boolean;
  } = {},
) {
  const did: string[] = [];
  const reported: [string, object][] = [];
  const inventory: SecretInventory = {
    store: 'secrets-manager',
    holds: async () => true,
    async page(cursor) {
      const [start, end] = [Number(cursor ?? 0), Number(cursor ?? 0) + 700];
      return { secrets: secrets.slice(start, end), next: end < secrets.length ? String(end) : null };
    },
    adopt: async (_, id, owner) => void did.push(`adopt ${id} ${owner}`),
    promote: async (_, id, version) => void did.push(`promote ${id} ${version}`),
    discard: async (_, id, version) => void did.push(`discard ${id} ${version}`),
    retire: async (_, id) => void did.push(`retire ${id}`),
  };
  const keys = named.map((id) => ({ ...providerKey('a'), id, secretVersion: 'v1', ...options.place }));
  const other: SecretInventory = {
    ...inventory,
    store: 'kms',
    page: async () => ({ secrets: [], next: null }),
    holds: async () => options.holds ?? true,
  };
  const swept = await wholePass(
    {
      inventories: [inventory, other],
      keys: { list: async () => ({ keys, health: {}, revision: 1 }) },
      table: async () => ({ id: self, since: options.since ?? 0, isNewer: options.isNewer ?? false }),
      hours: {
        async *workspaces() {
          yield options.workspaces ?? ['ws_1'];
        },
      },
      now: () => now,
      report: (event, details) => reported.push([event, details]),
    },
    options.most,
  );
  return { swept, did, reported };
}

describe('the sweep of secrets', () => {
  const hoursAgo = (hours: number) => new Date(now - hours * 60 * 60_000).toISOString();
  const old = { changedAt: longAgo - 1 };

  it.each<[string, SecretPlace, Partial<ListedSecret>, boolean, string[], number]>([
    ['moved more than a day ago', { secretStore: 'kms', secretMovedAt: hoursAgo(25) }, old, true, ['retire pk_a'], 0],
    ['was left by a move that broke off', { secretStore: 'kms' }, old, true, ['retire pk_a'], 0],
    ['moved a few hours ago', { secretStore: 'kms', secretMovedAt: hoursAgo(23) }, old, true, [], 0],
    ['changed here within a day', { secretStore: 'kms', secretMovedAt: hoursAgo(25) }, {}, true, [], 0],
    ['moved, but is not there', { secretStore: 'kms', secretMovedAt: hoursAgo(25) }, old, false, [], 1],
    [
      'is another table’s',
      { secretStore: 'kms', secretMovedAt: hoursAgo(25) },
      { ...old, owner: 'other' },
      true,
      [],
      0,
    ],
  ])('knows what to do with a secret that %s', async (_, place, secret, holds, expected, reports) => {
    const { swept, did, reported } = await sweep([secretOf('pk_a', secret)], ['pk_a'], { place, holds });
    expect(did).toEqual(expected);
    expect(swept).toMatchObject({ moved: expected.length, removed: 0 });
    expect(reported.filter(([event]) => event === 'secret_not_moved')).toHaveLength(reports);
  });

  it('retires what moved also in the first week of a table, and many at once: their records say where they are', async () => {
    const place: SecretPlace = { secretStore: 'kms', secretMovedAt: hoursAgo(25) };
    const ids = Array.from({ length: 1100 }, (_, i) => `pk_${i}`);
    const { swept } = await sweep(many(1100, old), ids, { place, since: now - 1000 });
    expect(swept.moved).toBe(1100);
  });

  it('leaves a secret alone whose other store is not there', async () => {
    const { did } = await sweep([secretOf('pk_a', old)], ['pk_a'], { place: { secretStore: 'kms' }, holds: false });
    expect(did).toEqual([]);
  });

  it.each([
    ['its own', self],
    ["another's", 'another-table'],
    ['of before there were owners', null],
  ])('retires nothing for an empty table, with ten thousand secrets that are %s, and tells', async (_, owner) => {
    const { did, reported } = await sweep(many(10_000, { owner }), [], { workspaces: [] });
    expect(did).toEqual([]);
    expect(reported).toEqual([['orphans_kept', expect.objectContaining({ why: 'the table holds no workspace' })]]);
  });

  it('says nothing of an empty table where there are no secrets either', async () => {
    expect((await sweep([], [], { workspaces: [] })).reported).toEqual([]);
  });

  it("leaves a foreign table's secrets alone, and those of nobody", async () => {
    const { swept, did } = await sweep(
      [secretOf('pk_a', { owner: 'another-table' }), secretOf('pk_b', { owner: null }), secretOf('pk_c')],
      ['pk_other'],
    );
    expect(did).toEqual(['retire pk_c']);
    expect(swept).toMatchObject({ checked: 3, removed: 1, foreign: 2 });
  });

  it('adopts older secrets that a key of the table names, once, and no other table’s', async () => {
    const { swept, did } = await sweep(
      [secretOf('pk_a', { owner: null }), secretOf('pk_b'), secretOf('pk_c', { owner: 'another-table' })],
      ['pk_a', 'pk_b', 'pk_c'],
    );
    expect(did).toEqual([`adopt pk_a ${self}`]);
    expect(swept).toMatchObject({ adopted: 1, foreign: 0, removed: 0 });
  });

  it.each([
    ['twenty of few', 20, 0, 20],
    ['twenty-one of few', 21, 0, 0],
    ['one in a hundred of many', 30, 2970, 30],
    ['more than one in a hundred of many', 31, 2969, 0],
  ])('retires a few orphans, and none where there are too many: %s', async (_, orphans, others, removed) => {
    const secrets = many(orphans + others);
    const named = secrets.slice(orphans).map(({ keyId }) => keyId);
    const { swept, did, reported } = await sweep(secrets, named);
    expect(swept.removed).toBe(removed);
    expect(did).toHaveLength(removed);
    expect(reported.map(([event]) => event)).toEqual(removed === 0 ? ['orphans_kept'] : []);
  });

  it('retires as many as the operator says who has looked, yet never for an empty table', async () => {
    expect((await sweep(many(50), [], { most: 50 })).swept.removed).toBe(50);
    expect((await sweep(many(51), [], { most: 50 })).swept.removed).toBe(0);
    expect((await sweep(many(50), [], { most: 50, workspaces: [] })).swept.removed).toBe(0);
  });

  it('counts what does not belong to the table for no share of what does', async () => {
    const { swept } = await sweep([...many(21), ...many(5000, { owner: 'another-table' })], ['pk_other']);
    expect(swept.removed).toBe(0);
  });

  it.each([
    ['in the first week of a table', 6, 0, 3],
    ['a week after', 7, 3, 0],
  ])('only says what it would retire %s', async (_, days, removed, withheld) => {
    const { swept, did, reported } = await sweep(many(3), [], { since: now - days * 24 * 60 * 60_000 });
    expect(swept).toMatchObject({ removed, withheld });
    expect(did).toHaveLength(removed);
    expect(reported).toEqual([]);
  });

  it('retires in the first week what the operator says who has looked, and rings when there is too much', async () => {
    expect((await sweep(many(3), [], { since: now - 1, most: 3 })).swept).toMatchObject({ removed: 3, withheld: 0 });
    const { swept, reported } = await sweep(many(30), [], { since: now - 1 });
    expect(swept).toMatchObject({ removed: 0 });
    expect(reported).toEqual([['orphans_kept', expect.objectContaining({ why: 'too many at once' })]]);
  });

  it('judges no table that a newer release has written, and says so if there was something to judge', async () => {
    const { did, reported } = await sweep(many(1), [], { isNewer: true });
    expect(did).toEqual([]);
    expect(reported).toEqual([
      ['orphans_kept', expect.objectContaining({ why: 'a newer release has written the table' })],
    ]);
    expect((await sweep(many(1), ['pk_0'], { isNewer: true })).reported).toEqual([]);
  });

  it('settles versions also while orphans are kept', async () => {
    const { swept, did } = await sweep(
      [...many(30), secretOf('pk_a', { pending: ['v1', 'v2'], current: 'v0' })],
      ['pk_a'],
    );
    expect(did).toEqual(['promote pk_a v1', 'discard pk_a v2']);
    expect(swept).toMatchObject({ settled: 2, removed: 0 });
  });
});

describe('the sweep after the stack was destroyed and deployed again', () => {
  let before: Tables;
  let after: Tables;
  let server: Listening;
  let secrets: SecretsManagerClient;
  beforeAll(async () => {
    [before, after, server] = await Promise.all([openTables(), openTables(), startSecretsManager({ file: null })]);
    secrets = new SecretsManagerClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  afterAll(async () => {
    secrets.destroy();
    await Promise.all([before.close(), after.close(), server.close()]);
  });

  const table = ({ client, config }: Tables, now = Date.now) => createTableIdentity(client, config, now);

  async function storeKeys(tables: Tables, count: number) {
    const { workspace } = await addWorkspace(tables, 0);
    const writer = createSecretWriter(secrets, 'keyway', table(tables).identity);
    const keys = createProviderKeys(tables.client, tables.config);
    for (let i = 0; i < count; i++) {
      const secretVersion = crypto.randomUUID();
      const key = { ...providerKey('a'), id: newId('pk'), secretVersion };
      await writer.write(workspace.id, key.id, new Secret('FAKE'), secretVersion, true);
      await keys.put(workspace.id, key, null);
    }
    return workspace.id;
  }

  /** Eight days later: the table is not new any more. */
  async function sweepNow(tables: Tables, afterMs = 8 * 24 * 60 * 60_000) {
    const events: string[] = [];
    const swept = await wholePass({
      inventories: [createSecretInventory(secrets, 'keyway')],
      keys: createProviderKeys(tables.client, tables.config),
      table: table(tables).record,
      hours: createUsageHours(tables.client, tables.config),
      now: () => Date.now() + afterMs,
      report: (event) => events.push(event),
    });
    return { ...swept, events };
  }

  it("retires none of the tenants' secrets, whether the new table is empty or not", async () => {
    await storeKeys(before, 5);
    expect(await sweepNow(before)).toMatchObject({ checked: 5, removed: 0, foreign: 0, events: [] });
    expect(await sweepNow(after)).toMatchObject({ checked: 5, removed: 0, foreign: 5, events: ['orphans_kept'] });
    const newcomer = await storeKeys(after, 1);
    expect(await sweepNow(after)).toMatchObject({ checked: 6, removed: 0, foreign: 5, events: [] });
    // What its own table no longer names goes as ever.
    const keys = createProviderKeys(after.client, after.config);
    const [own] = (await keys.list(newcomer)).keys;
    await keys.remove(newcomer, own?.id ?? '', 1);
    expect(await sweepNow(after)).toMatchObject({ removed: 1, foreign: 5 });
    expect(await sweepNow(before)).toMatchObject({ checked: 5, removed: 0, foreign: 0, events: [] });
  });

  it('retires none of ten thousand secrets for a table that was made anew, listed as Secrets Manager lists them, and rings', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyway-secrets-'));
    const file = join(folder, 'secrets.json');
    const workspaces = Array.from({ length: 100 }, () => newId('ws'));
    writeFileSync(
      file,
      JSON.stringify({ secrets: many(10_000).map((_, i) => storedSecret(i, workspaces[i % 100] ?? '')) }),
    );
    const full = await startSecretsManager({ file });
    const client = new SecretsManagerClient({
      endpoint: full.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const empty = await openTables();
    const reported: [string, object][] = [];
    const run = (mostOrphans?: number) =>
      wholePass(
        {
          inventories: [createSecretInventory(client, 'keyway')],
          keys: createProviderKeys(empty.client, empty.config),
          table: table(empty).record,
          hours: createUsageHours(empty.client, empty.config),
          now: () => Date.now() + 30 * 24 * 60 * 60_000,
          report: (event, details) => reported.push([event, details]),
        },
        mostOrphans,
      );
    expect(await run()).toMatchObject({ checked: 10_000, removed: 0 });
    expect(await run(10_000)).toMatchObject({ checked: 10_000, removed: 0 });
    await addWorkspace(empty, 0);
    expect(await run()).toMatchObject({ checked: 10_000, removed: 0, foreign: 10_000 });
    expect(reported).toEqual([
      ['orphans_kept', expect.objectContaining({ why: 'the table holds no workspace', foreign: 10_000 })],
      ['orphans_kept', expect.objectContaining({ why: 'the table holds no workspace' })],
    ]);
    const kept = (await allSecrets(createSecretInventory(client, 'keyway'))).length;
    expect(kept).toBe(10_000);
    client.destroy();
    await Promise.all([full.close(), empty.close()]);
    rmSync(folder, { recursive: true });
  });

  it('notes when a table was made, and begins anew for one that was restored under another name', async () => {
    const tables = await openTables();
    const made = Date.parse('2026-01-01T00:00:00Z');
    const first = await table(tables, () => made).record();
    expect(first).toEqual({ id: await table(tables).identity(), since: made, isNewer: false });
    expect(await table(tables, () => made + 1e9).record()).toEqual(first);
    // A restored table is a copy of the items under another name.
    const restored = createTableIdentity(tables.client, tables.log, () => made + 2e9);
    const { Item } = await tables.client.send(new GetItemCommand({ TableName: tables.config, Key: tableKey }));
    await tables.client.send(new PutItemCommand({ TableName: tables.log, Item }));
    expect(await restored.record()).toEqual({ ...first, since: made + 2e9 });
    expect(await restored.record()).toEqual({ ...first, since: made + 2e9 });
    await tables.close();
  });

  it('takes a table of the release before for a new one, keeps its id, and leaves a newer number alone', async () => {
    const tables = await openTables();
    await tables.client.send(
      new PutItemCommand({ TableName: tables.config, Item: { ...tableKey, id: { S: 'the-old-id' } } }),
    );
    const at = Date.parse('2026-05-01T00:00:00Z');
    expect(await table(tables, () => at).record()).toEqual({ id: 'the-old-id', since: at, isNewer: false });
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.config,
        Key: tableKey,
        UpdateExpression: 'SET #s = :s',
        ExpressionAttributeNames: { '#s': 'schema' },
        ExpressionAttributeValues: { ':s': { N: '1000' } },
      }),
    );
    expect(await table(tables).record()).toEqual({ id: 'the-old-id', since: at, isNewer: true });
    await tables.close();
  });

  it('knows a table by one identity, whoever asks first', async () => {
    const tables = await openTables();
    const ids = await Promise.all(Array.from({ length: 10 }, () => table(tables).identity()));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(await table(before).identity());
    await tables.close();
  });
});
