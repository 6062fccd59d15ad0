import type { Page } from './ports.ts';

/** One page of a list that is in memory anyway. The cursor is the id of the last item shown; `items` are in the order of `compare`. */
export function pageOf<T extends { id: string }>(
  items: T[],
  limit: number,
  cursor: string | null,
  compare: (a: string, b: string) => number,
): Page<T> {
  const sorted = [...items].sort((a, b) => compare(a.id, b.id));
  const rest = cursor === null ? sorted : sorted.filter((item) => compare(item.id, cursor) > 0);
  const data = rest.slice(0, limit);
  return { data, nextCursor: rest.length > limit ? (data.at(-1)?.id ?? null) : null };
}

export function oldestFirst(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function newestFirst(a: string, b: string): number {
  return oldestFirst(b, a);
}

/** The envelope of every list (docs/api.md). */
export function listOf(data: unknown[], nextCursor: string | null) {
  return { object: 'list', data, next_cursor: nextCursor };
}
