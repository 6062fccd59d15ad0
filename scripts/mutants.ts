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
/** Silence of this many times what the tests take without a change, and no less than this, is an endless loop. */
const patience = { times: 5, leastMs: 10_000, startMs: 120_000 };
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
    let began = false;
    const kill = () => process.kill(-Number(child.pid), 'SIGKILL');
    let silence = setTimeout(kill, patience.startMs);
    let quietMs = patience.startMs;
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(silence);
      silence = setTimeout(kill, quietMs);
      if (!line.startsWith('{')) continue;
      const told = JSON.parse(line);
      began ||= told.baseMs !== undefined;
      if (told.baseMs !== undefined) quietMs = Math.max(patience.leastMs, told.baseMs * patience.times);
      else if (told.broken) throw new Error(`The tests of ${file} fail without any change.`);
      if (told.trying !== undefined) trying = told.trying;
      else {
        if (told.survived) survivors.push(told.number);
        trying = told.number + 1;
        process.stderr.write(told.survived ? 'S' : '.');
      }
    }
    clearTimeout(silence);
    if (!began) throw new Error(`The tests of ${file} did not run.`);
    from = trying < count ? trying + 1 : count;
    // The child ended in the middle of a mutant: that one is noticed.
    if (trying < count) process.stderr.write('T');
  }
  return survivors;
}

interface Score {
  file: string;
  mutants: number;
  killed: number;
  survived: number;
  equivalent: number;
}
const scores: Score[] = [];
const scoreOf = ({ killed, survived }: Score) => `${((killed / Math.max(killed + survived, 1)) * 100).toFixed(1)} %`;

for (const file of files) {
  const mutants = mutantsOf(readFileSync(file, 'utf8'));
  const excused = (number: number) =>
    equivalent.some(
      (each) => each.file === file && each.code === mutants[number]?.code && each.change === mutants[number]?.change,
    );
  const survivors = await survivorsOf(file, mutants.length);
  const real = survivors.filter((number) => !excused(number));
  const score: Score = {
    file,
    mutants: mutants.length,
    killed: mutants.length - survivors.length,
    survived: real.length,
    equivalent: survivors.length - real.length,
  };
  scores.push(score);
  console.info(`\n${file}: ${scoreOf(score)}`);
  for (const number of real) {
    const mutant = mutants[number];
    console.info(`  ${mutant?.line}: ${mutant?.code}\n      ${mutant?.change}`);
  }
}

const sum = (of: (score: Score) => number) => scores.reduce((total, score) => total + of(score), 0);
const all: Score = {
  file: 'all',
  mutants: sum((score) => score.mutants),
  killed: sum((score) => score.killed),
  survived: sum((score) => score.survived),
  equivalent: sum((score) => score.equivalent),
};
console.info('\n| file | mutants | killed | survived | equivalent | score |\n| --- | --- | --- | --- | --- | --- |');
for (const score of [...scores, all])
  console.info(
    `| ${score.file} | ${score.mutants} | ${score.killed} | ${score.survived} | ${score.equivalent} | ${scoreOf(score)} |`,
  );
