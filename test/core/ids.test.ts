import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode80, formatTime, formatUlid, ulidPattern } from '../../functions/core/ids.ts';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const time = fc.nat({ max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

function decode(text: string): bigint {
  return [...text].reduce((value, digit) => value * 32n + BigInt(digits.indexOf(digit)), 0n);
}

describe('a ULID', () => {
  // The example and the limit of github.com/ulid/spec.
  it.each([
    [1_469_918_176_385, '01ARYZ6S41'],
    [2 ** 48 - 1, '7ZZZZZZZZZ'],
    [0, '0000000000'],
  ])('begins at %d ms with %s', (ms, text) => {
    expect(formatTime(ms)).toBe(text);
  });

  it('holds the time and the random bytes, and nothing else', () => {
    fc.assert(
      fc.property(time, random, (ms, bytes) => {
        const ulid = formatUlid(ms, bytes);
        expect(ulid).toMatch(new RegExp(`^${ulidPattern}$`));
        expect(decode(ulid.slice(0, 10))).toBe(BigInt(ms));
        expect(decode(ulid.slice(10))).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
      }),
    );
  });

  it('sorts as text by its time', () => {
    fc.assert(
      fc.property(time, time, random, random, (a, b, x, y) => {
        fc.pre(a < b);
        expect(formatUlid(a, x) < formatUlid(b, y)).toBe(true);
      }),
    );
  });

  it('keeps a time outside of its range at the nearest end', () => {
    expect(formatTime(-1)).toBe('0000000000');
    expect(formatTime(2 ** 60)).toBe('7ZZZZZZZZZ');
  });

  it('sorts its random part as the bytes do', () => {
    fc.assert(
      fc.property(random, random, (a, b) => {
        expect(Math.sign(Buffer.compare(a, b))).toBe(
          encode80(a) < encode80(b) ? -1 : encode80(a) > encode80(b) ? 1 : 0,
        );
      }),
    );
  });
});
