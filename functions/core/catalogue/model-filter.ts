import type { Candidate } from './models.ts';

/**
 * Whether an allow-list of model ids lets a candidate through. A pattern may name the provider's own model id,
 * `<provider>/<model>`, the id that the caller sent, or any other id that callers may send for the same model: how a request
 * spells a model must not decide whether an exclusive key matches it. `*` stands for any text, every other character for itself.
 * Null lets everything through.
 */
export function matchesModelFilter(
  filter: readonly string[] | null,
  { provider, model, offer }: Pick<Candidate, 'provider' | 'model'> & Partial<Candidate>,
  callerId: string,
): boolean {
  if (filter === null) return true;
  const known = offer?.brand == null ? [] : [offer.brand, ...(offer.aliases ?? [])];
  const names = [
    model,
    `${provider}/${model}`,
    callerId,
    ...known.flatMap((id) => [id, id.slice(id.indexOf('/') + 1)]),
  ];
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
