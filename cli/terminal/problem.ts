/** Why a command could not do what it was asked to: its message is for people, and holds no secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** 1: it failed; 2: it was asked in a way that it does not take; 130: the user left. */
  readonly exitCode: 1 | 2 | 130;
  /** What to do about it. */
  readonly hint: string | null;

  constructor(message: string, { exitCode = 1, hint = null }: { exitCode?: 1 | 2 | 130; hint?: string | null } = {}) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

export function misused(message: string, hint: string | null = null): Problem {
  return new Problem(message, { exitCode: 2, hint });
}

/** What an error says to people. What answered with something else than JSON, all being well, is not Keyway. */
export function messageOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'The answer is not one of Keyway.';
  return error instanceof Error ? error.message : 'It failed.';
}
