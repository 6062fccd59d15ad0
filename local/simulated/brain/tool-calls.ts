/** What a simulated model needs to know of a conversation to choose its tools: the user's words and the calls, in their order. */
export type Said = { user: string } | { called: string };

/**
 * The tools that a simulated model calls next, by name. It calls those that the last user text names: all at once, or one turn after the
 * other where the text says "then" between them (`get_weather and get_time then book_trip`). When it has to call one and none is named,
 * it calls the first. It calls none twice for the same text, so that every loop ends.
 */
export function nextTools(
  offered: string[],
  conversation: Said[],
  options: { choice: 'free' | 'required' | 'none' | { name: string }; parallel: boolean },
): string[] {
  const { choice, parallel } = options;
  const start = conversation.findLastIndex((said) => 'user' in said);
  const asked = start < 0 ? '' : (conversation[start] as { user: string }).user;
  const done = new Set(conversation.slice(start + 1).map((said) => ('called' in said ? said.called : '')));
  const left = choice === 'none' ? [] : offered.filter((name) => !done.has(name));
  if (typeof choice === 'object') return left.filter((name) => name === choice.name);
  const step = asked.split(/\bthen\b/).map((text) => left.filter((name) => text.includes(name)));
  const named = step.find((names) => names.length > 0) ?? (choice === 'required' ? left.slice(0, 1) : []);
  return parallel ? named : named.slice(0, 1);
}
