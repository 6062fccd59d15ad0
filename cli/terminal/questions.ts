import type { CANCEL_SYMBOL } from '@clack/prompts';
import { Problem } from './problem.ts';
import { safeText } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

/** What a person is asked. Questions go to standard error, so that standard output holds results alone. */
export interface Questions {
  secret(message: string): Promise<string>;
  /** An empty answer is one. */
  text(message: string, placeholder?: string): Promise<string>;
  confirm(message: string, initial?: boolean): Promise<boolean>;
  choose(message: string, options: { value: string; label: string }[]): Promise<string>;
}

/** Null where nobody sits who could answer. */
export function questionsOf(terminal: Terminal): Questions | null {
  if (terminal.input.isTTY !== true || terminal.errors.isTTY !== true) return null;
  const common = { input: terminal.input, output: terminal.errors, signal: terminal.stop };
  // Loaded when somebody is asked: most commands ask nothing.
  const ask = async <Answer>(
    how: (clack: typeof import('@clack/prompts')) => Promise<Answer | typeof CANCEL_SYMBOL>,
  ) => {
    const answer = await how(await import('@clack/prompts'));
    if (typeof answer === 'symbol') throw new Problem('Nothing was done.', { exitCode: 130 });
    return answer;
  };
  return {
    secret: async (message) => {
      const answer = await ask((clack) => clack.password({ ...common, message: safeText(message) }));
      if (/^({|-----BEGIN)/.test(answer.trim())) await swallow(terminal);
      return answer;
    },
    text: async (message, placeholder = '') =>
      (await ask((clack) => clack.text({ ...common, message: safeText(message), placeholder, defaultValue: '' }))) ??
      '',
    confirm: (message, initial = false) =>
      ask((clack) => clack.confirm({ ...common, message: safeText(message), initialValue: initial })),
    choose: (message, options) =>
      ask((clack) =>
        clack.select({
          ...common,
          message: safeText(message),
          maxItems: 12,
          options: options.map(({ value, label }) => ({ value, label: safeText(label) })),
        }),
      ),
  };
}

/** How long the rest of something pasted may take to come. */
const restMs = 200;

/** Of several pasted lines a prompt takes the first. The others are secret, too: unread they would reach the shell and its history. */
async function swallow({ input, wait }: Terminal): Promise<void> {
  const drop = () => {};
  input.setRawMode?.(true);
  input.on('data', drop);
  await wait(restMs);
  input.off('data', drop);
  input.pause();
  input.setRawMode?.(false);
}
