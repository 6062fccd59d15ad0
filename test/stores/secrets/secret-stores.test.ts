import { randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createDataKeys } from '../../../functions/stores/envelope/data-keys.ts';
import { createSealedInventory } from '../../../functions/stores/envelope/sealed-inventory.ts';
import { createSealedReader } from '../../../functions/stores/envelope/sealed-reader.ts';
import { createSealedWriter } from '../../../functions/stores/envelope/sealed-writer.ts';
import { createSecretInventory } from '../../../functions/stores/secrets/secret-inventory.ts';
import { createSecretWriter } from '../../../functions/stores/secrets/secret-writer.ts';
import { createSecretReader, createSecretsManager } from '../../../functions/stores/secrets/secrets-manager.ts';
import { localKmsKey, startKms } from '../../../local/kms.ts';
import type { Listening } from '../../../local/listening.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';
import { allSecrets } from '../../gateway/sweep/whole-pass.ts';
import { newId, openTables, type Tables } from '../tables.ts';

let server: Listening;
let client: SecretsManagerClient;
let kms: Listening;
let tables: Tables;
beforeAll(async () => {
  [server, kms, tables] = await Promise.all([
    startSecretsManager({ file: null }),
    startKms({ file: null }),
    openTables(),
  ]);
  client = createSecretsManager({ endpoint: server.url, region: 'us-east-1', credentials });
});
afterAll(async () => {
  client.destroy();
  await Promise.all([server.close(), kms.close(), tables.close()]);
});

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const owner = async () => 'table-1';
const stores = {
  'secrets-manager': () => ({
    write: createSecretWriter(client, 'keyway', owner),
    read: createSecretReader(client, 'keyway', Date.now),
    list: createSecretInventory(client, 'keyway'),
  }),
  kms: () => {
    const dataKeys = createDataKeys(localKmsKey, { endpoint: kms.url, region: 'us-east-1', credentials });
    const around = { client: tables.client, table: tables.keys, dataKeys, owner, now: Date.now, report: () => {} };
    return {
      write: createSealedWriter(around),
      read: createSealedReader(around),
      list: createSealedInventory(tables.client, tables.keys, Date.now),
    };
  },
};

describe.each(['secrets-manager', 'kms'] as const)('the store of secrets %s', (store) => {
  const writer = () => stores[store]().write;
  const reader = () => stores[store]().read;
  const inventory = () => stores[store]().list;
  const names = () => ({ workspace: newId('ws'), key: newId('pk'), version: randomUUID() });
  async function stored(value: string) {
    const { workspace, key, version } = names();
    await writer().write(workspace, key, new Secret(value), version, true);
    await writer().promote(workspace, key, version);
    return { workspace, key, version };
  }

  it('give a secret back by its version, and as the current one once it was promoted', async () => {
    const { workspace, key, version } = await stored('one');
    const read = async (which: string | null) => (await reader().readTenant(workspace, key, which)).text.reveal();
    expect(await read(version)).toBe('one');
    const next = randomUUID();
    await writer().write(workspace, key, new Secret('two'), next, false);
    expect(await read(next)).toBe('two');
    expect(await read(null)).toBe('one');
    await writer().promote(workspace, key, next);
    expect(await read(null)).toBe('two');
  });

  it('write the same version once, however often it is sent', async () => {
    const { workspace, key, version } = names();
    for (let i = 0; i < 2; i++) await writer().write(workspace, key, new Secret('one'), version, true);
    expect((await reader().readTenant(workspace, key, version)).text.reveal()).toBe('one');
  });

  it('do not give what was removed, discarded or never there', async () => {
    const { workspace, key } = await stored('one');
    const gaveUp = randomUUID();
    await writer().write(workspace, key, new Secret('two'), gaveUp, false);
    await writer().discard(workspace, key, gaveUp);
    expect((await reader().readTenant(workspace, key, null)).text.reveal()).toBe('one');
    await writer().remove(workspace, key);
    await writer().remove(workspace, key);
    await expect(reader().readTenant(workspace, key, null)).rejects.toBeInstanceOf(SecretUnavailable);
  });

  it('list names and labels, never a value, and retire one by one', async () => {
    const { workspace, key, version } = await stored('a value that no list shows');
    const pending = randomUUID();
    await writer().write(workspace, key, new Secret('another'), pending, false);
    expect(await inventory().holds(workspace, key, pending)).toBe(true);
    expect(await inventory().holds(workspace, key, randomUUID())).toBe(false);
    expect(await inventory().holds(newId('ws'), key, pending)).toBe(false);
    const listed = async () => (await allSecrets(inventory())).find((each) => each.keyId === key) ?? null;
    expect(await listed()).toMatchObject({ workspaceId: workspace, keyId: key, current: version, pending: [pending] });
    expect(JSON.stringify(await listed())).not.toContain('value');
    await inventory().retire(workspace, key);
    await expect(reader().readTenant(workspace, key, null)).rejects.toMatchObject({ missing: true });
    expect(await inventory().holds(workspace, key, version)).toBe(false);
  });

  it('give back what was retired when it is written anew', async () => {
    const { workspace, key, version } = await stored('one');
    await inventory().retire(workspace, key);
    await writer().write(workspace, key, new Secret('one'), version, false);
    expect((await reader().readTenant(workspace, key, version)).text.reveal()).toBe('one');
  });

  it('keep the version before the current one', async () => {
    const { workspace, key, version: first } = await stored('0');
    const [second, third] = [randomUUID(), randomUUID()];
    for (const version of [second, third]) {
      await writer().write(workspace, key, new Secret(version), version, false);
      await writer().promote(workspace, key, version);
      await writer().promote(workspace, key, version);
    }
    expect((await reader().readTenant(workspace, key, second)).text.reveal()).toBe(second);
    expect((await reader().readTenant(workspace, key, null)).version).toBe(third);
    // Secrets Manager drops what has no label when it likes.
    if (store === 'kms')
      await expect(reader().readTenant(workspace, key, first)).rejects.toMatchObject({ missing: true });
    await writer().promote(workspace, key, second);
    expect((await reader().readTenant(workspace, key, null)).version).toBe(second);
    expect((await reader().readTenant(workspace, key, third)).version).toBe(third);
    await writer().discard(workspace, key, second);
    await writer().discard(workspace, key, third);
    expect(await inventory().holds(workspace, key, second)).toBe(true);
    expect(await inventory().holds(workspace, key, third)).toBe(true);
    await expect(writer().promote(workspace, key, randomUUID())).rejects.toThrow();
  });

  it('settle on one version when many are promoted at once', async () => {
    const { workspace, key } = await stored('0');
    const versions = Array.from({ length: 4 }, () => randomUUID());
    for (const version of versions) await writer().write(workspace, key, new Secret(version), version, false);
    await Promise.all(
      versions.map((version) =>
        writer()
          .promote(workspace, key, version)
          .catch(() => {}),
      ),
    );
    const current = await reader().readTenant(workspace, key, null);
    expect(current.text.reveal()).toBe(current.version);
    expect(versions).toContain(current.version);
  });

  it('make nothing of what is not there', async () => {
    const { workspace, key, version } = names();
    await writer()
      .discard(workspace, key, version)
      .catch(() => {});
    await inventory()
      .retire(workspace, key)
      .catch(() => {});
    await inventory()
      .adopt(workspace, key, 'me')
      .catch(() => {});
    for (const each of await allSecrets(inventory())) expect(each.keyId).not.toBe(key);
    await expect(reader().readTenant(workspace, key, version)).rejects.toMatchObject({ missing: true });
  });
});

describe('Secrets Manager', () => {
  const names = () => ({ workspace: newId('ws'), key: newId('pk'), version: randomUUID() });

  it('make new secrets with the key and the tags of the account, and their own tag', async () => {
    const { workspace, key, version } = names();
    const created: unknown[] = [];
    const noted = createSecretsManager({
      endpoint: server.url,
      region: 'us-east-1',
      credentials,
    });
    noted.middlewareStack.add(
      (next) => (call) => {
        created.push(call.input);
        return next(call);
      },
      { step: 'initialize' },
    );
    const setting = { kmsKey: 'arn:aws:kms:eu-central-1:123456789012:key/k', tags: { team: 'ai' } };
    await createSecretWriter(noted, 'keyway', async () => 'table-1', setting).write(
      workspace,
      key,
      new Secret('one'),
      version,
      true,
    );
    noted.destroy();
    expect(created).toEqual([
      expect.objectContaining({
        KmsKeyId: setting.kmsKey,
        Tags: [
          { Key: 'team', Value: 'ai' },
          { Key: 'keyway:table', Value: 'table-1' },
        ],
      }),
    ]);
  });

  it('says that there is no credential of the platform', async () => {
    await expect(stores['secrets-manager']().read.readPlatform('openai')).rejects.toMatchObject({ missing: true });
  });
});
