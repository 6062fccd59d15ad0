import { type Said, sinceAsked } from './said.ts';

export interface ToolOptions {
  choice: 'free' | 'required' | 'none' | { name: string };
  parallel: boolean;
}

/**
 * The tools that a simulated model calls next, by name. It calls those that the last user text names: all at once, or one turn after the
 * other where the text says "then" between them (`get_weather and get_time then book_trip`). When it has to call one and none is named,
 * it calls the first. It calls none twice for the same text, so that every loop ends.
 */
export function nextTools(offered: string[], conversation: Said[], { choice, parallel }: ToolOptions): string[] {
  const { asked, called } = sinceAsked(conversation);
  const left = choice === 'none' ? [] : offered.filter((name) => !called.includes(name));
  if (typeof choice === 'object') return left.filter((name) => name === choice.name);
  const step = asked.split(/\bthen\b/).map((text) => left.filter((name) => isNamed(name, text)));
  const named = step.find((names) => names.length > 0) ?? (choice === 'required' ? left.slice(0, 1) : []);
  return parallel ? named : named.slice(0, 1);
}

/** As a word of its own: `get` is not named by `get_weather`. */
function isNamed(name: string, text: string): boolean {
  const found = text.split(name);
  return found.slice(1).some((after, index) => !/\w$/.test(found[index] ?? '') && !/^\w/.test(after));
}
