import { hexDigit } from './escapes.ts';
import { type Reading, type ReadingWriter, windowLength, writeReading } from './reading.ts';

/** What whole runs of a text may stand for: base64, hex, lists of bytes, each from every place where it may begin. */
export function readEncodings(reading: Reading): Reading[] {
  const runs = longestRuns(reading.codes);
  return [
    ...(runs.base64 < leastBase64 ? [] : [0, 1, 2, 3].map((skip) => readBase64(reading, skip))),
    ...(runs.hex < leastHex ? [] : [0, 1].map((skip) => readHex(reading, skip))),
    ...(runs.numbers < windowLength ? [] : readByteLists(reading)),
  ].filter((each) => each.codes.length >= windowLength);
}

/** The digits that stand for as many bytes as a window has: shorter runs hold nothing that could be found. */
const leastBase64 = Math.ceil((windowLength * 4) / 3);
const leastHex = windowLength * 2;

/**
 * How long the runs of each encoding get in a text, or more. One look at it, without a copy: every answer's request id is looked through
 * on its way to the caller, and most texts hold no run at all.
 */
function longestRuns(codes: Uint8Array): { base64: number; hex: number; numbers: number } {
  const longest = { base64: 0, hex: 0, numbers: 0 };
  let base64 = 0;
  let hex = 0;
  let numbers = 0;
  let inNumber = false;
  for (const code of codes) {
    if (base64Digit(code) >= 0) longest.base64 = Math.max(longest.base64, ++base64);
    else if (!isLineEnd(code)) base64 = 0;

    const isNumber = code >= 48 && code <= 57;
    if (isNumber && !inNumber) longest.numbers = Math.max(longest.numbers, ++numbers);
    inNumber = isNumber;
    // The x of `0x` parts no hex.
    if (isNumber || hexDigit(code) >= 0) longest.hex = Math.max(longest.hex, ++hex);
    else if (!isSeparator(code) && (code | 32) !== 120) hex = 0;
    if (!isNumber && !isSeparator(code)) numbers = 0;
  }
  return longest;
}

/** Keeps a run when it is long enough to hold something, and parts it from the next one. */
function endRun(writer: ReadingWriter, begin: number, at: number): number {
  if (writer.length - begin < windowLength) writer.length = begin;
  else writer.put(0, at, at);
  return writer.length;
}

/** Both alphabets, padded or not, over line ends. */
export function readBase64({ codes, from, to }: Reading, skip: number): Reading {
  const writer = writeReading(codes.length + 1);
  let begin = 0;
  let seen = 0;
  let group = 0;
  let bits = 0;
  let previous = 0;
  for (let i = 0; i <= codes.length; i++) {
    const code = codes[i] ?? 0;
    const digit = base64Digit(code);
    if (digit >= 0) {
      if (seen++ < skip) continue;
      bits = ((bits << 6) | digit) & 0xffff;
      // The second to fourth digit of a group complete a byte each.
      if (group > 0) writer.put((bits >> (6 - 2 * group)) & 0xff, from[previous] ?? 0, to[i] ?? 0);
      group = (group + 1) % 4;
      previous = i;
    } else if (!isLineEnd(code)) {
      begin = endRun(writer, begin, from[i] ?? from[i - 1] ?? 0);
      seen = 0;
      group = 0;
    }
  }
  return writer.done();
}

/** Digits in pairs, in one row or parted as in `73:6b`, `73 6b`, `0x73, 0x6b`. */
function readHex({ codes, from, to }: Reading, skip: number): Reading {
  const writer = writeReading(codes.length + 1);
  let begin = 0;
  let seen = 0;
  let high = -1;
  let previous = 0;
  for (let i = 0; i <= codes.length; i++) {
    const code = codes[i] ?? 0;
    // The zero of `0x`.
    if (code === 48 && ((codes[i + 1] ?? 0) | 32) === 120) {
      i++;
      continue;
    }
    const digit = hexDigit(code);
    if (digit >= 0) {
      if (seen++ < skip) continue;
      if (high < 0) high = digit;
      else {
        writer.put(high * 16 + digit, from[previous] ?? 0, to[i] ?? 0);
        high = -1;
      }
      previous = i;
    } else if (!isSeparator(code)) {
      begin = endRun(writer, begin, from[i] ?? from[i - 1] ?? 0);
      seen = 0;
      high = -1;
    }
  }
  return writer.done();
}

/** `[115,107,…]`; and `{"0":115,"1":107,…}`, as JSON writes typed arrays, where every second number counts. */
function readByteLists({ codes, from, to }: Reading): Reading[] {
  const writers = [0, 1, 2].map(() => writeReading(codes.length + 3));
  const begins = [0, 0, 0];
  let count = 0;
  let value = -1;
  let start = 0;
  const endNumber = (end: number) => {
    if (value < 0) return;
    // An index beyond a byte parts what stands around it.
    const code = value > 255 ? 0 : value;
    writers[0]?.put(code, from[start] ?? 0, to[end] ?? 0);
    writers[1 + (count++ % 2)]?.put(code, from[start] ?? 0, to[end] ?? 0);
    value = -1;
  };
  for (let i = 0; i <= codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code >= 48 && code <= 57) {
      if (value < 0) start = i;
      value = Math.min(Math.max(value, 0) * 10 + code - 48, 1e6);
      continue;
    }
    endNumber(i - 1);
    if (isSeparator(code)) continue;
    for (const [which, writer] of writers.entries())
      begins[which] = endRun(writer, begins[which] ?? 0, from[i] ?? from[i - 1] ?? 0);
    count = 0;
  }
  return writers.map((writer) => writer.done());
}

/** Of each byte the digit that it is in either alphabet of base64; -1: it is none. */
const base64Digits = new Int8Array(256).fill(-1);
for (const [digit, letter] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  base64Digits[letter.charCodeAt(0)] = digit;
base64Digits['-'.charCodeAt(0)] = 62;
base64Digits['_'.charCodeAt(0)] = 63;

function base64Digit(code: number): number {
  return base64Digits[code] ?? -1;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13 || code === 9;
}

const separators = new Uint8Array(256);
for (const each of ' \n\r\t:;,-_|"\'[]') separators[each.charCodeAt(0)] = 1;

function isSeparator(code: number): boolean {
  return separators[code] === 1;
}
