import type { Door } from '../core/chat/dialect.ts';

/** The wire formats that callers may speak, each loaded when it is first spoken. */
export const doors = {
  chat: async (): Promise<Door> => (await import('../dialects/openai-chat/door.ts')).openaiChat,
  completions: async (): Promise<Door> => (await import('../dialects/openai-completions/door.ts')).openaiCompletions,
  responses: async (): Promise<Door> => (await import('../dialects/openai-responses/door.ts')).openaiResponses,
  messages: async (): Promise<Door> => (await import('../dialects/anthropic-messages/door.ts')).anthropicMessages,
};

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
