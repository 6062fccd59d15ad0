import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectory } from '../../../functions/stores/config/directory.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createApiKeys, createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createHotCalls, type HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { providerKey } from '../../core/samples.ts';
import { addWorkspace, newId, openTables, stores, type Tables } from '../tables.ts';

const anyHash = () => true;

describe.each(stores)('workspaces in %s', (_name, url) => {
  let tables: Tables;
  let calls: HotCalls;
  beforeAll(async () => {
    tables = await openTables(url);
    calls = createHotCalls(tables.client);
  });
  afterAll(() => tables.close());

  const workspaces = () => createWorkspaces(tables.client, tables.config);
  const apiKeys = () => createApiKeys(tables.client, tables.config);
  const directory = () => createDirectory(calls, tables.config);

  describe('the one read of a request', () => {
    it('brings the workspace, the API key, provider keys, health and balance', async () => {
      const { workspace, apiKey } = await addWorkspace(tables, 5_000_000_000);
      await createProviderKeys(tables.client, tables.config).put(workspace.id, providerKey('a'), null);
      const admission = await directory().authenticate(workspace.id, apiKey.id.slice(-16), anyHash);
      expect(admission).toMatchObject({
        workspace,
        apiKey,
        providerKeys: [providerKey('a')],
        health: {},
        balance: { balance: 5_000_000_000, available: 5_000_000_000 },
      });
    });

    it('is the same through the SDK and spoken directly', async () => {
      const { workspace, apiKey } = await addWorkspace(tables, 1);
      const warm = directory();
      const first = await warm.authenticate(workspace.id, apiKey.id.slice(-16), anyHash);
      expect(await warm.authenticate(workspace.id, apiKey.id.slice(-16), anyHash)).toEqual(first);
    });

    it('knows no API key of another workspace', async () => {
      const [mine, theirs] = [await addWorkspace(tables, 0), await addWorkspace(tables, 0)];
      expect(
        await directory().authenticate(mine.workspace.id, theirs.apiKey.id.slice(-16), (hash) => hash !== ''),
      ).toBeNull();
    });

    it('is null for a workspace that does not exist', async () => {
      expect(await directory().authenticate(newId('ws'), '0000000000000000', anyHash)).toBeNull();
    });
  });

  it('a workspace comes back as it was stored; an unknown one is null', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    expect(await workspaces().get(workspace.id)).toEqual(workspace);
    expect(await workspaces().get(newId('ws'))).toBeNull();
    expect(await workspaces().update(newId('ws'), (each) => each)).toBeNull();
  });

  it('changes at the same moment are all kept', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const results = await Promise.all([
      workspaces().update(workspace.id, (each) => ({ ...each, name: 'renamed' })),
      workspaces().update(workspace.id, (each) => ({ ...each, enabled: false })),
      workspaces().update(workspace.id, (each) => ({ ...each, retentionDays: 7 })),
    ]);
    expect(results.every((each) => each !== null)).toBe(true);
    expect(await workspaces().get(workspace.id)).toEqual({
      ...workspace,
      name: 'renamed',
      enabled: false,
      retentionDays: 7,
    });
  });

  it('a change leaves provider keys as they are', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const keys = createProviderKeys(tables.client, tables.config);
    await keys.put(workspace.id, providerKey('a'), null);
    await workspaces().update(workspace.id, (each) => ({ ...each, name: 'renamed' }));
    expect((await keys.list(workspace.id)).keys).toEqual([providerKey('a')]);
  });

  it('are listed newest first, page by page, with their balance', async () => {
    const list = workspaces();
    const created: string[] = [];
    for (let i = 0; i < 5; i++) created.push((await addWorkspace(tables, i)).workspace.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list.list>> = await list.list(2, cursor);
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map((each) => each.workspace.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...seen].sort().reverse());
    expect(seen).toEqual(expect.arrayContaining(created));
    expect(new Set(seen).size).toBe(seen.length);
    const [newest] = (await list.list(100, null)).data.filter((each) => each.workspace.id === created.at(-1));
    expect(newest?.balance).toMatchObject({ balance: 4, available: 4 });
  });

  it('API keys are found by id, listed, and belong to one workspace', async () => {
    const [mine, theirs] = [await addWorkspace(tables, 0), await addWorkspace(tables, 0)];
    const second = { ...mine.apiKey, id: newId('ak'), name: 'second' };
    await apiKeys().create(second);
    const found = async (workspaceId: string, id: string) => apiKeys().update(workspaceId, id, (known) => known);
    expect(await found(mine.workspace.id, second.id)).toEqual(second);
    expect(await found(theirs.workspace.id, second.id)).toBeNull();
    expect(await found(mine.workspace.id, `ak_7${second.id.slice(4)}`)).toBeNull();
    expect((await apiKeys().list(mine.workspace.id)).map(({ id }) => id).sort()).toEqual(
      [mine.apiKey.id, second.id].sort(),
    );
  });

  it('no change of an API key undoes another one of the same moment', async () => {
    const { workspace, apiKey } = await addWorkspace(tables, 0);
    const at = '2026-03-01T00:00:00.000Z';
    await Promise.all([
      apiKeys().update(workspace.id, apiKey.id, (known) => ({ ...known, enabled: false })),
      apiKeys().update(workspace.id, apiKey.id, (known) => ({ ...known, name: 'renamed' })),
      apiKeys().update(workspace.id, apiKey.id, (known) => ({ ...known, revokedAt: at })),
      apiKeys().touch(apiKey, Date.parse(at)),
    ]);
    const [changed] = (await apiKeys().list(workspace.id)).filter(({ id }) => id === apiKey.id);
    expect(changed).toEqual({ ...apiKey, enabled: false, name: 'renamed', revokedAt: at, lastUsedAt: at });
  });

  it('a workspace has only so many API keys at a time, and so many revoked ones beside them', async () => {
    const { workspace, apiKey } = await addWorkspace(tables, 0);
    const few = createApiKeys(tables.client, tables.config, 3);
    const create = async () => {
      const made = { ...apiKey, id: newId('ak') };
      await few.create(made);
      return made.id;
    };
    const revoke = (id: string) =>
      few.update(workspace.id, id, (known) => ({ ...known, revokedAt: '2026-03-01T00:00:00.000Z' }));
    const [first] = [await create(), await create()];
    await expect(create()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('at most 3') });
    await revoke(first);
    let last = await create();
    for (let i = 4; i < 33; i++) {
      await revoke(last);
      last = await create();
    }
    await revoke(last);
    await expect(create()).rejects.toMatchObject({ code: 'conflict' });
    expect(await few.list(workspace.id)).toHaveLength(33);
  });
});
