import { Command } from '@commander-js/extra-typings';
import type { Client } from '../client/client.ts';
import { type Access, type AccessOptions, clientFor, findAccess } from './access/connection.ts';
import { type Paper, paperOf } from './terminal/paper.ts';
import { type Questions, questionsOf } from './terminal/questions.ts';
import { safeJson } from './terminal/safe-text.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What every command works with. */
export interface World {
  terminal: Terminal;
  /** Results. */
  out: Paper;
  /** Progress, warnings and errors. */
  err: Paper;
  /** Null where nobody can answer. */
  questions: Questions | null;
  /** 1 once a command has told that something failed. */
  exitCode: 0 | 1;
}

export function worldOf(terminal: Terminal): World {
  return {
    terminal,
    out: paperOf(terminal.output, terminal.env),
    err: paperOf(terminal.errors, terminal.env),
    questions: questionsOf(terminal),
    exitCode: 0,
  };
}

/** A command with the options that all of them have. */
export function command(name: string, says: string) {
  return new Command(name)
    .description(says)
    .option('--url <url>', 'the gateway; else KEYWAY_URL, else that of the last login')
    .option('--allow-http', 'let the key travel over plain http')
    .option('--json', 'print JSON');
}

export interface Gateway extends Access {
  client: Client;
}

export function openGateway({ terminal }: World, options: AccessOptions): Gateway {
  const access = findAccess(terminal, options);
  return { ...access, client: clientFor(access, terminal.stop) };
}

/** One JSON document. */
export function printJson({ terminal }: World, value: unknown): void {
  terminal.output.write(`${safeJson(value, 2)}\n`);
}

/** One line of JSON lines. */
export function printJsonLine({ terminal }: World, value: unknown): void {
  terminal.output.write(`${safeJson(value)}\n`);
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** Shows at a terminal that something is going on, until `work` settles. */
export async function withProgress<Result>({ err }: World, says: () => string, work: Promise<Result>): Promise<Result> {
  let frame = 0;
  const draw = () => err.draw({ text: `${frames[frame++ % frames.length]} ${says()}`, style: 'dim' });
  const timer = setInterval(draw, frameMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    err.draw();
  }
}

/** Runs `work` for every item, `atOnce` at a time; the results are in the items' order. */
export async function eachAtOnce<Item, Result>(
  items: Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
