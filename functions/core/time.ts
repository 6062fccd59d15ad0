const form = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+ -])(\d\d):?(\d\d))?)?$/i;

/**
 * An ISO 8601 time as epoch ms, null when it is none. Without an offset it is UTC; a bare date is its first millisecond, or its last as
 * the `end` of a span. A space counts as the `+` of an offset: that is what becomes of one in a query string.
 */
export function parseTime(text: string, edge: 'start' | 'end' = 'start'): number | null {
  const found = form.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const midnight = Date.UTC(year, month - 1, day);
  // Date.UTC makes a 3rd of March of a 31st of February, and 1926 of 26.
  if (new Date(midnight).toISOString().slice(0, 10) !== text.slice(0, 10)) return null;
  if (found[4] === undefined) return edge === 'start' ? midnight : midnight + 86_399_999;
  const [sign, hours, minutes] = [found[8] === '-' ? -1 : 1, Number(found[9] ?? 0), Number(found[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || hours > 23 || minutes > 59) return null;
  const ms = Math.floor(Number(`0.${found[7] ?? 0}`) * 1000);
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + ms - sign * (hours * 60 + minutes) * 60_000;
}

/** As times are shown everywhere: UTC, with milliseconds. */
export function formatIso(at: number): string {
  return new Date(at).toISOString();
}
