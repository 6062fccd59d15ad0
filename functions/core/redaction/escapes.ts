import { type Reading, type ReadingWriter, writeReading } from './reading.ts';

/** Reads one escape at a place; answers where it ends, or null when there is none. */
type ReadEscape = (reading: Reading, at: number, writer: ReadingWriter) => number | null;

/**
 * One reading for each way of writing single characters otherwise. They are apart, because a percent sign or a backslash that is part
 * of a secret is no escape; texts that mix them are read twice.
 */
export function readEscapes(reading: Reading): Reading[] {
  return [
    readAll(reading, percent, readPercent),
    readAll(spaced(reading), percent, readPercent),
    readAll(reading, backslash, readBackslash),
    readAll(reading, ampersand, readEntity),
  ].filter((each) => each !== null);
}

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;
const backslash = 0x5c;
const ampersand = 0x26;

/** Forms write spaces as plus signs; the other reading is for secrets that hold some. */
function spaced(reading: Reading): Reading | null {
  return reading.codes.includes(plus)
    ? { ...reading, codes: reading.codes.map((code) => (code === plus ? space : code)) }
    : null;
}

function readAll(reading: Reading | null, sign: number, read: ReadEscape): Reading | null {
  if (reading === null) return null;
  const { codes, from, to } = reading;
  if (!codes.includes(sign)) return null;
  const writer = writeReading(codes.length);
  let found = false;
  for (let i = 0; i < codes.length; ) {
    const end = codes[i] === sign ? read(reading, i, writer) : null;
    if (end !== null) found = true;
    else writer.put(codes[i] ?? 0, from[i] ?? 0, to[i] ?? 0);
    i = end ?? i + 1;
  }
  return found ? writer.done() : null;
}

function readPercent({ codes, from, to }: Reading, at: number, writer: ReadingWriter): number | null {
  const value = hexOf(codes, at + 1, 2);
  if (value === null) return null;
  writer.put(value, from[at] ?? 0, to[at + 2] ?? 0);
  return at + 3;
}

const simple: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, '"': 34, "'": 39, '/': 47, '\\': 92 };

/** JSON, and what JavaScript, Python and C know besides: `\u0073`, `\u{73}`, `\x73`, `\163`. */
function readBackslash(reading: Reading, at: number, writer: ReadingWriter): number | null {
  const { codes, from, to } = reading;
  const start = from[at] ?? 0;
  const put = (point: number, end: number) => {
    writer.putCharacter(point, start, to[end - 1] ?? 0);
    return end;
  };
  const letter = String.fromCharCode(codes[at + 1] ?? 0);
  if (Object.hasOwn(simple, letter)) return put(simple[letter] ?? 0, at + 2);
  if (letter === 'x' || letter === 'X') {
    const value = hexOf(codes, at + 2, 2);
    if (value === null) return null;
    writer.put(value, start, to[at + 3] ?? 0);
    return at + 4;
  }
  if (letter >= '0' && letter <= '7') {
    const octal = Array.from(codes.subarray(at + 1, at + 4), (code) => code - 48);
    if (octal.length < 3 || octal.some((digit) => digit < 0 || digit > 7)) return null;
    return put(octal.reduce((sum, digit) => sum * 8 + digit, 0) & 0xff, at + 4);
  }
  if (letter !== 'u' && letter !== 'U') return null;
  if (codes[at + 2] === 0x7b) {
    const close = codes.subarray(at + 3, at + 10).indexOf(0x7d);
    const point = close < 1 ? null : hexOf(codes, at + 3, close);
    return point === null ? null : put(point, at + 4 + close);
  }
  const first = hexOf(codes, at + 2, 4);
  if (first === null) return null;
  const isPair = first >= 0xd800 && first < 0xdc00 && codes[at + 6] === backslash;
  const second = isPair ? hexOf(codes, at + 8, 4) : null;
  if (second === null || second < 0xdc00 || second > 0xdfff) return put(first, at + 6);
  return put(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), at + 12);
}

/** The signs that keys are made of, by their names in HTML (html.spec.whatwg.org, "Named character references"). */
const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  plus: '+',
  sol: '/',
  equals: '=',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  period: '.',
  colon: ':',
  semi: ';',
  comma: ',',
  commat: '@',
  percnt: '%',
  num: '#',
  excl: '!',
  quest: '?',
  dollar: '$',
  ast: '*',
  bsol: '\\',
  nbsp: ' ',
  newline: '\n',
  tab: '\t',
};
const longestEntity = 10;

function readEntity(reading: Reading, at: number, writer: ReadingWriter): number | null {
  const { codes, from, to } = reading;
  // Bytes that were decoded from something else hold the sign by chance.
  const sign = codes[at + 1] ?? 0;
  if (sign !== 35 && !(sign >= 65 && (sign | 32) <= 122)) return null;
  const text = String.fromCharCode(...codes.subarray(at + 1, at + 1 + longestEntity));
  const [all = '', hex, decimal, name] = /^(?:#[xX]([0-9a-fA-F]{1,6});?|#([0-9]{1,7});?|([a-zA-Z]+);)/.exec(text) ?? [];
  const named = name === undefined ? undefined : entities[name.toLowerCase()]?.charCodeAt(0);
  const point = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : named;
  if (point === undefined) return null;
  const end = at + 1 + all.length;
  writer.putCharacter(point, from[at] ?? 0, to[end - 1] ?? 0);
  return end;
}

function hexOf(codes: Uint8Array, at: number, digits: number): number | null {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = hexDigit(codes[i] ?? 0);
    if (digit < 0) return null;
    value = value * 16 + digit;
  }
  return value;
}

/** -1: it is none. */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
