import { DeleteSecretCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTest } from '../../cli/doctor/key-steps.ts';
import type { Step } from '../../cli/doctor/step.ts';
import type { KeyTest } from '../../cli/keys/test-keys.ts';
import { adminToken, startGateway, type TestGateway, type TestWorkspace } from '../client/gateway.ts';
import { newUser, type User } from './command-line.ts';
import { startStranger, startStub } from './stub-gateway.ts';

let gateway: TestGateway;
let workspace: TestWorkspace;
let user: User;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  user = newUser();
  workspace = await gateway.workspace({ keys: {}, credit: '10' });
});
afterEach(() => {
  expect(user.printed.join('\n')).not.toContain(workspace.key);
  user.leave();
});

/** Runs it twice, for people and for programs, and answers what both said. */
async function examine(args: string[] = [], env: Record<string, string> = {}) {
  const all = { KEYWAY_URL: gateway.url, KEYWAY_API_KEY: workspace.key, ...env };
  const told = await user.run(['doctor', ...args], { env: all });
  const { code, out } = await user.run(['doctor', '--json', ...args], { env: all });
  const { ok, steps } = JSON.parse(out) as { ok: boolean; steps: Step[] };
  const broken = steps.filter(({ state }) => state === 'failed');
  expect({ code, ok }).toEqual(broken.length > 0 ? { code: 1, ok: false } : { code: 0, ok: true });
  expect(told.code).toBe(code);
  for (const { name, todo } of broken) {
    expect(told.out).toContain(`✗ ${name}`);
    if (todo !== null) expect(told.out).toContain(todo.slice(0, 20));
  }
  return { steps, broken, out: told.out };
}
const stored = async (credential: unknown, more: object = {}) =>
  String(
    (await workspace.call('POST', '/v1/provider-keys', { provider: 'openai', label: 'main', credential, ...more })).body
      .id,
  );

describe('keyway doctor', { timeout: 60_000 }, () => {
  it('goes the whole way when all is well, to one real request', async () => {
    await stored('sk-sim-tenant');
    await stored('sk-sim-other', { label: 'off', enabled: false });
    const { steps, out } = await examine(['--model', 'openai/gpt-4o-mini']);
    expect(steps.map(({ name, state }) => [name, state])).toEqual([
      ['Address', 'ok'],
      ['Name', 'skipped'],
      ['Connection', 'ok'],
      ['Gateway', 'ok'],
      ['API key', 'ok'],
      ['Provider keys', 'ok'],
      ['main: secret', 'ok'],
      ['main: region', 'skipped'],
      ['main: provider', 'ok'],
      ['off: provider', 'skipped'],
      ['Request to openai/gpt-4o-mini', 'ok'],
    ]);
    expect(steps.at(-1)?.says).toMatch(/^Served by your own key \(byok\(pk_\w+\)=200\); req_/);
    expect(steps[8]?.ms).toBeTypeOf('number');
    expect(out).toContain('Everything that could be tried works.');
  });

  it('tries one key alone, and tells why a request is not served', async () => {
    await stored('sk-sim-invalid', { label: 'broken', models: ['o3*'] });
    await stored('sk-sim-tenant', { label: 'fine', models: ['gpt-4o*'] });
    const { broken } = await examine(['--provider-key', 'fine', '--model', 'openai/sim-missing']);
    expect(broken).toMatchObject([
      { name: 'Request to openai/sim-missing', says: expect.stringMatching(/model_not_found/) },
    ]);
    expect(broken[0]?.todo).toMatch(/keyway logs show req_\w+ tells/);
  });

  describe('finds the step that fails', () => {
    it('no address', async () => {
      expect((await examine([], { KEYWAY_URL: 'gateway.example' })).broken).toMatchObject([{ name: 'Address' }]);
      expect((await examine([], { KEYWAY_URL: '' })).broken).toMatchObject([{ name: 'Address' }]);
      const clear = await examine([], { KEYWAY_URL: 'http://gateway.example' });
      expect(clear.broken).toMatchObject([{ name: 'Address', says: expect.stringContaining('in the clear') }]);
      expect(clear.steps.filter(({ state }) => state === 'skipped').map(({ name }) => name)).toEqual([
        ...['Name', 'Connection', 'Gateway', 'API key', 'Provider keys', 'Provider'],
      ]);
    });

    it('a name that there is not', async () => {
      // RFC 6761: .invalid never leads anywhere, and no resolver has to be asked by anybody.
      const { broken } = await examine([], { KEYWAY_URL: 'https://gateway.invalid' });
      expect(broken).toMatchObject([{ name: 'Name', says: expect.stringContaining('gateway.invalid leads nowhere') }]);
    });

    it('a wrong port', async () => {
      const closed = await startStub(() => ({}));
      await closed.close();
      const { broken } = await examine([], { KEYWAY_URL: closed.url });
      expect(broken).toMatchObject([
        { name: 'Connection', says: expect.stringMatching(/^Nothing listens on port \d+\.$/) },
      ]);
    });

    it('https where there is none', async () => {
      const { broken } = await examine([], { KEYWAY_URL: gateway.url.replace('http:', 'https:') });
      expect(broken).toMatchObject([{ name: 'Connection', says: expect.stringContaining('does not speak TLS') }]);
    });

    it.each([
      ['another program', { body: '<html>' }, 'it is not Keyway'],
      ['what says ok, too', { body: { status: 'ok' }, headers: { 'x-request-id': 'x' } }, 'it is not Keyway'],
      [
        'an address that moved',
        { status: 301, headers: { location: 'https://elsewhere.example/' } },
        'leads on to https://elsewhere.example/',
      ],
      [
        'API Gateway without its stage',
        { status: 403, body: { message: 'Missing Authentication Token' } },
        'no such path',
      ],
      ['a gateway that is not well', { status: 503, headers: { 'x-request-id': 'req_01' } }, 'not well: status 503'],
    ])('%s', async (_, answer, says) => {
      const stub = await startStub(() => answer);
      const { broken } = await examine([], { KEYWAY_URL: stub.url });
      await stub.close();
      expect(broken).toMatchObject([{ name: 'Gateway', says: expect.stringContaining(says) }]);
      // The key was not shown to a stranger.
      expect(stub.calls.filter((call) => call !== 'GET /healthz')).toEqual([]);
    });

    it('what listens and does not speak HTTP', async () => {
      const mute = await startStranger('SSH-2.0-x\r\n');
      expect((await examine([], { KEYWAY_URL: mute.url })).broken).toMatchObject([{ name: 'Gateway' }]);
      await mute.close();
    });

    it('no key, and a wrong one', async () => {
      expect((await examine([], { KEYWAY_API_KEY: '' })).broken).toMatchObject([
        { name: 'API key', says: expect.stringContaining('There is no key for') },
      ]);
      const wrong = await examine([], { KEYWAY_API_KEY: `${workspace.key.slice(0, -4)}AAAA` });
      expect(wrong.broken).toMatchObject([{ name: 'API key', says: expect.stringContaining('not known') }]);
      expect((await examine([], { KEYWAY_API_KEY: 'wrong-token' })).broken).toMatchObject([{ name: 'API key' }]);
    });

    it('a key that has expired, and one that was revoked', async () => {
      const made = (await workspace.call('POST', '/v1/api-keys', { scopes: ['manage'] })).body;
      const path = `/v1/api-keys/${made.id}`;
      const env = { KEYWAY_API_KEY: String(made.key) };
      await workspace.call('PATCH', path, { expires_at: '2026-01-01T00:00:00Z' });
      expect((await examine([], env)).broken).toMatchObject([
        { name: 'API key', says: expect.stringContaining('expired') },
      ]);
      await workspace.call('DELETE', path);
      expect((await examine([], env)).broken).toMatchObject([
        { name: 'API key', says: expect.stringContaining('revoked') },
      ]);
    });

    it('no provider keys, and none that is on', async () => {
      const { broken } = await examine();
      expect(broken).toMatchObject([{ name: 'Provider keys', says: expect.stringContaining('$10.00 left') }]);
      await stored('sk-sim-tenant', { enabled: false });
      expect((await examine()).broken).toMatchObject([{ says: 'All provider keys are switched off.' }]);
    });

    it.each([
      ['sk-sim-invalid', 'none of its own'],
      ['sk-sim-denied', 'may not use this model'],
      ['sk-sim-quota', 'may use no more'],
      ['sk-sim-overloaded', 'Status 503'],
      ['sk-sim-cut', 'was not reached'],
    ])('the provider, with the key %s', async (credential, says) => {
      await stored(credential);
      const { broken, steps } = await examine();
      expect(broken).toMatchObject([{ name: 'main: provider', says: expect.stringContaining(says) }]);
      expect(steps.find(({ name }) => name === 'main: secret')?.state).toBe('ok');
    });

    it('a secret that is gone', async () => {
      const id = await stored('sk-sim-tenant');
      const secrets = new SecretsManagerClient({});
      const { SecretList = [] } = await secrets.send(
        new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['keyway/tenants/'] }], MaxResults: 100 }),
      );
      const SecretId = SecretList.find(({ Name }) => Name?.endsWith(id))?.Name;
      await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
      secrets.destroy();
      const { broken, steps } = await examine();
      expect(broken).toMatchObject([{ name: 'main: secret', says: expect.stringContaining('cannot be used') }]);
      expect(steps.find(({ name }) => name === 'main: provider')).toMatchObject({
        state: 'skipped',
        says: 'Not reached.',
      });
    });
  });

  it('says what a key may not see, and goes on with what it may', async () => {
    const made = (await workspace.call('POST', '/v1/api-keys', { scopes: ['inference'] })).body;
    await stored('sk-sim-tenant');
    const { steps } = await examine(['--model', 'openai/gpt-4o-mini'], { KEYWAY_API_KEY: String(made.key) });
    expect(steps.find(({ name }) => name === 'Provider keys')).toMatchObject({ state: 'skipped' });
    expect(steps.at(-1)).toMatchObject({ name: 'Request to openai/gpt-4o-mini', state: 'ok' });
    const operator = await examine([], { KEYWAY_API_KEY: adminToken });
    expect(operator.steps.find(({ name }) => name === 'API key')?.says).toContain("the operator's commands");
  });
});

describe('a key test, read as a way', () => {
  const test: KeyTest = {
    ...{ object: 'provider_key_test', state: 'verified', detail: 'words', hint: null, provider_status: 200 },
    ...{ model: 'nova', latency_ms: 1, checked_at: '2026-11-25T08:00:00.000Z', region: 'eu-mars-1' },
  };
  const key = { region: 'eu-mars-1', region_source: 'field' } as const;
  const failing = (changes: Partial<KeyTest>, of: Parameters<typeof readTest>[0] = key) =>
    Object.entries(readTest(of, { ...test, ...changes })).flatMap(([part, found]) =>
      found?.state === 'failed' ? [part] : [],
    );

  it.each([
    ['verified', 200, null],
    ['inconclusive', null, 'secret'],
    ['inconclusive', 503, 'provider'],
    ['unreachable', null, 'region'],
    ['no_permission', 400, 'region'],
    ['no_permission', 404, 'region'],
    ['no_permission', 403, 'provider'],
    ['no_permission', 401, 'provider'],
    ['invalid', 403, 'provider'],
    ['rate_limited', 429, 'provider'],
    ['quota_exceeded', 429, 'provider'],
  ] as const)('%s with status %s fails at: %s', (state, provider_status, part) => {
    expect(failing({ state, provider_status })).toEqual(part === null ? [] : [part]);
  });

  it('blames no region where there is none', () => {
    const without = { region: null, region_source: null };
    for (const state of ['unreachable', 'no_permission'] as const)
      expect(failing({ state, provider_status: null, region: null }, without)).toEqual(['provider']);
  });

  it('names the region, and where it comes from', () => {
    const { region } = readTest(key, { ...test, state: 'unreachable', provider_status: null });
    expect(region?.says).toContain('eu-mars-1, given with the key');
  });
});
