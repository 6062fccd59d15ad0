import { CommanderError } from '@commander-js/extra-typings';
import { ApiError, Unreachable } from '../client/api-error.ts';
import { messageOf, Problem } from './terminal/problem.ts';
import { safeJson } from './terminal/safe-text.ts';
import type { World } from './world.ts';

interface Told {
  code: string;
  message: string;
  hint: string | null;
  requestId: string | null;
  exitCode: number;
}

/** Says why a command ended, on standard error, and answers the exit code: 1 it failed, 2 it was misused, 130 the user left. */
export function tellFailure({ err, terminal }: World, error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (terminal.stop.aborted) return 130;
  const { code, message, hint, requestId, exitCode } = readFailure(error);
  if (json) {
    const body = { error: { code, message, ...(hint !== null && { hint }) }, request_id: requestId };
    terminal.errors.write(`${safeJson(body, 2)}\n`);
    return exitCode;
  }
  err.line({ text: '✗ ', style: 'red' }, message);
  if (hint !== null) err.line(`  ${hint}`);
  const facts = [error instanceof ApiError ? code : null, requestId].filter((each) => each !== null);
  if (facts.length > 0) err.line({ text: `  ${facts.join(' · ')}`, style: 'dim' });
  return exitCode;
}

function readFailure(error: unknown): Told {
  const failed = { hint: null, requestId: null, exitCode: 1 };
  if (error instanceof Problem)
    return {
      ...failed,
      code: error.exitCode === 2 ? 'usage' : 'failed',
      message: error.message,
      hint: error.hint,
      exitCode: error.exitCode,
    };
  if (error instanceof ApiError)
    return {
      ...failed,
      code: error.code ?? `http_${error.status}`,
      message: error.message,
      hint: error.hint ?? (error.details === null ? 'keyway doctor says what answers there.' : null),
      requestId: error.requestId,
    };
  if (error instanceof Unreachable)
    return { ...failed, code: 'unreachable', message: error.message, hint: 'keyway doctor says how far it gets.' };
  const hint = error instanceof SyntaxError ? 'keyway doctor says what answers there.' : null;
  return { ...failed, code: 'failed', message: messageOf(error), hint };
}
