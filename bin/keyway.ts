import { homedir } from 'node:os';
import { runCli } from '../cli/program.ts';
import { waitUntil } from '../cli/terminal/terminal.ts';

const leaving = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The first one lets the command end well; whoever sends a second one will not wait.
    if (leaving.signal.aborted) process.exit(130);
    leaving.abort();
  });
// `keyway logs list | head` reads as much as it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`The output cannot be written: ${error.message}\n`);
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCli(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  env: process.env,
  home: homedir(),
  stop: leaving.signal,
  now: Date.now,
  wait: (ms) => waitUntil(ms, leaving.signal),
});
// A prompt may have left standard input open.
process.stdin.unref?.();
