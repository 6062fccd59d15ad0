import { createHash } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, test } from 'vitest';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { isAmong, readAdminTokens } from '../../../functions/stores/secrets/admin-tokens.ts';
import { createSecretReader } from '../../../functions/stores/secrets/secrets-manager.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const opens = (stored: string, given: string) => isAmong(readAdminTokens(new Secret(stored)), given);

describe('the admin tokens', () => {
  test.each<[string, string, string[], string[]]>([
    ['one token', 'FAKE-one', ['FAKE-one'], ['FAKE-two', hashOf('FAKE-one'), '']],
    ['one token that a file gave a line end', 'FAKE-one\n', ['FAKE-one'], ['FAKE-one\n']],
    [
      'several, hashed or not',
      JSON.stringify([
        { name: 'ann', hash: hashOf('FAKE-one') },
        { name: 'pipeline', hash: `sha256:${hashOf('FAKE-two').toUpperCase()}` },
        { name: 'old', token: 'FAKE-three' },
      ]),
      ['FAKE-one', 'FAKE-two', 'FAKE-three'],
      ['FAKE-four', hashOf('FAKE-one'), 'ann', '[', ''],
    ],
    ['none, to let nobody in', '[]', [], ['', '[]']],
  ])('are %s', (_, stored, right, wrong) => {
    for (const token of right) expect(opens(stored, token)).toBe(true);
    for (const token of wrong) expect(opens(stored, token)).toBe(false);
  });

  test.each([
    '[',
    '["FAKE-one"]',
    '[{"name":"ann"}]',
    '[{"token":"FAKE-one"}]',
    '[{"name":"","token":"FAKE-one"}]',
    '[{"name":"ann","token":""}]',
    '[{"name":"ann","hash":"abc"}]',
    `[{"name":"ann","hash":"${hashOf('FAKE-one')}","token":"FAKE-one"}]`,
    `[{"name":"ann","token":"FAKE-one"},{"name":"bob"}]`,
    JSON.stringify(Array.from({ length: 101 }, (_, i) => ({ name: `n${i}`, token: 'FAKE-one' }))),
  ])('let nobody in when they are malformed, and do not repeat themselves: %s', (stored) => {
    const read = () => readAdminTokens(new Secret(stored));
    expect(read).toThrow(SecretUnavailable);
    expect(read).not.toThrow('FAKE-one');
  });

  it('are rotated without a moment in which none holds', async () => {
    const server = await startSecretsManager({ file: null });
    const client = new SecretsManagerClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    let now = 0;
    const reader = createSecretReader(client, 'keyway', () => now);
    const store = (value: unknown) =>
      client.send(new PutSecretValueCommand({ SecretId: 'keyway/admin-token', SecretString: JSON.stringify(value) }));
    const hold = async () => [await reader.isAdminToken('FAKE-old'), await reader.isAdminToken('FAKE-new')];
    await client.send(new CreateSecretCommand({ Name: 'keyway/admin-token', SecretString: 'FAKE-old' }));
    expect(await hold()).toEqual([true, false]);
    await store([
      { name: 'old', token: 'FAKE-old' },
      { name: 'new', hash: hashOf('FAKE-new') },
    ]);
    expect(await hold()).toEqual([true, false]);
    now += 30_001;
    expect(await hold()).toEqual([true, true]);
    await store([{ name: 'new', hash: hashOf('FAKE-new') }]);
    now += 30_001;
    expect(await hold()).toEqual([false, true]);
    client.destroy();
    await server.close();
  });
});
