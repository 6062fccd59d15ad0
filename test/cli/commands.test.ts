import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loginsFile } from '../../cli/access/logins.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { adminToken, startGateway, type TestGateway, type TestWorkspace } from '../client/gateway.ts';
import { newUser, type Ran, type User } from './command-line.ts';
import { startStranger, startStub } from './stub-gateway.ts';

const chat = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };

let gateway: TestGateway;
let workspace: TestWorkspace;
let user: User;
/** What no output may hold. */
let secrets: string[];

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  user = newUser();
  workspace = await gateway.workspace({ keys: {}, credit: '10' });
  secrets = [workspace.key, adminToken];
});
afterEach(() => {
  user.leave();
  for (const secret of secrets) expect(user.printed.join('\n')).not.toContain(secret);
});

/** A command of somebody who is logged in by the environment. */
const run = (args: string[], options: Parameters<User['run']>[1] = {}, key = workspace.key) =>
  user.run(args, { ...options, env: { KEYWAY_URL: gateway.url, KEYWAY_API_KEY: key, ...options.env } });
const asJson = ({ out }: Ran) => JSON.parse(out);
const store = async (credential: unknown, more: object = {}) => {
  const { status, body } = await workspace.call('POST', '/v1/provider-keys', {
    provider: 'openai',
    credential,
    ...more,
  });
  expect(status).toBe(201);
  secrets.push(String(credential));
  return String(body.id);
};
const storedKeys = async () =>
  (await workspace.call('GET', '/v1/provider-keys?limit=100')).body.data as Record<string, unknown>[];
const ask = async (more: object = {}) => {
  await workspace.call('POST', '/v1/chat/completions', { ...chat, ...more });
  const { data } = (await workspace.call('GET', '/v1/logs?limit=1')).body as { data: { request_id: string }[] };
  return data[0]?.request_id ?? '';
};

describe('login', { timeout: 60_000 }, () => {
  it.each([
    ['standard input', (file: string) => ({ args: ['-'], input: file })],
    ['a file', (file: string) => ({ args: ['--from-file', file], input: '' })],
  ])('takes the key from %s, proves it, keeps it for its user alone, and uses it', async (from, how) => {
    const file = join(user.home, 'key');
    writeFileSync(file, `${workspace.key}\n`);
    const { args, input } = how(from === 'a file' ? file : `${workspace.key}\n`);
    const { code, out } = await user.run(['login', ...args, '--url', `${gateway.url}/v1/`], { input });
    expect(code).toBe(0);
    expect(out).toContain(`Logged in to ${gateway.url}.`);
    expect(out).toContain('The key opens a workspace');
    const kept = loginsFile({ env: { XDG_CONFIG_HOME: join(user.home, '.config') }, home: user.home });
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect((await user.run(['keys', 'list'])).out).toContain('no provider keys');
    expect((await user.run(['logout'])).out).toContain(`The key for ${gateway.url} is forgotten here`);
    expect(await user.run(['keys', 'list'])).toMatchObject({ code: 2, out: '' });
    expect(await user.run(['logout', '--json'])).toMatchObject({ code: 0, out: expect.stringContaining('"urls": []') });
  });

  it('asks for address and key, and never shows the key', async () => {
    const { code, err } = await user.run(['login'], { answers: [gateway.url, workspace.key] });
    expect(code).toBe(0);
    expect(err).not.toContain(workspace.key.slice(0, 8));
    expect((await user.run(['keys', 'list', '--json'])).code).toBe(0);
  });

  it('says what other keys open', async () => {
    const made = await workspace.call('POST', '/v1/api-keys', { scopes: ['inference'] });
    secrets.push(String(made.body.key));
    const login = (key: string) => user.run(['login', '-', '--url', gateway.url, '--json'], { input: key });
    expect(asJson(await login(String(made.body.key)))).toMatchObject({ url: gateway.url, role: 'inference' });
    expect(asJson(await login(adminToken))).toMatchObject({ role: 'operator' });
  });

  it('keeps nothing that opens nothing', async () => {
    const wrong = `${workspace.key.slice(0, -4)}AAAA`;
    const { code, err } = await user.run(['login', '-', '--url', gateway.url], { input: wrong });
    expect(code).toBe(1);
    expect(err).toMatch(/✗ This API key is not known\.[\s\S]*unauthorized · req_/);
    expect((await user.run(['keys', 'list'])).code).toBe(2);
    secrets.push(wrong);
  });

  it.each([
    ['an argument', ['login', 'hunter2']],
    ['an argument that looks like a key', ['login', 'kw_01M8ANG52E1CXXQWYQ4F78F0EX_aaaa']],
    ['an option that there is not', ['login', '--api-key', 'hunter2']],
    ['an option with the key in it', ['login', '--api-key=hunter2']],
    ['a key for an argument', ['keys', 'add', 'openai', 'sk-sim-demo']],
    ['a key for a file', ['keys', 'add', 'openai', '--from-file', 'sk-sim-hunter2']],
    ['a key behind a key', ['keys', 'rotate', 'pk_1', 'hunter2']],
    ['a key for a label', ['keys', 'add', 'openai', '-', '--label=sk-sim-hunter2']],
  ])('refuses %s, and does not repeat it', async (_, args) => {
    await store('sk-sim-tenant', { label: 'pk_1' });
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('--from-file');
    expect(err).not.toMatch(/hunter2|aaaa|sim-demo/);
  });

  it('lets no key travel in the clear', async () => {
    const { code, err } = await user.run(['login', '-', '--url', 'http://gateway.example'], { input: workspace.key });
    expect(code).toBe(2);
    expect(err).toContain('would travel to gateway.example in the clear');
  });

  it('needs a terminal to ask at', async () => {
    expect((await user.run(['login'])).err).toContain('Which gateway?');
    expect((await user.run(['login', '--url', gateway.url])).err).toContain('no terminal to ask at');
  });
});

describe('keys add', { timeout: 60_000 }, () => {
  it('knows whose key it is, stores what was chosen, and tests it', async () => {
    secrets.push('sk-ant-sim-demo');
    const args = ['keys', 'add', '-', '--label', 'Claude', '--exclusive', '--models', 'claude-*, claude-sonnet-4-5'];
    const { code, out, err } = await run([...args, '--priority', '5', '--test'], { input: 'sk-ant-sim-demo' });
    expect(code).toBe(0);
    expect(err).toContain('Recognised: API key of Anthropic.');
    expect(out).toMatch(/✓ Claude is stored: pk_/);
    expect(out).toMatch(/Claude {2}Verified/);
    expect(await storedKeys()).toMatchObject([
      {
        ...{ provider: 'anthropic', label: 'Claude', fallback_enabled: false, priority: 5 },
        models: ['claude-*', 'claude-sonnet-4-5'],
      },
    ]);
  });

  it('answers in JSON, with the test, and fails with a key that does not work', async () => {
    secrets.push('sk-sim-invalid');
    const ran = await run(['keys', 'add', 'openai', '-', '--test', '--json'], { input: 'sk-sim-invalid\n' });
    expect(ran.code).toBe(1);
    expect(asJson(ran)).toMatchObject({ object: 'provider_key', provider: 'openai', test: { state: 'invalid' } });
  });

  it('takes a service account from a file, and its region', async () => {
    const account = simulatedServiceAccount('tenant');
    const file = join(mkdtempSync(join(user.home, 'f')), 'account.json');
    writeFileSync(file, JSON.stringify(account, null, 2));
    const { code, err } = await run(['keys', 'add', '--from-file', file, '--region', 'europe-west4', '--disabled']);
    expect(code).toBe(0);
    expect(err).toContain('Service account key of Google Cloud, project');
    expect(await storedKeys()).toMatchObject([{ provider: 'vertex', region: 'europe-west4', enabled: false }]);
    secrets.push(String((account as unknown as { private_key: string }).private_key).slice(40, 90));
  });

  it('asks for everything at a terminal, and never shows the key', async () => {
    const answers = ['', '', 'sk-sim-hidden', 'Typed', 'gpt-4o*', 'y', 'n'];
    const { code, out, err } = await run(['keys', 'add'], { answers });
    expect(code).toBe(0);
    expect(out).toContain('Typed is stored');
    expect(err).not.toContain('sim-hidden');
    expect(await storedKeys()).toMatchObject([
      { provider: 'openai', label: 'Typed', models: ['gpt-4o*'], fallback_enabled: false },
    ]);
    secrets.push('sk-sim-hidden');
  });

  it('asks for the fields of what is more than a key', async () => {
    // The second of what one may have at Bedrock: a key with a region.
    const answers = [
      '\u001b[B',
      'ABSKc2ltLWRlbW8tYXQtMDAwMDAwMDAwMDAwOm5vdC1hLXJlYWwtc2VjcmV0',
      'eu-west-1',
      '',
      '',
      'n',
      'n',
    ];
    const { code, err } = await run(['keys', 'add', 'bedrock'], { answers });
    expect(code).toBe(0);
    expect(err).not.toContain('ABSK');
    expect(await storedKeys()).toMatchObject([{ provider: 'bedrock', region: 'eu-west-1' }]);
    const bare = ['', answers[1] ?? '', 'bare', 'eu-central-1', '', 'n', 'y'];
    expect((await run(['keys', 'add', 'bedrock'], { answers: bare })).code).toBe(0);
    expect((await storedKeys()).at(-1)).toMatchObject({
      label: 'bare',
      region: 'eu-central-1',
      region_source: 'field',
    });
    secrets.push(answers[1] ?? '');
  });

  it.each([
    ['kw_01M8ANG52E1CXXQWYQ4F78F0EX_x', 'This opens Keyway itself'],
    ['{"type": "service_account", ', 'The JSON is not complete'],
    ['AKIASIMKEYWAYDEMO001', 'only half of it'],
  ])('stores nothing that is no key: %s', async (input, says) => {
    const { code, err } = await run(['keys', 'add', 'bedrock', '-'], { input });
    expect(code).toBe(1);
    expect(err).toContain(says);
    expect(err).toContain('--anyway');
    expect(await storedKeys()).toEqual([]);
    secrets.push(input);
  });

  it.each([
    [['keys', 'add', '-'], 'Which provider is the key for?', 'something-unknown'],
    [['keys', 'add', 'nobody', '-'], 'There is no provider “nobody”.', 'x'],
    [['keys', 'add', 'openai'], 'no terminal to ask at', ''],
    [['keys', 'add', 'openai', '-'], 'The secret is empty.', ' \n'],
    [['keys', 'add', 'openai', '-', '--from-file', 'a'], 'two places', 'x'],
    [['keys', 'add', 'openai', '--from-file', 'nowhere'], 'does not exist', ''],
    [['keys', 'add', 'openai', '-', '--priority', 'high'], 'whole number', 'x'],
  ])('says what is missing: %j', async (args, says, input) => {
    const { code, err } = await run(args, { input });
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('tells what the gateway refuses, with its code, hint and request', async () => {
    const { code, err } = await run(['keys', 'add', 'openai', '-'], { input: 'short' });
    expect(code).toBe(1);
    expect(err).toMatch(/✗ .+\n[\s\S]*validation_error · req_/);
    const { err: json } = await run(['keys', 'add', 'openai', '-', '--json'], { input: 'short' });
    expect(JSON.parse(json)).toMatchObject({
      error: { code: 'validation_error' },
      request_id: expect.stringMatching(/^req_/),
    });
  });
});

describe('keys', { timeout: 60_000 }, () => {
  it('are listed in the order in which they are tried, and shown with why they fail', async () => {
    await store('sk-sim-tenant', { label: 'second', priority: 2 });
    const id = await store('sk-sim-invalid', { label: 'first', priority: 1, models: ['gpt-4o*'] });
    await ask();
    const { out } = await run(['keys', 'list']);
    expect(out).toMatch(/1 {2}first .*Failing, resting.*gpt-4o\*[\s\S]*2 {2}second .*Working/);
    expect(asJson(await run(['keys', 'list', '--json'])).data.map((key: { label: string }) => key.label)).toEqual([
      'first',
      'second',
    ]);
    const shown = (await run(['keys', 'show', 'first'])).out;
    expect(shown).toContain('The key was refused: it is invalid, revoked or expired.');
    expect(shown).toContain('What to do: Make a new key');
    expect(shown).toMatch(/Provider's words +Incorrect API key/);
    expect(asJson(await run(['keys', 'show', id, '--json']))).toMatchObject({ id, label: 'first' });
    expect((await run(['keys', 'show', 'third'])).err).toContain('There is no provider key “third”.');
    await store('sk-sim-tenant', { label: 'second' });
    expect(await run(['keys', 'show', 'second'])).toMatchObject({ code: 2 });
  });

  it('are tested, all or some, and the exit code says whether all are verified', async () => {
    const ids = [
      await store('sk-sim-tenant', { label: 'good' }),
      await store('sk-sim-quota', { label: 'poor' }),
      await store('sk-sim-denied', { label: 'denied' }),
      await store('sk-sim-ratelimited', { label: 'fast' }),
      await store('sk-sim-overloaded', { label: 'busy' }),
    ];
    expect(await run(['keys', 'test', 'good'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/good {2}Verified/),
    });
    const { code, out } = await run(['keys', 'test']);
    expect(code).toBe(1);
    for (const words of [
      /poor {2}Quota used up/,
      /denied {2}No permission/,
      /fast {2}Rate limited/,
      /busy {2}Inconclusive/,
    ])
      expect(out).toMatch(words);
    expect(out).toContain("The provider's words (status 503):");
    const json = asJson(await run(['keys', 'test', '--json']));
    expect(json.data.map((each: { provider_key_id: string }) => each.provider_key_id)).toEqual(ids);
    expect(json.data.map((each: { state: string }) => each.state)).toEqual([
      ...['verified', 'quota_exceeded', 'no_permission', 'rate_limited', 'inconclusive'],
    ]);
    const strange = await run(['keys', 'test', 'good', '--model', 'bedrock/amazon.nova-lite-v1:0']);
    expect(strange).toMatchObject({ code: 1, out: expect.stringMatching(/good {2}Not tested\n {2}.*openai/) });
  });

  it('are rotated', async () => {
    const id = await store('sk-sim-invalid', { label: 'main' });
    const { code, out } = await run(['keys', 'rotate', 'main', '-', '--test'], { input: 'sk-sim-rotated' });
    expect(code).toBe(0);
    expect(out).toContain('main is rotated');
    expect(out).toContain('Revoke the old one');
    const asked = await run(['keys', 'rotate', id, '--json'], { answers: ['', 'sk-sim-prompted'] });
    expect(asJson(asked)).toMatchObject({ id, version: 3 });
    expect(asked.err).not.toContain('sim-prompted');
  });

  it('are put into the order wanted, those not named behind', async () => {
    for (const label of ['a', 'b', 'c']) await store('sk-sim-tenant', { label });
    const { code, out } = await run(['keys', 'order', 'c', 'b']);
    expect(code).toBe(0);
    expect(out).toMatch(/1 {2}c [\s\S]*2 {2}b [\s\S]*3 {2}a /);
    expect(await run(['keys', 'order', 'c', 'c'])).toMatchObject({ code: 2 });
    const json = asJson(await run(['keys', 'order', 'a', '--json']));
    expect(json.data.map((key: { label: string }) => key.label)).toEqual(['a', 'c', 'b']);
  });

  it('are deleted when somebody says so', async () => {
    for (const label of ['a', 'b', 'c']) await store('sk-sim-tenant', { label });
    expect(await run(['keys', 'rm', 'a'])).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    expect(await run(['keys', 'rm', 'a'], { answers: ['n'] })).toMatchObject({ code: 130 });
    expect(await storedKeys()).toHaveLength(3);
    expect((await run(['keys', 'rm', 'a'], { answers: ['y'] })).code).toBe(0);
    expect(asJson(await run(['keys', 'rm', 'b', 'b', 'c', '--yes', '--json'])).data).toHaveLength(2);
    expect(await storedKeys()).toEqual([]);
  });
});

describe('logs, usage and workspaces', { timeout: 60_000 }, () => {
  it('tell why a request went as it went', async () => {
    await store('sk-sim-invalid', { label: 'broken' });
    const id = await ask();
    const { code, out } = await run(['logs', 'show', id]);
    expect(code).toBe(0);
    const order = [
      'Your key “broken” was refused',
      'What to do: Make a new key',
      'What was tried',
      'credentials: served',
      'Route',
    ];
    expect(order.map((words) => out.indexOf(words))).toEqual(
      order.map((words) => out.indexOf(words)).toSorted((a, b) => a - b),
    );
    for (const words of [...order, 'Incorrect API key', 'status 401', `curl -i ${gateway.url}/v1/chat/completions`])
      expect(out).toContain(words);
    expect(asJson(await run(['logs', 'show', id, '--json']))).toMatchObject({
      request_id: id,
      fallback_triggered: true,
    });
    expect((await run(['logs', 'show', 'req_nothing'])).code).toBe(1);
  });

  it('list requests by their filters', async () => {
    await store('sk-sim-tenant', { label: 'mine' });
    await ask();
    await ask({ model: 'openai/sim-missing' });
    const list = async (...args: string[]) =>
      asJson(await run(['logs', 'list', '--json', ...args])).data.map(({ status }: { status: number }) => status);
    expect(await list()).toEqual([404, 200]);
    expect(await list('--status', 'success')).toEqual([200]);
    expect(await list('--kind', 'model_access', '--from', '1h')).toEqual([404]);
    expect(await list('--to', '1h')).toEqual([]);
    expect(await list('-n', '1')).toEqual([404]);
    const { out } = await run(['logs', 'list', '--model', 'openai/gpt-4o-mini']);
    expect(out).toMatch(/200 {2}Served +openai\/gpt-4o-mini +mine/);
    for (const args of [
      ['--provider-request-id', 'b7f3c1d29a8e4f60b7f3c1d29a8e4f60'],
      ['--provider-request-id=b7f3c1d29a8e4f60b7f3c1d29a8e4f60'],
    ])
      expect(await list(...args)).toEqual([]);
    expect(await run(['logs', 'list', '--kind', 'bad luck'])).toMatchObject({ code: 2 });
    expect(await run(['logs', 'list', '--from', 'yesterday'])).toMatchObject({ code: 2 });
  });

  it('sum up what was used', async () => {
    await store('sk-sim-tenant');
    await ask();
    const { out } = await run(['usage', '--by', 'model']);
    expect(out).toMatch(/openai\/gpt-4o-mini +1 +0 +1 +0 +\d+ +\$0\.00/);
    expect(asJson(await run(['usage', '--json', '--from', '7d'])).data).toMatchObject([
      { requests: 1, credential: 'byok' },
    ]);
    expect((await run(['usage', '--to', '7d', '--from', '8d'])).out).toContain('Nothing was used.');
  });

  it('show operators the workspaces, and their keys', async () => {
    await store('sk-sim-tenant', { label: 'theirs' });
    const operator = (args: string[]) => run(args, {}, adminToken);
    const { data } = asJson(await operator(['workspaces', '--json']));
    const { workspace_id: id } = (await run(['logs', 'list', '--json', '-n', '1']).then(asJson)).data[0] ?? {};
    expect(data.length).toBeGreaterThan(0);
    const own = id ?? `ws_${workspace.key.split('_')[1]}`;
    expect((await operator(['workspaces', 'list'])).out).toMatch(
      new RegExp(`client tests +Active +\\$10\\.00 .*${own}`),
    );
    const shown = await operator(['workspaces', 'show', own]);
    expect(shown.out).toMatch(/client tests {2}Active[\s\S]*\$10\.00[\s\S]*theirs/);
    expect(asJson(await operator(['workspaces', 'show', own, '--json']))).toMatchObject({
      provider_keys: [{ label: 'theirs' }],
    });
    expect((await operator(['keys', 'list', '--workspace', own])).out).toContain('theirs');
    expect(await operator(['keys', 'list'])).toMatchObject({ code: 1, err: expect.stringContaining('--workspace') });
    expect((await operator(['usage', '--by', 'workspace', '--workspace', own])).code).toBe(0);
    expect((await operator(['logs', 'list'])).code).toBe(0);
    expect(await run(['workspaces'])).toMatchObject({ code: 1, err: expect.stringContaining('unauthorized') });
  });
});

describe('every command', { timeout: 60_000 }, () => {
  it.each([[[]], [['keys']], [['logs', 'nothing']], [['nothing']], [['usage', '--by', 'colour']], [['keys', 'show']]])(
    'that is asked wrongly says so with exit code 2: %j',
    async (args) => {
      const { code, out, err } = await run(args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/Usage|--help/);
    },
  );

  it.each([[['--help']], [['keys', 'add', '--help']], [['--version']]])('explains itself: %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 0, err: '' });
  });

  it('says when nobody, or somebody else, answers', async () => {
    const mute = await startStranger('');
    const { code, err } = await run(['keys', 'list'], { env: { KEYWAY_URL: mute.url } });
    expect(code).toBe(1);
    expect(err).toContain(`No gateway answers at ${mute.url}.`);
    expect(err).toContain('keyway doctor');
    expect(err).not.toMatch(/^\s+at /m);
    await mute.close();
    const other = await startStub(() => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }));
    expect(await run(['keys', 'list'], { env: { KEYWAY_URL: other.url } })).toMatchObject({
      code: 1,
      err: expect.stringContaining('The answer is not one of Keyway.'),
    });
    const moved = await startStub(() => ({ status: 302, headers: { location: `${other.url}/` } }));
    const seen = other.calls.length;
    expect((await run(['keys', 'list'], { env: { KEYWAY_URL: moved.url } })).code).toBe(1);
    expect(other.calls).toHaveLength(seen);
    await Promise.all([other.close(), moved.close()]);
  });
});
