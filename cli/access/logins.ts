import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Role } from '../../client/role.ts';
import { Problem } from '../terminal/problem.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** A key that opens a gateway. */
export interface Login {
  url: string;
  key: string;
  role: Role;
  /** The user said that this key may travel over plain http. */
  allow_http?: boolean;
}

interface Logins {
  /** The gateway that is meant when none is named. */
  current: string | null;
  logins: Login[];
}

/** https://specifications.freedesktop.org/basedir-spec: a relative path there is to be ignored. */
export function loginsFile({ env, home }: Pick<Terminal, 'env' | 'home'>): string {
  const base = env.XDG_CONFIG_HOME;
  return join(base && isAbsolute(base) ? base : join(home, '.config'), 'keyway', 'logins.json');
}

/** Throws `Problem` when others may read or change the file, or when it is none of ours. */
export function readLogins(terminal: Pick<Terminal, 'env' | 'home'>): Logins {
  const file = loginsFile(terminal);
  let text: string;
  try {
    requirePrivate(dirname(file), '700');
    requirePrivate(file, '600');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { current: null, logins: [] };
    throw error;
  }
  const kept = parse(text);
  if (kept === null)
    throw new Problem(`${file} is not what keyway login wrote.`, { hint: 'Remove it, and log in again.' });
  return kept;
}

/** Keeps a login, and makes it the current one. */
export function keepLogin(terminal: Pick<Terminal, 'env' | 'home'>, login: Login): void {
  const { logins } = readLogins(terminal);
  write(terminal, { current: login.url, logins: [...logins.filter(({ url }) => url !== login.url), login] });
}

/** Forgets logins; answers which. `url` null: all of them. */
export function forgetLogins(terminal: Pick<Terminal, 'env' | 'home'>, forgotten: string | null): string[] {
  const { current, logins } = readLogins(terminal);
  const rest = forgotten === null ? [] : logins.filter(({ url }) => url !== forgotten);
  const gone = logins.filter((login) => !rest.includes(login)).map(({ url }) => url);
  if (rest.length === 0) rmSync(loginsFile(terminal), { force: true });
  else write(terminal, { current: gone.includes(current ?? '') ? null : current, logins: rest });
  return gone;
}

/** The new file replaces the old one whole, and nobody else could read it at any moment. */
function write(terminal: Pick<Terminal, 'env' | 'home'>, logins: Logins): void {
  const file = loginsFile(terminal);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  rmSync(next, { force: true });
  writeFileSync(next, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  // A umask may have taken even the owner's rights away.
  chmodSync(next, 0o600);
  renameSync(next, file);
}

function requirePrivate(path: string, mode: '600' | '700'): void {
  // Windows has no such modes; what lies in the user's profile is the user's there.
  if (process.platform === 'win32') return;
  const found = statSync(path).mode & 0o777;
  if ((found & 0o077) === 0) return;
  throw new Problem(`Others on this machine may open ${path} (its mode is ${found.toString(8)}), and keys lie there.`, {
    hint: `Run chmod ${mode} ${path}. If others use this machine, rotate the keys, too.`,
  });
}

function parse(text: string): Logins | null {
  try {
    const value: unknown = JSON.parse(text);
    return isLogins(value) ? value : null;
  } catch {
    return null;
  }
}

function isLogins(value: unknown): value is Logins {
  if (typeof value !== 'object' || value === null || !('current' in value) || !('logins' in value)) return false;
  return (
    (value.current === null || typeof value.current === 'string') &&
    Array.isArray(value.logins) &&
    value.logins.every((login: unknown) => isLogin(login))
  );
}

function isLogin(value: unknown): value is Login {
  return (
    typeof value === 'object' &&
    value !== null &&
    'url' in value &&
    typeof value.url === 'string' &&
    'key' in value &&
    typeof value.key === 'string' &&
    'role' in value &&
    ['manage', 'inference', 'operator'].includes(String(value.role))
  );
}
