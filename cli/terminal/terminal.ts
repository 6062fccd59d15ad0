import type { Readable, Writable } from 'node:stream';

type Tty = { isTTY?: boolean | undefined; columns?: number | undefined };

/** Everything that a command knows of the process around it. `bin/keyway.ts` gives the real one. */
export interface Terminal {
  input: Readable & Tty & { setRawMode?(raw: boolean): unknown };
  /** Results. */
  output: Writable & Tty;
  /** Everything else: questions, progress, errors. */
  errors: Writable & Tty;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  home: string;
  /** Aborted when the user wants to leave (Ctrl-C). */
  stop: AbortSignal;
  /** Epoch ms. */
  now(): number;
  /** Waits, at most until the user leaves; resolves in either case. */
  wait(ms: number): Promise<void>;
}

/** How `Terminal.wait` waits in a real process. */
export function waitUntil(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
}
