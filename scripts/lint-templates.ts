import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everySetting, synthesize } from '../test/lib/synthesize.ts';

/**
 * Runs cfn-lint and checkov over the stack's templates: one with nothing said, one with every setting of the account. Both are found on the
 * path (`pip install -r .ci/python/linters.txt`), their rules in .cfnlintrc.yaml and .checkov.yaml. Ends with 1 when one of them finds something.
 */
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'keyway-templates-'));

function write(name: string, settings: Record<string, unknown>): string {
  const file = join(folder, `${name}.template.json`);
  writeFileSync(file, JSON.stringify(synthesize(settings).toJSON(), null, 1));
  return file;
}

function lint(command: string, ...args: string[]): boolean {
  console.log(`-- ${command}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(`${command}: ${error.message}. Install it with pip install -r .ci/python/linters.txt.`);
  return status === 0;
}

try {
  const plain = write('plain', {});
  const full = write('full', everySetting);
  const results = [
    lint('cfn-lint', plain, full),
    // What a setting adds would be missed in the plain one by design.
    lint('checkov', '--config-file', '.checkov.yaml', '--file', full),
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
