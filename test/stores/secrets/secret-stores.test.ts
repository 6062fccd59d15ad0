import { randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretInventory } from '../../../functions/core/more-ports/sweep.ts';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createSecretInventory } from '../../../functions/stores/secrets/secret-inventory.ts';
import { createSecretWriter } from '../../../functions/stores/secrets/secret-writer.ts';
import { createSecretReader, createSecretsManager } from '../../../functions/stores/secrets/secrets-manager.ts';
import type { Listening } from '../../../local/listening.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';
import { newId } from '../tables.ts';

describe('the stores of secrets', () => {
  let server: Listening;
  let client: SecretsManagerClient;
  beforeAll(async () => {
    server = await startSecretsManager({ file: null });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = createSecretsManager({ endpoint: server.url, region: 'us-east-1', credentials });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  const writer = () => createSecretWriter(client, 'keyway', async () => 'table-1');
  const reader = () => createSecretReader(client, 'keyway', Date.now);
  const inventory = () => createSecretInventory(client, 'keyway');
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

  it('make new secrets with the key and the tags of the account, and their own tag', async () => {
    const { workspace, key, version } = names();
    const created: unknown[] = [];
    const noted = createSecretsManager({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
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

  it('do not give what was removed, discarded or never there', async () => {
    const { workspace, key } = await stored('one');
    const gaveUp = randomUUID();
    await writer().write(workspace, key, new Secret('two'), gaveUp, false);
    await writer().discard(workspace, key, gaveUp);
    expect((await reader().readTenant(workspace, key, null)).text.reveal()).toBe('one');
    await writer().remove(workspace, key);
    await writer().remove(workspace, key);
    await expect(reader().readTenant(workspace, key, null)).rejects.toBeInstanceOf(SecretUnavailable);
    await expect(reader().readPlatform('openai')).rejects.toMatchObject({ missing: true });
  });

  it('list names and labels, never a value, and retire one by one', async () => {
    const { workspace, key, version } = await stored('a value that no list shows');
    const pending = randomUUID();
    await writer().write(workspace, key, new Secret('another'), pending, false);
    const listed = async () => {
      let cursor: string | null = null;
      do {
        const { secrets, next }: Awaited<ReturnType<SecretInventory['page']>> = await inventory().page(cursor);
        const found = secrets.find((each) => each.keyId === key);
        if (found) return found;
        cursor = next;
      } while (cursor !== null);
      return null;
    };
    expect(await listed()).toMatchObject({ workspaceId: workspace, keyId: key, current: version, pending: [pending] });
    expect(JSON.stringify(await listed())).not.toContain('value');
    await inventory().retire(workspace, key);
    await expect(reader().readTenant(workspace, key, null)).rejects.toBeInstanceOf(SecretUnavailable);
  });
});
