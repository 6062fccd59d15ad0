/** Milliseconds to wait, from `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); undefined when it says neither. `now`: epoch ms. */
export function parseRetryAfter(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.ceil(ms));
}
