import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { covered, equivalent } from './mutants/covered.ts';
import { mutantsOf } from './mutants/mutants-of.ts';

/**
 * Mutation testing of the files that decide about money and fallback: changes one small thing at a time and sees whether a test
 * notices. `npm run mutants` tries all files, `npm run mutants -- plan cost` those whose path has one of these words. Minutes to an
 * hour, at low priority; not part of CI.
 */
const quietMs = 90_000;
const words = process.argv.slice(2);
const files = Object.keys(covered).filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

/** Mutants of a file by number: true when no test noticed. One that makes a loop endless is noticed by its silence. */
async function survivorsOf(file: string, count: number): Promise<number[]> {
  const survivors: number[] = [];
  let from = 0;
  while (from < count) {
    const child = spawn('nice', ['-n', '19', process.execPath, 'scripts/mutants/try-mutants.ts', file, String(from)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let trying = from;
    const kill = () => process.kill(-Number(child.pid), 'SIGKILL');
    let silence = setTimeout(kill, quietMs);
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(silence);
      silence = setTimeout(kill, quietMs);
      if (!line.startsWith('{')) continue;
      const told = JSON.parse(line);
      if (told.broken) throw new Error(`The tests of ${file} fail without any change.`);
      if (told.trying !== undefined) trying = told.trying;
      else {
        if (told.survived) survivors.push(told.number);
        trying = told.number + 1;
        process.stderr.write(told.survived ? 'S' : '.');
      }
    }
    clearTimeout(silence);
    from = trying < count ? trying + 1 : count;
    // The child ended in the middle of a mutant: that one is noticed.
    if (trying < count) process.stderr.write('T');
  }
  return survivors;
}

let killed = 0;
let tried = 0;
for (const file of files) {
  const mutants = mutantsOf(readFileSync(file, 'utf8'));
  const excused = (number: number) =>
    equivalent.some(
      (each) => each.file === file && each.code === mutants[number]?.code && each.change === mutants[number]?.change,
    );
  const survivors = await survivorsOf(file, mutants.length);
  const real = survivors.filter((number) => !excused(number));
  const counted = mutants.length - (survivors.length - real.length);
  tried += counted;
  killed += counted - real.length;
  console.info(
    `\n${file}: ${counted - real.length} of ${counted} killed, ${survivors.length - real.length} equivalent`,
  );
  for (const number of real) {
    const mutant = mutants[number];
    console.info(`  ${mutant?.line}: ${mutant?.code}\n      ${mutant?.change}`);
  }
}
console.info(`All: ${killed} of ${tried} killed, ${((killed / Math.max(tried, 1)) * 100).toFixed(1)} %`);
