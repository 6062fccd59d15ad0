import type { ChatRequest, FunctionTool } from '../../../core/chat/conversation.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';

/**
 * OpenAI's `local_shell` tool (https://platform.openai.com/docs/guides/tools-local-shell) runs at the caller's side, so it can be a
 * function for models of other makers. This very object stands for it: a caller's own function may have the name.
 */
export const localShell: FunctionTool = {
  type: 'function',
  name: 'local_shell',
  description: 'Runs a command in the shell of the user’s machine and returns its output.',
  parameters: {
    type: 'object',
    properties: {
      command: { type: 'array', items: { type: 'string' }, description: 'The program and its arguments.' },
      working_directory: { type: 'string', description: 'Where to run it.' },
      timeout_ms: { type: 'integer', description: 'How many milliseconds it may take.' },
      env: { type: 'object', additionalProperties: { type: 'string' }, description: 'Environment variables.' },
      user: { type: 'string', description: 'The user to run it as.' },
    },
    required: ['command'],
  },
  strict: null,
};

export function offersLocalShell({ tools }: ChatRequest): boolean {
  return tools.includes(localShell);
}

/** The input of a call to the function, from the action of a `local_shell_call`. */
export function shellInput(action: unknown): string {
  if (!isObject(action)) return '{}';
  const { type: _type, ...rest } = action;
  return JSON.stringify(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)));
}

/** The action of a `local_shell_call`, from the input that a model wrote: it may keep to no schema. */
export function shellAction(input: string): JsonObject {
  const parsed = parseJson(input);
  const { command, env, timeout_ms: timeout, working_directory: directory, user } = isObject(parsed) ? parsed : {};
  return {
    type: 'exec',
    command: readCommand(command),
    env: isObject(env) ? env : {},
    ...(typeof timeout === 'number' && { timeout_ms: timeout }),
    ...(typeof directory === 'string' && { working_directory: directory }),
    ...(typeof user === 'string' && { user }),
  };
}

function readCommand(command: unknown): string[] {
  if (typeof command === 'string') return ['bash', '-lc', command];
  return Array.isArray(command) ? command.filter((word): word is string => typeof word === 'string') : [];
}
