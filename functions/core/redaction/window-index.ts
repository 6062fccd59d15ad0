import { readBase64 } from './encodings.ts';
import { type Reading, readText, windowLength } from './reading.ts';

/** A stretch of a reading, the end not included. */
export type Stretch = [start: number, end: number];

/** Knows every window of some secrets: eight bytes in a row, whatever their case and alphabet. */
export interface WindowIndex {
  /** The stretches that are made of such windows. */
  find(codes: Uint8Array): Stretch[];
}

/** The first and last line of a key in PEM are no secret; their words alone may stand in a message. */
const armour = /-----(?:BEGIN|END) [A-Z0-9 ]+-----/g;
const shortestArmour = 16;

const plain = 1;
const secretly = 2;

/**
 * A table of pairs of 32-bit words, which are the windows themselves: nothing is hashed away, so nothing is found that is not there.
 * A key of 1,700 characters takes about 150 KB.
 */
export function indexSecrets(secrets: string[]): WindowIndex {
  const parts = secrets.flatMap(partsOf);
  const windows = parts.reduce((sum, { codes }) => sum + codes.length, 0);
  const size = 2 ** Math.ceil(Math.log2(windows * 1.5 + 2));
  const high = new Uint32Array(size);
  const low = new Uint32Array(size);
  const kinds = new Uint8Array(size);
  const slotOf = (first: number, second: number): number => {
    let slot = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (size - 1);
    while (kinds[slot] !== 0 && (high[slot] !== first || low[slot] !== second)) slot = (slot + 1) & (size - 1);
    return slot;
  };
  for (const { codes, plainUntil } of parts)
    eachWindow(codes, (start, first, second) => {
      const slot = slotOf(first, second);
      high[slot] = first;
      low[slot] = second;
      kinds[slot] = Math.max(kinds[slot] ?? 0, plainUntil(start) ? plain : secretly);
    });

  return {
    find(codes) {
      const found: Stretch[] = [];
      let from = -1;
      let until = -1;
      let kind = 0;
      const close = () => {
        if (from >= 0 && (kind === secretly || until - from >= shortestArmour)) found.push([from, until]);
        from = -1;
        kind = 0;
      };
      eachWindow(codes, (start, first, second) => {
        const known = kinds[slotOf(first, second)] ?? 0;
        if (known === 0) return;
        if (from >= 0 && start >= until) close();
        if (from < 0) from = start;
        until = start + windowLength;
        kind = Math.max(kind, known);
      });
      close();
      return found;
    },
  };
}

interface Part {
  codes: Uint8Array;
  /** Whether the window that starts here is no secret. */
  plainUntil(start: number): boolean;
}

/** A secret, what base64 makes of it when case is lost on the way, and what it is the base64 of: keys of Bedrock and in PEM. */
function partsOf(secret: string): Part[] {
  const { codes } = readText(secret);
  const head = codes.length === secret.length ? [...secret.matchAll(armour)] : [];
  const open = head.map(({ index, 0: { length } }): Stretch => [index, index + length]);
  const never = () => false;
  return [
    { codes, plainUntil: (start) => open.some(([from, to]) => start >= from && start + windowLength <= to) },
    ...[0, 1, 2].map((shift) => ({ codes: base64Of(codes, shift), plainUntil: never })),
    { codes: withoutRepetition(readBase64(readText(secret), 0)), plainUntil: never },
  ];
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** As it stands after `shift` other bytes, without the digits that depend on what stands beside it. */
function base64Of(codes: Uint8Array, shift: number): Uint8Array {
  const bits = codes.length * 8;
  const first = (6 - ((shift * 8) % 6)) % 6;
  const written = new Uint8Array(Math.max(0, Math.floor((bits - first) / 6)));
  for (let i = 0; i < written.length; i++) {
    const at = first + i * 6;
    const pair = ((codes[at >> 3] ?? 0) << 8) | (codes[(at >> 3) + 1] ?? 0);
    written[i] = digits.charCodeAt((pair >> (10 - (at & 7))) & 0x3f);
  }
  return written;
}

/** Rows of one byte are found in much that is no secret, and so is the zero that ends a run. */
function withoutRepetition({ codes }: Reading): Uint8Array {
  return codes.subarray(0, -1).filter((code, i) => i < 2 || code !== codes[i - 1] || code !== codes[i - 2]);
}

function eachWindow(codes: Uint8Array, visit: (start: number, first: number, second: number) => void): void {
  let first = 0;
  let second = 0;
  for (let i = 0; i < codes.length; i++) {
    first = ((first << 8) | (second >>> 24)) >>> 0;
    second = ((second << 8) | fold(codes[i] ?? 0)) >>> 0;
    if (i >= windowLength - 1) visit(i - windowLength + 1, first, second);
  }
}

/** Letters without their case, and base64 without its alphabet. */
function fold(code: number): number {
  if (code >= 65 && code <= 90) return code + 32;
  if (code === 45) return 43;
  return code === 95 ? 47 : code;
}
