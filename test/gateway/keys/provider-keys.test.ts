import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialForm } from '../../../functions/core/accounts/credential-form.ts';
import { mostProviderKeys } from '../../../functions/core/accounts/workspace.ts';
import type { SecretWriter } from '../../../functions/core/ports.ts';
import { failureKinds } from '../../../functions/core/routing/failure.ts';
import { createProviderKeyService, type ProviderKeyChange } from '../../../functions/gateway/keys/provider-keys.ts';
import { check } from '../../../functions/http/check.ts';
import { providerKeyUpdate } from '../../../functions/http/schemas.ts';
import { createHealthRecords } from '../../../functions/stores/config/health-records.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createFallbackCounts } from '../../../functions/stores/money/fallback-counts.ts';
import { writeByStore } from '../../../functions/stores/secrets/by-store.ts';
import { addWorkspace, newId, openTables, type Tables } from '../../stores/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await openTables();
});
afterAll(() => tables.close());

/** The longest hint that a credential has, a service account's address, and of a type that gives the key an external id, which stays. */
const form: CredentialForm = {
  parse: (value) => ({ value: { key: String(value) }, type: 'workload_identity', hint: 'x'.repeat(320), region: null }),
  region: (_parsed, field) => (field === null ? null : { region: field, source: 'field' }),
};

const usual: CredentialForm = {
  ...form,
  parse: (value) => ({ value: { key: String(value) }, type: 'api_key', hint: '…abcd', region: null }),
};

/** DynamoDB counts names and values: docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const mostItemBytes = 64 * 1024;

function bytesOfValue(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.M === undefined) throw new Error(`No such values are stored: ${JSON.stringify(value)}`);
  return (
    3 + Object.entries(value.M).reduce((sum, [name, each]) => sum + Buffer.byteLength(name) + bytesOfValue(each) + 1, 0)
  );
}

async function bytesOfItem(workspaceId: string, sort: string): Promise<number> {
  const Key = { pk: { S: `WS#${workspaceId.slice(3)}` }, sk: { S: sort } };
  const { Item = {} } = await tables.client.send(new GetItemCommand({ TableName: tables.config, Key }));
  return bytesOfValue({ M: Item });
}

/** Everything of the workspace itself at its longest. */
const largestSettings = {
  name: '\u0001'.repeat(200),
  limits: { requestsPerMinute: 1e9, requestsInFlight: 1e6, tokensPerMinute: 1e12 },
  suspension: { reason: '\u0001'.repeat(300), since: new Date().toISOString() },
  fallbackCaps: { dayUsd: 999_999_000_000_001, monthUsd: 999_999_000_000_001 },
};

function service(credentials = form) {
  const written = new Set<string>();
  const writer: SecretWriter = {
    write: async (_workspace, id) => void written.add(id),
    promote: async () => {},
    discard: async () => {},
    remove: async (_workspace, id) => void written.delete(id),
  };
  const keys = createProviderKeyService({
    keys: createProviderKeys(tables.client, tables.config),
    health: createHealthRecords(tables.client, tables.config),
    fallbacks: createFallbackCounts(tables.client, tables.config),
    secrets: writeByStore('secrets-manager', { 'secrets-manager': writer }),
    forms: { any: credentials },
    defaultRegion: 'us-east-1',
    newId: () => newId('pk'),
    now: Date.now,
    report: () => {},
  });
  return { keys, written };
}

/** As many bytes as the schema lets pass, in characters that JSON writes six bytes for where there is a way to. */
const largest: ProviderKeyChange = check(
  {
    label: '\u0001'.repeat(133),
    region: 'x'.repeat(64),
    models: Array.from({ length: 6 }, () => '\u0001'.repeat(55)),
    fallback_on: [...failureKinds],
    priority: -1_000_000,
    fallback_cap_day_usd: '999999.0000001',
    fallback_cap_month_usd: '999999.0000001',
  },
  providerKeyUpdate,
);

describe('provider keys', () => {
  it('can be a hundred as they usually are, and no more', { timeout: 60_000 }, async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys, written } = service(usual);
    const change = { label: 'production', models: ['gpt-4o*'] };
    for (let i = 0; i < mostProviderKeys; i++)
      await keys.create(workspace.id, 'any', { credential: `FAKE-${i}`, ...change });
    await expect(keys.create(workspace.id, 'any', { credential: 'FAKE' })).rejects.toMatchObject({ code: 'conflict' });
    expect(written.size).toBe(mostProviderKeys);
    expect(await bytesOfItem(workspace.id, 'SETTINGS')).toBeLessThan(mostItemBytes);
  });

  it.each([
    ['one after the other', false],
    ['at the same moment', true],
  ])(
    'with every field at its longest stay within 64 KB of the item that every request reads, made %s',
    {
      timeout: 60_000,
    },
    async (_, atOnce) => {
      const { workspace } = await addWorkspace(tables, 0);
      await createWorkspaces(tables.client, tables.config).update(workspace.id, (known) => ({
        ...known,
        ...largestSettings,
      }));
      const { keys, written } = service();
      const make = () =>
        keys.create(workspace.id, 'any', { ...largest, credential: 'FAKE' }).catch((error: Error) => error);
      const made = atOnce ? await Promise.all(Array.from({ length: 20 }, make)) : [];
      for (let i = made.length; i < 20; i++) made.push(await make());
      const refused = made.filter((each) => each instanceof Error);
      for (const error of refused) expect(error).toMatchObject({ code: 'validation_error', status: 422 });
      const bytes = await bytesOfItem(workspace.id, 'SETTINGS');
      console.log(`SETTINGS with ${20 - refused.length} keys of the largest kind: ${bytes} bytes`);
      expect(20 - refused.length).toBeGreaterThanOrEqual(15);
      expect(bytes).toBeLessThan(mostItemBytes);
      expect(bytes).toBeGreaterThan(0.9 * mostItemBytes);
      // Those that found no room take their secrets with them.
      expect(written.size).toBe(20 - refused.length);
      // What takes no more than before is let in, a rotation above all.
      const [first] = (await createProviderKeys(tables.client, tables.config).list(workspace.id)).keys;
      await keys.update(workspace.id, first?.id ?? '', { credential: 'FAKE-rotated', models: null });
    },
  );

  it('cannot all grow at the same moment beyond what the item takes', { timeout: 60_000 }, async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys } = service(usual);
    const ids: string[] = [];
    for (let i = 0; i < 20; i++)
      ids.push(String((await keys.create(workspace.id, 'any', { credential: 'FAKE' })).answer.id));
    await Promise.allSettled(ids.map((id) => keys.update(workspace.id, id, largest)));
    expect(await bytesOfItem(workspace.id, 'SETTINGS')).toBeLessThan(mostItemBytes);
  });

  it('are never more than a hundred, however many are made at the same moment', { timeout: 60_000 }, async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys, written } = service(usual);
    for (let i = 0; i < mostProviderKeys - 5; i++) await keys.create(workspace.id, 'any', { credential: `FAKE-${i}` });
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => keys.create(workspace.id, 'any', { credential: `FAKE-late-${i}` })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    // Those that came too late take their secrets with them.
    expect(written.size).toBe(mostProviderKeys);
  });

  it('that take too much are refused before their secret is written, with what takes it', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys, written } = service();
    const refused = keys.create(workspace.id, 'any', { credential: 'FAKE', models: ['x'.repeat(4000)] });
    await expect(refused).rejects.toMatchObject({ code: 'validation_error', status: 422 });
    await expect(refused).rejects.toThrow('label and models above all');
    expect(written.size).toBe(0);
  });

  it('that were stored before there were bounds leave less room, and that is said', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys } = service();
    const stored = createProviderKeys(tables.client, tables.config);
    await keys.create(workspace.id, 'any', { credential: 'FAKE' });
    const [first] = (await stored.list(workspace.id)).keys;
    if (first === undefined) throw new Error('no key');
    for (let i = 0; i < 6; i++)
      await stored.put(workspace.id, { ...first, id: newId('pk'), models: ['x'.repeat(64_500)] }, null);
    const refused = keys.update(workspace.id, first.id, { models: Array.from({ length: 9 }, () => 'x'.repeat(200)) });
    await expect(refused).rejects.toMatchObject({ code: 'validation_error' });
    await expect(refused).rejects.toThrow('Shorten the models of some.');
  });
});

describe('the fields of a provider key', () => {
  it.each<[string, object, string]>([
    ['a filter of many long names', { models: Array.from({ length: 200 }, () => 'x'.repeat(300)) }, 'models'],
    [
      'a filter of a few names that JSON writes long',
      { models: Array.from({ length: 7 }, () => '\u0001'.repeat(50)) },
      'models',
    ],
    ['a label that JSON writes long', { label: '\u0001'.repeat(200) }, 'label'],
    ['a kind of failure again and again', { fallback_on: Array.from({ length: 1000 }, () => 'quota') }, 'fallback_on'],
  ])('are bounded: %s', (_, body, param) => {
    expect(() => check(body, providerKeyUpdate)).toThrow(
      expect.objectContaining({ code: 'validation_error', status: 422 }),
    );
    expect(() => check(body, providerKeyUpdate)).toThrow(new RegExp(`^${param} must not `));
  });

  it('take what people write', () => {
    const body = {
      label: 'Ключ для продакшена '.repeat(10),
      models: Array.from({ length: 60 }, (_, i) => `anthropic.claude-model-${i}*`),
    };
    expect(check(body, providerKeyUpdate)).toEqual(body);
  });
});
