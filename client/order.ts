interface Ranked {
  id: string;
  priority: number;
}

/** Room between new priorities, so that a key that is put between two others later changes neither. */
const step = 10;

/**
 * The priorities that put `keys` (in the order wanted) into that order, of the keys that must change: as few as may be. Lower comes
 * first. Equal priorities are tried by age, so only rising ones say an order for certain.
 */
export function prioritiesFor(keys: Ranked[]): Map<string, number> {
  const kept = new Set(longestRising(keys));
  const first = keys.findIndex(({ id }) => kept.has(id));
  const change = new Map<string, number>();
  let last = (keys[first]?.priority ?? 0) - step * (first + 1);
  for (const [index, { id, priority }] of keys.entries()) {
    if (kept.has(id) && priority > last) {
      last = priority;
      continue;
    }
    const next = keys.slice(index + 1).find((key) => kept.has(key.id) && key.priority > last)?.priority;
    const room = next === undefined || index < first ? step : Math.floor((next - last) / 2);
    last += Math.max(1, Math.min(step, room));
    change.set(id, last);
  }
  return change;
}

/** The ids of the longest sequence whose priorities rise already. */
function longestRising(keys: Ranked[]): string[] {
  let best: Ranked[] = [];
  const ending: Ranked[][] = [];
  for (const key of keys) {
    const before = ending.filter((sequence) => (sequence.at(-1)?.priority ?? 0) < key.priority);
    const longest = before.reduce<Ranked[]>((a, b) => (b.length > a.length ? b : a), []);
    const own = [...longest, key];
    ending.push(own);
    if (own.length > best.length) best = own;
  }
  return best.map(({ id }) => id);
}

/** The list with one item at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}
