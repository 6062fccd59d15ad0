import type { ServerResponse } from 'node:http';

/** How the simulated providers with plain API keys fail on purpose: a key `<prefix><word>`, and what happens. */
export interface FailingKey {
  credential: string;
  does: string;
}

export type FailureWord = 'invalid' | 'denied' | 'ratelimited' | 'quota' | 'overloaded' | 'slow' | 'cut';

const words: FailureWord[] = ['invalid', 'denied', 'ratelimited', 'quota', 'overloaded', 'slow', 'cut'];

export function failingKeys(prefix: string, does: Record<FailureWord, string>): FailingKey[] {
  return [
    { credential: `${prefix}demo`, does: `works, as does every other ${prefix}…` },
    ...words.map((word) => ({ credential: prefix + word, does: does[word] })),
  ];
}

/** What is to happen to a call with this key; null: it works. A key without the prefix is nobody's. */
export function failureOf(key: string | undefined, prefix: string): FailureWord | null {
  if (!key?.startsWith(prefix)) return 'invalid';
  return words.find((word) => key === prefix + word) ?? null;
}

/** The whole answer, or half of it before the connection breaks. */
export function sendAnswer(
  response: ServerResponse,
  answer: { json: object } | { events: string[] },
  cut: boolean,
): void {
  const text = 'json' in answer ? JSON.stringify(answer.json) : answer.events.join('');
  response.writeHead(200, {
    'content-type': 'json' in answer ? 'application/json' : 'text/event-stream; charset=utf-8',
  });
  if (cut) response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
  else response.end(text);
}
