import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestWorkspace } from '../client/gateway.ts';
import { finished, newUser, type User } from './command-line.ts';

describe('the program', { timeout: 60_000 }, () => {
  let gateway: TestGateway;
  let workspace: TestWorkspace;
  let user: User;

  beforeAll(async () => {
    gateway = await startGateway();
    workspace = await gateway.workspace({ keys: { openai: 'sk-sim-tenant' } });
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    user = newUser();
  });
  afterEach(() => user.leave());

  const ask = () =>
    workspace.call('POST', '/v1/chat/completions', {
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'hello' }],
    });

  it('is what npx runs, with the Node that is pinned', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(bin).toEqual({ keyway: 'bin/keyway.mjs' });
    expect(readFileSync('bin/keyway.mjs', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('reads a key from a pipe, and tells by its exit code how it went', async () => {
    const login = user.spawn(['login', '-', '--url', gateway.url]);
    login.stdin?.end(`${workspace.key}\n`);
    expect(await finished(login)).toMatchObject({ code: 0, err: '' });
    expect(await finished(user.spawn(['keys', 'test', '--json']))).toMatchObject({ code: 0, err: '' });
    const wrong = await finished(user.spawn(['keys', 'show', 'nothing']));
    expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is no provider key') });
    expect(wrong.err).not.toMatch(/^\s+at /m);
  });

  it('follows the log, prints each request once, and ends well at Ctrl-C', async () => {
    await ask();
    const tail = user.spawn(['logs', 'tail', '--json'], { KEYWAY_URL: gateway.url, KEYWAY_API_KEY: workspace.key });
    const end = finished(tail);
    await once(tail.stdout as NodeJS.ReadableStream, 'data');
    await ask();
    await once(tail.stdout as NodeJS.ReadableStream, 'data');
    tail.kill('SIGINT');
    const { code, out, err } = await end;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const ids = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).request_id);
    expect(ids).toHaveLength(2);
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  it('leaves quietly when nobody reads on', async () => {
    const list = user.spawn(['logs', 'list', '--json'], { KEYWAY_URL: gateway.url, KEYWAY_API_KEY: workspace.key });
    list.stdout?.destroy();
    expect(await finished(list)).toMatchObject({ code: 0, err: '' });
  });
});
