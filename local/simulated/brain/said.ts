/** What a simulated model needs to know of a conversation: the user's words, the calls and their results, in their order. */
export type Said = { user: string } | { called: string } | { result: string };

export interface SinceAsked {
  /** The user's last words, without what a client put around them. */
  asked: string;
  called: string[];
  results: string[];
}

/**
 * The user's last words and what came of them. Agents put notes in tags beside what the user typed, and beside the results of tools;
 * they are no words of the user: a turn of nothing else asks for nothing new.
 */
export function sinceAsked(conversation: Said[]): SinceAsked {
  const start = conversation.findLastIndex((said) => 'user' in said && withoutNotes(said.user) !== '');
  const first = conversation[start];
  const after = conversation.slice(start + 1);
  return {
    asked: first !== undefined && 'user' in first ? withoutNotes(first.user) : '',
    called: after.flatMap((said) => ('called' in said ? [said.called] : [])),
    results: after.flatMap((said) => ('result' in said ? [said.result] : [])),
  };
}

/** What the model says when its tools are done: it quotes what the last of them said. Null: nothing was done since the user spoke. */
export function reportOf(conversation: Said[]): string | null {
  const { results } = sinceAsked(conversation);
  const last = results.at(-1);
  return last === undefined ? null : `Done. The tool said: ${last.trim() || '(nothing)'}`;
}

function withoutNotes(text: string): string {
  return text.replace(/<([A-Za-z][\w-]*)>[\s\S]*?<\/\1>/g, '').trim();
}
