import type { Door } from '../core/chat/dialect.ts';

/** The wire formats that callers may speak, each loaded when it is first spoken. */
export const doors = {
  chat: once(async () => (await import('../dialects/openai-chat/door.ts')).openaiChat),
  completions: once(async () => (await import('../dialects/openai-completions/door.ts')).openaiCompletions),
  responses: once(async () => (await import('../dialects/openai-responses/door.ts')).openaiResponses),
  messages: once(async () => (await import('../dialects/anthropic-messages/door.ts')).anthropicMessages),
};

/** Even of a module that is loaded, an import looks up where it lies. */
function once(load: () => Promise<Door>): () => Promise<Door> {
  let loading: Promise<Door> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** Headers of the formats that go on to a provider which speaks them. */
const passedHeaders = ['anthropic-beta', 'anthropic-version', 'openai-beta'];

export function doorHeaders(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    passedHeaders.flatMap((name): [string, string][] => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
