import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readText, writeReading } from '../../../functions/core/redaction/reading.ts';
import { shown } from './shown.ts';

const edges = [
  0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff,
];

describe('a text as bytes', () => {
  it('is its UTF-8, each byte with the characters that it came from', () => {
    expect(shown(readText('aé日😀b'))).toEqual({
      bytes: Buffer.from('aé日😀b').toString('latin1'),
      spans: [
        [0, 1],
        [1, 2],
        [1, 2],
        [2, 3],
        [2, 3],
        [2, 3],
        [3, 5],
        [3, 5],
        [3, 5],
        [3, 5],
        [5, 6],
      ],
    });
    expect(shown(readText('ab'))).toEqual({
      bytes: 'ab',
      spans: [
        [0, 1],
        [1, 2],
      ],
    });
    expect(shown(readText(''))).toEqual({ bytes: '', spans: [] });
  });

  it('is what an encoder makes of it, halves of pairs included', () => {
    const unit = fc.oneof(
      fc.constantFrom(...edges.map((point) => String.fromCodePoint(point))),
      fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        const { codes, from, to } = readText(text);
        expect([...codes]).toEqual([...Buffer.from(text)]);
        // The spans stand in a row and leave nothing out.
        expect([from[0] ?? 0, to.at(-1) ?? 0]).toEqual([0, text.length]);
        for (let i = 1; i < from.length; i++)
          expect(from[i] === to[i - 1] || (from[i] === from[i - 1] && to[i] === to[i - 1])).toBe(true);
      }),
    );
  });

  test.each(edges)('holds the character %d', (point) => {
    const writer = writeReading(4);
    writer.putCharacter(point, 3, 5);
    const { codes, from, to } = writer.done();
    expect([...codes]).toEqual([...Buffer.from(String.fromCodePoint(point))]);
    expect([new Set(from), new Set(to)]).toEqual([new Set([3]), new Set([5])]);
  });

  it('holds the sign for what is no character beyond the last one', () => {
    const writer = writeReading(4);
    writer.putCharacter(0x110000, 0, 1);
    expect([...writer.done().codes]).toEqual([0xef, 0xbf, 0xbd]);
  });
});
