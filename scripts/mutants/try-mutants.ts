import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createVitest } from 'vitest/node';
import { covered } from './covered.ts';
import { mutantsOf } from './mutants-of.ts';

/** The child of scripts/mutants.ts: tries the mutants of one file from a number on, in a copy, and tells of each by one line. */
const [file = '', from = '0'] = process.argv.slice(2);
const source = readFileSync(file, 'utf8');
const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
// `console`, `client` and `scripts`: vitest.config.ts builds the page before the tests.
for (const each of [
  ...['functions', 'test', 'local', 'client', 'console', 'scripts'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts'],
])
  cpSync(each, join(copy, each), { recursive: true });
symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
const path = join(copy, file);

const vitest = await createVitest({ root: copy, watch: false, bail: 1, reporters: [{}], maxWorkers: 1, silent: true });
const found = await vitest.globTestSpecifications(covered[file]);
const specifications = (covered[file] ?? []).flatMap((test) =>
  found.filter((each) => each.moduleId === join(copy, test)),
);

/** One test file after the other, the quick ones first: most mutants never come to the slow ones. */
async function passes(text: string): Promise<boolean> {
  writeFileSync(path, text);
  vitest.invalidateFile(path);
  for (const specification of specifications) {
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
    if (unhandledErrors.length > 0 || testModules.length === 0) return false;
    if (testModules.some((each) => each.state() !== 'passed')) return false;
  }
  return specifications.length === covered[file]?.length;
}

const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const start = Date.now();
if (!(await passes(source))) tell({ broken: true });
else {
  tell({ baseMs: Date.now() - start });
  for (const [number, mutant] of mutantsOf(source).entries()) {
    if (number < Number(from)) continue;
    tell({ trying: number });
    tell({ number, survived: await passes(mutant.text) });
  }
}
await vitest.close();
rmSync(copy, { recursive: true });
process.exit(0);
