import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { runCli } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal/terminal.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Standard input, of a pipe. */
  input?: string;
  /** What a person types, one answer for each question; then both input and errors are a terminal. */
  answers?: string[];
  /** The width of a terminal at standard output. */
  columns?: number;
  stop?: AbortSignal;
  wait?: (ms: number) => Promise<void>;
  /** Gets what is printed, as it is. */
  seen?: (text: string) => void;
}

/** A user with a home of their own, who runs commands. */
export interface User {
  home: string;
  /** Runs a command in this process. */
  run(args: string[], options?: RunOptions): Promise<Ran>;
  /** Runs the real program. */
  spawn(args: string[], env?: Record<string, string>): ChildProcess;
  /** Everything that was printed so far. */
  printed: string[];
  leave(): void;
}

export function newUser(): User {
  const home = mkdtempSync(join(tmpdir(), 'keyway-cli-'));
  const printed: string[] = [];
  return {
    home,
    printed,
    async run(args, options = {}) {
      const out = new Sink(options.columns, options.seen);
      const err = new Sink(options.answers && 80);
      const code = await runCli(args, {
        input: options.answers ? typing(options.answers, err) : Readable.from([options.input ?? '']),
        output: out,
        errors: err,
        env: { XDG_CONFIG_HOME: join(home, '.config'), ...options.env },
        home,
        stop: options.stop ?? new AbortController().signal,
        now: Date.now,
        wait: options.wait ?? (() => Promise.resolve()),
      });
      printed.push(out.text, err.text);
      return { code, out: out.text, err: err.text };
    },
    spawn: (args, env = {}) =>
      spawn(process.execPath, ['bin/keyway.ts', ...args], {
        env: { PATH: process.env.PATH, XDG_CONFIG_HOME: join(home, '.config'), ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    leave: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Ends with the process. */
export async function finished(child: ChildProcess): Promise<Ran> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { code, out, err };
}

class Sink extends Writable {
  text = '';
  isTTY: boolean;
  columns: number | undefined;
  private readonly seen: ((text: string) => void) | undefined;

  constructor(columns?: number, seen?: (text: string) => void) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns;
    this.seen = seen;
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    this.seen?.(String(chunk));
    done();
  }
}

/** Types the next answer whenever a question stands at the terminal: clack hides the cursor while it asks. */
function typing(answers: string[], err: Sink): Terminal['input'] {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const left = [...answers];
  const write = err._write.bind(err);
  err._write = (chunk, encoding, done) => {
    write(chunk, encoding, done);
    if (!String(chunk).includes('\u001b[?25l')) return;
    const answer = left.shift();
    // Whoever is asked more than they have answers for leaves.
    setImmediate(() => input.write(answer === undefined ? '\u0003' : `${answer}\r`));
  };
  return input;
}
