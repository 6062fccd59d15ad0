/** Callers choose the names of the fields that they send, six megabytes of them if they like. */
const mostNames = 50;
const longestName = 100;

/**
 * Names of request fields as they may stand in a header and in the log, where they are parted by commas: visible ASCII is kept,
 * the rest is percent-encoded. At most fifty names, of a hundred characters each.
 */
export function showParams(names: string[]): string[] {
  return names.slice(0, mostNames).map((name) =>
    name
      .toWellFormed()
      .slice(0, longestName)
      .toWellFormed()
      .replace(/[^\x21-\x2b\x2d-\x7e]/gu, encodeURIComponent),
  );
}
