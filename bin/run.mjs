// Installs what is missing, then runs a command with the pinned Node: `node bin/run.mjs <command> [arguments…]`.
// Plain JavaScript without dependencies: this is what runs before anything is installed, on Node 20 and newer.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.keyway-install');
const lockFolder = join(root, '.keyway-install.lock');
const lockWaitMs = 15 * 60_000;
const windows = process.platform === 'win32';

const [command, ...rest] = process.argv.slice(2);
if (command === undefined) stop('Usage: node bin/run.mjs <command> [arguments…]');
if (!isInstalled()) await install();
checkNode();
run(command, rest);

function isInstalled() {
  return readOr(stampFile, '') === stamp();
}

function stamp() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** One process installs; others that start at the same time wait for it. */
async function install() {
  const end = Date.now() + lockWaitMs;
  while (!takeLock()) {
    if (isInstalled()) return;
    if (Date.now() > end)
      stop(
        `Another process has been installing packages for too long. If there is none, remove ${lockFolder} and start again.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    if (!isInstalled() && !matchesLock()) installPackages();
    writeFileSync(stampFile, stamp());
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

/** The folder is the lock: making it succeeds once. What a process that died left behind is taken over, by one only. */
function takeLock() {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const owner = readOr(join(lockFolder, 'owner'), '');
    if (owner === '' ? ageMs(lockFolder) < 5000 : isAlive(Number(owner))) return false;
    const claim = join(lockFolder, `after-${owner}`);
    try {
      mkdirSync(claim);
    } catch {
      return false;
    }
    // It may have been given back and taken by somebody else since.
    if (readOr(join(lockFolder, 'owner'), '') !== owner) {
      rmSync(claim, { recursive: true, force: true });
      return false;
    }
  }
  writeFileSync(join(lockFolder, 'owner'), String(process.pid));
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Whether someone has run npm here: npm notes what it installed in node_modules/.package-lock.json, at the very end. */
function matchesLock() {
  const noted = readOr(join(modules, '.package-lock.json'), '');
  if (noted === '') return false;
  const installed = JSON.parse(noted).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const same = (name) =>
    installed[name] === undefined ? wanted[name].optional === true : installed[name].version === wanted[name].version;
  return (
    Object.keys(wanted).every((name) => name === '' || same(name)) &&
    Object.keys(installed).every((name) => wanted[name] !== undefined)
  );
}

/** Quiet unless it fails: with an older Node npm warns of engines, which the pinned Node brought by this very installation satisfies. */
function installPackages() {
  process.stderr.write(
    'Keyway: installing packages with npm ci, the pinned Node 24 among them. This takes about a minute, once.\n',
  );
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
  const { status, error, stdout, stderr } = spawnSync('npm', options, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return;
  rmSync(lockFolder, { recursive: true, force: true });
  stop(
    `${stdout ?? ''}${stderr ?? ''}Keyway: npm ci failed${error ? ` (${error.message})` : ''}. See above, then start again.`,
  );
}

function checkNode() {
  const pinned = join(modules, '.bin', windows ? 'node.cmd' : 'node');
  if (existsSync(pinned) || Number(process.versions.node.split('.')[0]) >= 24) return;
  stop(
    `Keyway needs Node 24, and npm brought none for ${process.platform}-${process.arch}: this is Node ${process.versions.node}.\nInstall Node 24 from https://nodejs.org, or run "npm ci --include=optional" and start again.`,
  );
}

function run(name, args) {
  const path = [join(modules, '.bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const child = spawn(name, args, { stdio: 'inherit', env: { ...process.env, PATH: path }, shell: windows });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // At a terminal Ctrl-C reaches the child by itself, and many tools take a second one as "at once".
    process.on(signal, () => void (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on('error', (error) =>
    stop(
      error.code === 'ENOENT'
        ? `Keyway: there is no command ${name}.`
        : `Keyway: ${name} did not start: ${error.message}`,
    ),
  );
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
