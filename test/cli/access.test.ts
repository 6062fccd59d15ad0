import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLoopback, parseAddress } from '../../cli/access/address.ts';
import { findAccess } from '../../cli/access/connection.ts';
import { forgetLogins, keepLogin, loginsFile, readLogins } from '../../cli/access/logins.ts';
import { secretIn } from '../../cli/access/secret-shapes.ts';
import { formatUlid } from '../../functions/core/ids.ts';
import { simulatedAnthropicKeys } from '../../local/simulated/anthropic/server.ts';
import { simulatedApiKey, simulatedShortTermKey } from '../../local/simulated/bedrock/credentials.ts';
import { simulatedGeminiKeys } from '../../local/simulated/gemini/server.ts';
import { simulatedOpenAiCredentials } from '../../local/simulated/openai/failures.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { newUser, type User } from './command-line.ts';

let user: User;
beforeEach(() => {
  user = newUser();
});
afterEach(() => user.leave());

describe('the address of a gateway', () => {
  it.each([
    ['https://gateway.example', 'https://gateway.example'],
    ['https://gateway.example/', 'https://gateway.example'],
    ['https://gateway.example/v1/', 'https://gateway.example'],
    ['https://abc.execute-api.eu-west-1.amazonaws.com/prod/', 'https://abc.execute-api.eu-west-1.amazonaws.com/prod'],
    ['https://gateway.example/prod/v1', 'https://gateway.example/prod'],
    ['https://gateway.example/prod/console', 'https://gateway.example/prod'],
    [' http://127.0.0.1:8787 ', 'http://127.0.0.1:8787'],
    ['http://localhost:8787/v1', 'http://localhost:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
  ])('%s is %s', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each(['gateway.example', 'localhost:8787', 'ftp://gateway.example', 'file:///etc/passwd', 'https://', ''])(
    '%s is none',
    (text) => {
      expect(() => parseAddress(text)).toThrow('begins with https://');
    },
  );

  it.each(['https://user:pass@gateway.example', 'https://gateway.example/?key=1'])('%s would hold a secret', (text) => {
    expect(() => parseAddress(text)).toThrow('no user, password or query');
  });

  it('is plain http on this machine alone, unless somebody says so', () => {
    const hosts = fc.oneof(fc.domain(), fc.ipV4(), fc.constantFrom('127.0.0.1.example.com', 'localhost.example.com'));
    fc.assert(
      fc.property(hosts, (host) => {
        const { hostname } = new URL(`http://${host}`);
        fc.pre(!isLoopback(hostname));
        expect(() => parseAddress(`http://${host}`)).toThrow('in the clear');
        expect(parseAddress(`http://${host}`, true)).toBe(`http://${hostname}`);
      }),
    );
    expect(isLoopback('127.0.0.1.example.com')).toBe(false);
    expect(isLoopback('localhost.example.com')).toBe(false);
    expect(parseAddress('http://2130706433:8787')).toBe('http://127.0.0.1:8787');
  });
});

describe('an argument', () => {
  const secrets = [
    'kw_01M8ANG52E1CXXQWYQ4F78F0EX_3WiFSOwR4AK8OCyhqqUH3Qn8jsoVIGbn4TjO7X8RaydN',
    'kwadmin_BKdWyacjxqE0ab6Zx5Ubuu-ZLOlgX2pgYXg_Iddenss',
    simulatedApiKey(),
    simulatedShortTermKey('us-east-1', new Date(0)),
    JSON.stringify(simulatedServiceAccount('tenant')),
    ...[...simulatedOpenAiCredentials, ...simulatedAnthropicKeys, ...simulatedGeminiKeys].map(
      ({ credential }) => credential,
    ),
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'b7f3c1d29a8e4f60b7f3c1d29a8e4f60',
    'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEFCQ0RFRkdI',
    '-----BEGIN PRIVATE KEY-----',
  ];

  it.each(secrets)('that is a secret is seen: %s', (secret) => {
    expect(secretIn(secret)).not.toBeNull();
    expect(secretIn(`--label=${secret}`)).not.toBeNull();
    expect(secretIn(secret)).not.toContain(secret.slice(0, 12));
  });

  it.each(['--api-key', '--key=x', '--secret', '--token', '--password=x', '--credential'])(
    '%s is no option',
    (name) => {
      expect(secretIn(name)).toMatch('no option');
    },
  );

  it.each([
    'keys',
    '-',
    '--json',
    '-n',
    '--from-file',
    '--url',
    'https://abc.execute-api.eu-west-1.amazonaws.com/prod',
    'Demo key',
    'My production key for the EU region 2026',
    'openai/gpt-4o-mini-2024-07-18',
    'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4E5F6',
    'claude-*,gpt-4o*',
    './Downloads/MyProject-123/service-account-2026.json',
    '550e8400-e29b-41d4-a716-446655440000',
    '2026-11-25T08:00:00.000Z',
  ])('%s is no secret', (argument) => {
    expect(secretIn(argument)).toBeNull();
  });

  it('that is an id of ours is none', () => {
    const ids = fc
      .tuple(fc.constantFrom('req', 'ws', 'ak', 'pk'), fc.nat(), fc.uint8Array({ minLength: 10, maxLength: 10 }))
      .map(([kind, ms, random]) => `${kind}_${formatUlid(ms, random)}`);
    fc.assert(fc.property(ids, (id) => secretIn(id) === null));
  });
});

describe('kept logins', () => {
  const at = () => ({ env: { XDG_CONFIG_HOME: `${user.home}/.config` }, home: user.home });
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const folder = () => loginsFile(at()).replace(/\/[^/]+$/, '');

  it('are for their user alone, whatever the umask, one for each gateway', () => {
    const before = process.umask(0);
    keepLogin(at(), { url: 'https://a.example', key: 'kw_a', role: 'manage' });
    process.umask(before);
    keepLogin(at(), { url: 'https://b.example', key: 'kw_b', role: 'operator' });
    keepLogin(at(), { url: 'https://a.example', key: 'kw_c', role: 'inference' });
    expect(mode(loginsFile(at()))).toBe('600');
    expect(mode(folder())).toBe('700');
    expect(readLogins(at())).toEqual({
      current: 'https://a.example',
      logins: [
        { url: 'https://b.example', key: 'kw_b', role: 'operator' },
        { url: 'https://a.example', key: 'kw_c', role: 'inference' },
      ],
    });
    expect(forgetLogins(at(), 'https://a.example')).toEqual(['https://a.example']);
    expect(readLogins(at()).current).toBeNull();
    expect(forgetLogins(at(), null)).toEqual(['https://b.example']);
    expect(() => statSync(loginsFile(at()))).toThrow('ENOENT');
  });

  it.each([
    ['file', 0o640],
    ['file', 0o604],
    ['folder', 0o710],
  ])('are refused when others may open the %s (%o)', (which, wide) => {
    keepLogin(at(), { url: 'https://a.example', key: 'kw_a', role: 'manage' });
    chmodSync(which === 'file' ? loginsFile(at()) : folder(), wide);
    expect(() => readLogins(at())).toThrow(/Others on this machine may open/);
    expect(() => keepLogin(at(), { url: 'https://b.example', key: 'kw_b', role: 'manage' })).toThrow(/Others/);
  });

  it.each(['', 'null', '[]', '{"current":1,"logins":[]}', '{"current":null,"logins":[{"url":"x"}]}', 'kw_secret'])(
    'that are none of ours are left alone, and not repeated: %s',
    (text) => {
      keepLogin(at(), { url: 'https://a.example', key: 'kw_a', role: 'manage' });
      writeFileSync(loginsFile(at()), text);
      expect(() => readLogins(at())).toThrow(/is not what keyway login wrote/);
      expect(readFileSync(loginsFile(at()), 'utf8')).toBe(text);
    },
  );

  it('lie in XDG_CONFIG_HOME where that is a whole path', () => {
    expect(loginsFile({ env: { XDG_CONFIG_HOME: '/etc/xdg' }, home: '/h' })).toBe('/etc/xdg/keyway/logins.json');
    expect(loginsFile({ env: { XDG_CONFIG_HOME: 'relative' }, home: '/h' })).toBe('/h/.config/keyway/logins.json');
    expect(loginsFile({ env: {}, home: '/h' })).toBe('/h/.config/keyway/logins.json');
  });

  describe('and the environment', () => {
    const find = (env: Record<string, string>, url?: string) =>
      findAccess({ ...at(), env: { ...at().env, ...env } }, { url });
    beforeEach(() => {
      keepLogin(at(), { url: 'https://a.example', key: 'kw_a', role: 'manage' });
      keepLogin(at(), { url: 'https://b.example', key: 'kw_b', role: 'manage' });
    });

    it('the last login is meant, and every gateway gets its own key', () => {
      expect(find({})).toMatchObject({ url: 'https://b.example', key: 'kw_b' });
      expect(find({}, 'https://a.example/v1')).toMatchObject({ url: 'https://a.example', key: 'kw_a' });
      expect(find({ KEYWAY_URL: 'https://a.example' })).toMatchObject({ key: 'kw_a' });
      expect(() => find({}, 'https://c.example')).toThrow('There is no key for https://c.example.');
    });

    it('a key of the environment goes nowhere but where the environment says', () => {
      const ours = { KEYWAY_API_KEY: 'kw_env', KEYWAY_URL: 'https://c.example' };
      expect(find(ours)).toMatchObject({ url: 'https://c.example', key: 'kw_env' });
      expect(find(ours, 'https://a.example')).toMatchObject({ url: 'https://a.example', key: 'kw_a' });
      expect(() => find(ours, 'https://d.example')).toThrow('There is no key for https://d.example.');
      expect(find({ KEYWAY_API_KEY: 'kw_env' }, 'https://d.example')).toMatchObject({ key: 'kw_env' });
      expect(() => find({ KEYWAY_API_KEY: 'kw_env' })).toThrow('nothing says where it belongs');
    });

    it('what no header can hold is refused before anything repeats it', () => {
      expect(() => find({ KEYWAY_API_KEY: 'kw_a\nb', KEYWAY_URL: 'https://c.example' })).toThrow(/^This is no key/);
    });
  });
});
