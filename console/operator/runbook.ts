import text from '../../docs/runbook.md?raw';

/** A chapter of docs/runbook.md: what an alarm means, what to look at, what to do. */
export interface Chapter {
  points: { name: string; text: string }[];
}

/** A stretch of a point: words, or code, or a name. */
export type Piece = { kind: 'text' | 'code' | 'strong'; text: string };

/** Null: the runbook has no such chapter. */
export function chapterOf(heading: string): Chapter | null {
  const chapter = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  if (chapter === undefined) return null;
  const points = [...chapter.matchAll(/^- \*\*(.+?)\*\*: (.+)$/gm)];
  return { points: points.map(([, name = '', said = '']) => ({ name, text: said })) };
}

/** The inline marks that the runbook uses: `code`, *names*, **names** and links, of which the words are left. */
export function piecesOf(markdown: string): Piece[] {
  const marks = /`([^`]+)`|\*{1,2}([^*]+)\*{1,2}|\[([^\]]+)\]\([^)]+\)/g;
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of markdown.matchAll(marks)) {
    if (match.index > end) pieces.push({ kind: 'text', text: markdown.slice(end, match.index) });
    const [whole, code, strong, link = ''] = match;
    if (code !== undefined) pieces.push({ kind: 'code', text: code });
    else if (strong !== undefined) pieces.push({ kind: 'strong', text: strong });
    else pieces.push({ kind: 'text', text: link });
    end = match.index + whole.length;
  }
  if (end < markdown.length) pieces.push({ kind: 'text', text: markdown.slice(end) });
  return pieces;
}
