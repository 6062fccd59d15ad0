/** Crockford's base 32, as ULID uses it (github.com/ulid/spec). */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const ulidPattern = '[0-7][0-9A-HJKMNP-TV-Z]{25}';

/** The ULID of a time (epoch ms) and ten random bytes. */
export function formatUlid(ms: number, random: Uint8Array): string {
  return formatTime(ms) + encode80(random);
}

/** The first ten characters of every ULID of that millisecond: range queries by time use it. */
export function formatTime(ms: number): string {
  let rest = Math.max(0, Math.min(ms, 2 ** 48 - 1));
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** When an id was made (epoch ms), by the ULID after its prefix; the other way of `formatTime`. */
export function timeOf(id: string): number {
  let ms = 0;
  const start = id.indexOf('_') + 1;
  for (let i = start; i < start + 10; i++) ms = ms * 32 + alphabet.indexOf(id[i] ?? '');
  return ms;
}

/** Eighty bits as sixteen characters. */
export function encode80(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < 10; start += 5) {
    let value = 0;
    for (let i = start; i < start + 5; i++) value = value * 256 + (bytes[i] ?? 0);
    let part = '';
    for (let i = 0; i < 8; i++) {
      part = alphabet[value % 32] + part;
      value = Math.floor(value / 32);
    }
    text += part;
  }
  return text;
}
