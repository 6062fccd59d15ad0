import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialForm } from '../../../functions/core/accounts/credential-form.ts';
import { mostProviderKeys } from '../../../functions/core/accounts/workspace.ts';
import type { SecretWriter } from '../../../functions/core/ports.ts';
import { failureKinds } from '../../../functions/core/routing/failure.ts';
import { createProviderKeyService, type ProviderKeyChange } from '../../../functions/gateway/keys/provider-keys.ts';
import { check } from '../../../functions/http/check.ts';
import { providerKeyUpdate } from '../../../functions/http/schemas.ts';
import { createDirectory } from '../../../functions/stores/config/directory.ts';
import { createHealthRecords } from '../../../functions/stores/config/health-records.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createHotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createFallbackCounts } from '../../../functions/stores/money/fallback-counts.ts';
import { addWorkspace, newId, openTables, type Tables } from '../../stores/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await openTables();
});
afterAll(() => tables.close());

/** The longest hint that a credential has: a service account's address. */
const form: CredentialForm = {
  parse: (value) => ({ value: { key: String(value) }, type: 'service_account', hint: 'x'.repeat(320), region: null }),
  region: (_parsed, field) => (field === null ? null : { region: field, source: 'field' }),
};

function service() {
  const written = new Set<string>();
  const secrets: SecretWriter = {
    write: async (_workspace, id) => void written.add(id),
    promote: async () => {},
    discard: async () => {},
    remove: async (_workspace, id) => void written.delete(id),
  };
  const keys = createProviderKeyService({
    keys: createProviderKeys(tables.client, tables.config),
    health: createHealthRecords(tables.client, tables.config),
    fallbacks: createFallbackCounts(tables.client, tables.config),
    secrets,
    forms: { any: form },
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
  it('can be a hundred with every field at its longest, and no more', { timeout: 60_000 }, async () => {
    const { workspace, apiKey } = await addWorkspace(tables, 0);
    const { keys, written } = service();
    for (let i = 0; i < mostProviderKeys; i++)
      await keys.create(workspace.id, 'any', { ...largest, credential: `FAKE-${i}` });
    await expect(keys.create(workspace.id, 'any', { credential: 'FAKE' })).rejects.toMatchObject({ code: 'conflict' });
    const directory = createDirectory(createHotCalls(tables.client), tables.config);
    const admission = await directory.authenticate(workspace.id, apiKey.id.slice(-16), () => true);
    expect(admission?.providerKeys).toHaveLength(mostProviderKeys);
    const [first] = admission?.providerKeys ?? [];
    await keys.update(workspace.id, first?.id ?? '', { ...largest, credential: 'FAKE-rotated' });
    expect(written.size).toBe(mostProviderKeys);
  });

  it('are never more than a hundred, however many are made at the same moment', { timeout: 60_000 }, async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const { keys, written } = service();
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
