const most = 5;
/** Longer names are compared by their beginning: the work per comparison stays bounded whatever a caller sends. */
const longest = 80;

/** The known names that differ from `name` by few letters, best first; bare names for a bare name, full ids for a full one. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.slice(0, longest).toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const full = name.includes('/');
  const found: { name: string; distance: number }[] = [];
  for (const other of known) {
    if (other.includes('/') !== full || Math.abs(other.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, other.slice(0, longest).toLowerCase());
    if (distance <= limit) found.push({ name: other, distance });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, most).map((match) => match.name);
}

/** Levenshtein: letters put in, left out or replaced. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
