import type { Candidate } from './models.ts';

/**
 * Whether an allow-list of model ids lets a candidate through. A pattern may name the provider's own model id,
 * `<provider>/<model>`, or the id that the caller sent; `*` stands for any text, every other character for itself.
 * Null lets everything through.
 */
export function matchesModelFilter(filter: readonly string[] | null, candidate: Pick<Candidate, 'provider' | 'model'>, callerId: string): boolean {
  if (filter === null) return true;
  const names = [candidate.model, `${candidate.provider}/${candidate.model}`, callerId];
  return filter.some((pattern) => names.some((name) => matchesPattern(pattern, name)));
}

/** Piece by piece, leftmost fit first: no backtracking, so a hostile pattern costs no more than a plain one. */
function matchesPattern(pattern: string, name: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift() ?? '';
  const last = pieces.pop();
  if (last === undefined) return name === first;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces) {
    const at = name.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= name.length - last.length;
}
