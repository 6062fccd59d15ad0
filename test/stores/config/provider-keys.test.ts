import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { keyId, providerKey } from '../../core/samples.ts';
import { addWorkspace, newId, openTables, stores, type Tables } from '../tables.ts';

describe.each(stores)('provider keys in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  const store = () => createProviderKeys(tables.client, tables.config);
  const key = providerKey('a', {
    label: 'Grüße "😀"',
    models: ['gpt-4o*'],
    fallbackOn: ['quota'],
    region: 'eu-central-1',
    regionSource: 'field',
  });
  const rotated = (secretVersion: string) => ({ ...key, version: 2, secretVersion });

  async function withKey() {
    const { workspace } = await addWorkspace(tables, 0);
    expect(await store().put(workspace.id, key, null)).toBe(true);
    return workspace.id;
  }

  it('come back as they were stored', async () => {
    const workspaceId = await withKey();
    await store().put(workspaceId, providerKey('b'), null);
    const { keys, health } = await store().list(workspaceId);
    // DynamoDB keeps no order in a map.
    expect(keys.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([key, providerKey('b')]);
    expect(health).toEqual({});
  });

  it('are not shared between workspaces', async () => {
    await withKey();
    const { workspace } = await addWorkspace(tables, 0);
    expect((await store().list(workspace.id)).keys).toEqual([]);
    expect(await store().remove(workspace.id, key.id, 1)).toBe(false);
    expect(await store().put(workspace.id, rotated('x'), 1)).toBe(false);
  });

  it('are not stored for a workspace that does not exist', async () => {
    const nobody = newId('ws');
    expect(await store().put(nobody, key, null)).toBe(false);
    expect(await store().list(nobody)).toEqual({ keys: [], health: {}, revision: 0 });
  });

  it('are created once', async () => {
    const workspaceId = await withKey();
    expect(await store().put(workspaceId, { ...key, label: 'other' }, null)).toBe(false);
    expect((await store().list(workspaceId)).keys).toEqual([key]);
  });

  it('change only beside the others that were read, where the writer says which', async () => {
    const workspaceId = await withKey();
    const { revision } = await store().list(workspaceId);
    const others = ['b', 'c'].map((name) => store().put(workspaceId, providerKey(name), null, revision));
    expect((await Promise.all(others)).filter(Boolean)).toHaveLength(1);
    expect(await store().put(workspaceId, rotated('x'), 1, revision)).toBe(false);
    const now = (await store().list(workspaceId)).revision;
    expect(await store().put(workspaceId, rotated('x'), 1, now)).toBe(true);
    await store().remove(workspaceId, key.id, 2);
    expect(await store().put(workspaceId, providerKey('d'), null, now + 1)).toBe(false);
  });

  it('change only from the version that was read', async () => {
    const workspaceId = await withKey();
    expect(await store().put(workspaceId, rotated('x'), 2)).toBe(false);
    expect(await store().put(workspaceId, rotated('x'), 1)).toBe(true);
    expect((await store().list(workspaceId)).keys).toEqual([rotated('x')]);
  });

  it('of many rotations at the same moment one wins', async () => {
    const workspaceId = await withKey();
    const versions = Array.from({ length: 10 }, (_, i) => `secret-${i}`);
    const won = await Promise.all(versions.map((version) => store().put(workspaceId, rotated(version), 1)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store().list(workspaceId)).keys).toEqual([rotated(versions[won.indexOf(true)] ?? '')]);
  });

  it('of a rotation and a deletion at the same moment one wins', async () => {
    const workspaceId = await withKey();
    const [put, removed] = await Promise.all([
      store().put(workspaceId, rotated('x'), 1),
      store().remove(workspaceId, key.id, 1),
    ]);
    expect([put, removed].filter(Boolean)).toHaveLength(1);
    expect((await store().list(workspaceId)).keys).toEqual(put ? [rotated('x')] : []);
  });

  it('are removed once, and never come back by a late change', async () => {
    const workspaceId = await withKey();
    expect(await store().remove(workspaceId, key.id, 7)).toBe(false);
    expect(await store().remove(workspaceId, key.id, 1)).toBe(true);
    expect(await store().remove(workspaceId, key.id, 1)).toBe(false);
    expect(await store().put(workspaceId, rotated('x'), 1)).toBe(false);
    expect((await store().list(workspaceId)).keys).toEqual([]);
    expect(await store().remove(workspaceId, keyId('never'), 1)).toBe(false);
  });
});
