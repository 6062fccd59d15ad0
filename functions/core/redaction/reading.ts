/**
 * A text as bytes (UTF-8), each with the place in the original text that it was read from: what is found in a decoded text can so
 * be cut out of the one that holds it encoded.
 */
export interface Reading {
  codes: Uint8Array;
  /** The span of UTF-16 units in the original text. */
  from: Int32Array;
  to: Int32Array;
}

/** Shorter coincidences with a secret are let through: the last four characters of a key are shown on purpose. */
export const windowLength = 8;

export interface ReadingWriter {
  length: number;
  put(code: number, from: number, to: number): void;
  /** One character as UTF-8. */
  putCharacter(point: number, from: number, to: number): void;
  done(): Reading;
}

export function writeReading(capacity: number): ReadingWriter {
  const { codes, from: starts, to: ends } = roomFor(capacity);
  const writer: ReadingWriter = {
    length: 0,
    put(code, from, to) {
      codes[writer.length] = code;
      starts[writer.length] = from;
      ends[writer.length++] = to;
    },
    putCharacter(point, from, to) {
      for (const code of utf8(point)) writer.put(code, from, to);
    },
    done: () => ({
      codes: codes.subarray(0, writer.length),
      from: starts.subarray(0, writer.length),
      to: ends.subarray(0, writer.length),
    }),
  };
  return writer;
}

/**
 * Short readings share a buffer, as Node's own small buffers do: one of its own for each array would cost more than all that is
 * done with it, and each answer's ids are read in a dozen ways. What was given away is not given again.
 */
const shareBytes = 64 * 1024;
let shared = new ArrayBuffer(shareBytes);
let used = 0;

function roomFor(capacity: number): Reading {
  const positions = capacity * Int32Array.BYTES_PER_ELEMENT;
  const bytes = (capacity + 3) & ~3;
  const size = bytes + positions * 2;
  if (size > shareBytes / 16)
    return { codes: new Uint8Array(capacity), from: new Int32Array(capacity), to: new Int32Array(capacity) };
  if (used + size > shareBytes) {
    shared = new ArrayBuffer(shareBytes);
    used = 0;
  }
  const at = used;
  used += size;
  return {
    codes: new Uint8Array(shared, at, capacity),
    from: new Int32Array(shared, at + bytes, capacity),
    to: new Int32Array(shared, at + bytes + positions, capacity),
  };
}

export function readText(text: string): Reading {
  // A unit is three bytes at most; of a pair's four, two fall to each.
  const writer = writeReading(/^[\0-\x7f]*$/.test(text) ? text.length : text.length * 3);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) writer.put(code, i, i + 1);
    else {
      const point = text.codePointAt(i) ?? code;
      const width = point > 0xffff ? 2 : 1;
      writer.putCharacter(point, i, i + width);
      i += width - 1;
    }
  }
  return writer.done();
}

function utf8(given: number): number[] {
  // Half of a pair alone has no UTF-8; encoders write U+FFFD.
  const point = (given >= 0xd800 && given <= 0xdfff) || given > 0x10ffff ? 0xfffd : given;
  const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), tail(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), tail(6), tail(0)];
  return [0xf0 | (point >> 18), tail(12), tail(6), tail(0)];
}
