import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const lock = (version: string) =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/a': { version },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  });

/** A project with a copy of the launcher, and an `npm` that notes its calls and installs what the lock file says. */
describe('bin/run.mjs', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'keyway-test-'));
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'tools'));
    copyFileSync(join(import.meta.dirname, '../../bin/run.mjs'), join(root, 'bin/run.mjs'));
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.0'));
    npm(`rm -rf node_modules && mkdir -p node_modules/.bin && ln -s "${process.execPath}" node_modules/.bin/node`);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function npm(script: string): void {
    writeFileSync(join(root, 'tools/npm'), `#!/bin/sh\necho "$*" >> npm-calls\n${script}\n`);
    chmodSync(join(root, 'tools/npm'), 0o755);
  }

  const calls = () =>
    existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n').length : 0;

  function start(...args: string[]): ChildProcess {
    const env = { ...process.env, PATH: [join(root, 'tools'), '/usr/bin', '/bin'].join(delimiter) };
    return spawn(process.execPath, ['bin/run.mjs', ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function finish(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
    const text = { out: '', err: '' };
    child.stdout?.on('data', (piece) => (text.out += piece));
    child.stderr?.on('data', (piece) => (text.err += piece));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...text };
  }

  const run = (...args: string[]) => finish(start(...args));

  it('installs once, says so in one line on stderr, and then starts quietly', async () => {
    const first = await run('node', '-e', 'console.log("ran")');
    expect(first).toMatchObject({
      code: 0,
      out: 'ran\n',
      err: expect.stringMatching(/^Keyway: installing packages.*\n$/),
    });
    expect(await run('node', '-e', '')).toEqual({ code: 0, out: '', err: '' });
    expect(calls()).toBe(1);
  });

  it('installs again when the lock file has changed', async () => {
    await run('node', '-e', '');
    writeFileSync(join(root, 'package-lock.json'), lock('2.0.0'));
    await run('node', '-e', '');
    expect(calls()).toBe(2);
  });

  it.each([
    ['believes what npm has installed by hand', '1.0.0', 0],
    ['does not believe an installation of other versions', '0.9.0', 1],
  ])('%s', async (_, installed, expected) => {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    writeFileSync(
      join(root, 'node_modules/.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: installed } } }),
    );
    await run('node', '-e', '');
    expect(calls()).toBe(expected);
  });

  it('lets one of many simultaneous first starts install', async () => {
    const results = await Promise.all([1, 2, 3].map(() => run('node', '-e', 'console.log("ran")')));
    expect(results.map(({ out }) => out)).toEqual(['ran\n', 'ran\n', 'ran\n']);
    expect(calls()).toBe(1);
  });

  it('takes over from a process that died while it installed', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    mkdirSync(join(root, '.keyway-install.lock'));
    writeFileSync(join(root, '.keyway-install.lock/owner'), String(dead.pid));
    expect(await run('node', '-e', '')).toMatchObject({ code: 0 });
    expect(existsSync(join(root, '.keyway-install.lock'))).toBe(false);
  });

  it('shows what npm said when it fails, and tries again the next time', async () => {
    npm('echo "npm error no network" >&2; exit 1');
    const failed = await run('node', '-e', 'console.log("ran")');
    expect(failed).toMatchObject({ code: 1, out: '', err: expect.stringContaining('npm error no network') });
    expect(existsSync(join(root, '.keyway-install.lock'))).toBe(false);
    npm('mkdir -p node_modules/.bin');
    expect((await run(process.execPath, '-e', '')).code).toBe(0);
  });

  it('puts the commands of the project first, and passes on arguments and exit codes', async () => {
    await run('node', '-e', '');
    writeFileSync(join(root, 'node_modules/.bin/tool'), '#!/bin/sh\necho "$1|$2"\nexit 7\n', { mode: 0o755 });
    expect(await run('tool', 'a b', '--flag')).toEqual({ code: 7, out: 'a b|--flag\n', err: '' });
    expect(await run('no-such-tool')).toEqual({ code: 1, out: '', err: 'Keyway: there is no command no-such-tool.\n' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on and waits for the command to end', async (signal) => {
    await run('node', '-e', '');
    const child = start(
      'node',
      '-e',
      `process.on('${signal}', () => { console.log('closing'); process.exit(3); }); setInterval(() => {}, 1000); console.log('up')`,
    );
    await once(child.stdout ?? child, 'data');
    child.kill(signal);
    expect(await finish(child)).toMatchObject({ code: 3, out: 'closing\n' });
  });
});
