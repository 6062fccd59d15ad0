import { createHash } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, test } from 'vitest';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { operatorAmong, readAdminTokens } from '../../../functions/stores/secrets/admin-tokens.ts';
import { createSecretReader } from '../../../functions/stores/secrets/secrets-manager.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const operatorOf = (stored: string, given: string) => operatorAmong(readAdminTokens(new Secret(stored)), given);
const opens = (stored: string, given: string) => operatorOf(stored, given) !== null;

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
    '[{"name":"ann","token":"FAKE-one","role":"admin"}]',
    '[{"name":"ann","token":"FAKE-one","role":null}]',
    '[{"name":"ann\\nbob","token":"FAKE-one"}]',
    '[{"name":"ann\u202E","token":"FAKE-one"}]',
    `[{"name":"ann","hash":"${hashOf('FAKE-one')}","token":"FAKE-one"}]`,
    `[{"name":"ann","token":"FAKE-one"},{"name":"bob"}]`,
    JSON.stringify(Array.from({ length: 101 }, (_, i) => ({ name: `n${i}`, token: 'FAKE-one' }))),
  ])('let nobody in when they are malformed, and do not repeat themselves: %s', (stored) => {
    const read = () => readAdminTokens(new Secret(stored));
    expect(read).toThrow(SecretUnavailable);
    expect(read).not.toThrow('FAKE-one');
  });

  test.each<[string, object[], object | null]>([
    ['without a role are owners', [{ name: 'ann', token: 'FAKE-one' }], { name: 'ann', role: 'owner' }],
    [
      'have the role that is listed',
      [{ name: 'sue', role: 'support', token: 'FAKE-one' }],
      { name: 'sue', role: 'support' },
    ],
    [
      'that are listed twice may do what both entries allow',
      [
        { name: 'ann', role: 'owner', token: 'FAKE-one' },
        { name: 'bob', role: 'owner', token: 'FAKE-two' },
        { name: 'ann', role: 'support', hash: hashOf('FAKE-one') },
      ],
      { name: 'ann', role: 'support' },
    ],
    ['of others are nobody', [{ name: 'bob', role: 'owner', token: 'FAKE-two' }], null],
  ])('%s', (_, list, operator) => {
    expect(operatorOf(JSON.stringify(list), 'FAKE-one')).toEqual(operator);
  });

  it('that is the only one belongs to an owner called admin', () => {
    expect(operatorOf('FAKE-one', 'FAKE-one')).toEqual({ name: 'admin', role: 'owner' });
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
    const hold = async () => [
      (await reader.operatorOf('FAKE-old')) !== null,
      (await reader.operatorOf('FAKE-new')) !== null,
    ];
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
