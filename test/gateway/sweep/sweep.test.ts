import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListedSecret, SecretInventory } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { sweepOrphans } from '../../../functions/gateway/sweep/sweep.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createTableIdentity } from '../../../functions/stores/config/table-identity.ts';
import { createUsageHours } from '../../../functions/stores/log/usage-hours.ts';
import { createSecretInventory } from '../../../functions/stores/secrets/secret-inventory.ts';
import { createSecretWriter } from '../../../functions/stores/secrets/secret-writer.ts';
import type { Listening } from '../../../local/listening.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';
import { providerKey } from '../../core/samples.ts';
import { addWorkspace, newId, openTables, type Tables } from '../../stores/tables.ts';

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

/** A sweep over secrets and a table that names some of them. */
async function sweep(secrets: ListedSecret[], named: string[], options: { workspaces?: string[]; most?: number } = {}) {
  const did: string[] = [];
  const reported: [string, object][] = [];
  const inventory: SecretInventory = {
    async *list() {
      yield* secrets;
    },
    adopt: async (_, id, owner) => void did.push(`adopt ${id} ${owner}`),
    promote: async (_, id, version) => void did.push(`promote ${id} ${version}`),
    discard: async (_, id, version) => void did.push(`discard ${id} ${version}`),
    retire: async (_, id) => void did.push(`retire ${id}`),
  };
  const keys = named.map((id) => ({ ...providerKey('a'), id, secretVersion: 'v1' }));
  const swept = await sweepOrphans(
    {
      inventory,
      keys: { list: async () => ({ keys, health: {}, revision: 1 }) },
      tableIdentity: async () => self,
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

  const identity = ({ client, config }: Tables) => createTableIdentity(client, config);

  async function storeKeys(tables: Tables, count: number) {
    const { workspace } = await addWorkspace(tables, 0);
    const writer = createSecretWriter(secrets, 'keyway', identity(tables));
    const keys = createProviderKeys(tables.client, tables.config);
    for (let i = 0; i < count; i++) {
      const secretVersion = crypto.randomUUID();
      const key = { ...providerKey('a'), id: newId('pk'), secretVersion };
      await writer.write(workspace.id, key.id, new Secret('FAKE'), secretVersion, true);
      await keys.put(workspace.id, key, null);
    }
    return workspace.id;
  }

  async function sweepNow(tables: Tables) {
    const events: string[] = [];
    const swept = await sweepOrphans({
      inventory: createSecretInventory(secrets, 'keyway'),
      keys: createProviderKeys(tables.client, tables.config),
      tableIdentity: identity(tables),
      hours: createUsageHours(tables.client, tables.config),
      now: () => Date.now() + 2 * 60 * 60_000,
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

  it('knows a table by one identity, whoever asks first', async () => {
    const tables = await openTables();
    const ids = await Promise.all(Array.from({ length: 10 }, () => identity(tables)()));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toBe(await identity(before)());
    await tables.close();
  });
});
