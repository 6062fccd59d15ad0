import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const git = (root: string, ...args: string[]): string | null => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
};

/**
 * The newest release before this state: the last tag `v…`, or, as long as there is none, the commit that `.ci/upgrade-from` names.
 * Null: not in this copy of the repository.
 */
export function lastRelease(root: string): string | null {
  const tag = git(root, 'describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD');
  const name = tag ?? readFileSync(join(root, '.ci/upgrade-from'), 'utf8').trim();
  return git(root, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`) === null ? null : name;
}

/** Lays out the files of a version, with the packages that it asks for. */
export function layOut(root: string, version: string, folder: string): void {
  mkdirSync(folder);
  const archive = execFileSync('git', ['archive', '--format=tar', version], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-f', '-', '-C', folder], { input: archive });
  const lock = (where: string) => readFileSync(join(where, 'package-lock.json'), 'utf8');
  if (lock(folder) === lock(root) && existsSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'ignore' });
}
