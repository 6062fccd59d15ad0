import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readBase64, readEncodings } from '../../../functions/core/redaction/encodings.ts';
import { readText } from '../../../functions/core/redaction/reading.ts';
import { readAt, shown } from './shown.ts';

/** What is read from a text, as Latin-1: base64 from four places, hex from two, lists of numbers in three ways; without the empty. */
const texts = (text: string) => readEncodings(readText(text)).map((each) => shown(each).bytes);
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');
const eight = 'secret-8';
const hex = Buffer.from(eight).toString('hex');
const numbers = [...Buffer.from(eight)];

describe('base64 in a text', () => {
  it('is read in either alphabet, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), (bytes) => {
        const written = base64(Buffer.from(bytes));
        for (const text of [written, written.replace(/=/g, ''), written.replaceAll('+', '-').replaceAll('/', '_')])
          expect(shown(readBase64(readText(text), 0)).bytes).toBe(`${Buffer.from(bytes).toString('latin1')}\0`);
      }),
    );
  });

  it('has the digits of both alphabets and no others', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_';
    for (let code = 0; code < 128; code++) {
      const sign = String.fromCharCode(code);
      if ('\n\r\t'.includes(sign)) continue;
      const isDigit = alphabet.includes(sign);
      expect(texts(`${sign}${base64('0123456789').slice(0, 11)}`).length > 0 && isDigit).toBe(isDigit);
      const { bytes } = shown(readBase64(readText(`${sign.repeat(4)}AAAAAAAAAAA`), 0));
      const value = alphabet.indexOf(sign) - (alphabet.indexOf(sign) > 63 ? 2 : 0);
      const first = isDigit ? Buffer.from(Array(3).fill([value << 2, value >> 4, value & 3])[0]) : null;
      expect(bytes.length).toBe(isDigit ? 12 : 9);
      if (first) expect(bytes.charCodeAt(0)).toBe(((value << 2) | (value >> 4)) & 0xff);
      if (first) expect(bytes.charCodeAt(2)).toBe(((value << 6) | value) & 0xff);
    }
  });

  it('is read from each place where it may begin', () => {
    const text = base64('0123456789ab');
    for (const skip of [0, 1, 2, 3])
      expect(shown(readBase64(readText('A'.repeat(skip) + text), skip)).bytes).toBe('0123456789ab\0');
    expect(texts(`AA${text}`)[2]).toBe('0123456789ab\0');
  });

  it('knows which characters each byte came from', () => {
    expect(shown(readBase64(readAt('AAAA BBBBBBBBBBB!', 100), 0)).spans).toEqual([
      [105, 107],
      [106, 108],
      [107, 109],
      [109, 111],
      [110, 112],
      [111, 113],
      [113, 115],
      [114, 116],
      [116, 116],
    ]);
    expect(shown(readBase64(readAt('BBBBBBBBBBB', 100), 0)).spans.at(-1)).toEqual([110, 110]);
  });

  it('goes on over the ends of lines, and nothing else', () => {
    for (const end of ['\n', '\r\n', '\n\t'])
      expect(shown(readBase64(readText(`${base64('012345')}${end}${base64('6789ab')}`), 0)).bytes).toBe(
        '0123456789ab\0',
      );
    for (const other of [' ', '\v', '\f', '\b', '\x0e', '=', ','])
      expect(shown(readBase64(readText(`${base64('012345')}${other}${base64('6789ab')}`), 0)).bytes).toBe('');
  });

  it('starts anew after anything else', () => {
    const runs = `x ${base64('01234567')} xy ${base64('abcdefgh!')} `;
    expect(shown(readBase64(readText(runs), 0)).bytes).toBe('01234567\0abcdefgh!\0');
    expect(shown(readBase64(readText(`A${base64('012345678')} A${base64('abcdefghi')}`), 1)).bytes).toBe(
      '012345678\0abcdefghi\0',
    );
  });

  it('is nothing when it holds less than eight bytes', () => {
    expect(shown(readBase64(readText(base64('0123456')), 0)).bytes).toBe('');
    expect(shown(readBase64(readText(base64('01234567')), 0)).bytes).toBe('01234567\0');
  });
});

describe('hex in a text', () => {
  const hexOf = (text: string) => texts(text).filter((each) => each.includes(eight));

  test.each([
    ['a row', hex, 1],
    ['capitals', hex.toUpperCase(), 1],
    ['an odd digit before it', `a${hex}`, 1],
    ['half a byte lost before it', `z ${hex.slice(1)}${hex}`, 1],
    ...[...' \n\r\t:;,-_|"\'[]'].map((sign): [string, string, number] => [
      `parts with ${JSON.stringify(sign)}`,
      (hex.match(/../g) ?? []).join(sign),
      1,
    ]),
    ['parts as a program has them', (hex.match(/../g) ?? []).map((pair) => `0x${pair}`).join(', '), 1],
    ['parts in capitals', (hex.match(/../g) ?? []).map((pair) => `0X${pair}`).join(''), 1],
    ['parts with points', (hex.match(/../g) ?? []).join('.'), 0],
    ['one byte too few', hex.slice(2), 0],
  ])('is read: %s', (_, text, times) => {
    expect(hexOf(text)).toHaveLength(times);
  });

  it('starts anew after anything else', () => {
    expect(texts(`7 (${hex}) 7 (${hex})`)).toContain(`${eight}\0${eight}\0`);
    expect(texts(`7${hex}.7${hex}.`)).toContain(`${eight}\0${eight}\0`);
  });

  it('is as a program wrote it, zeros of its own included', () => {
    expect(texts('0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0xff')).toContain('\0\x01\x02\x03\x04\x05\x06\xff\0');
  });

  it('knows which characters each byte came from', () => {
    const find = (text: string) => readEncodings(readAt(text, 100)).find((each) => shown(each).bytes.includes(eight));
    const row = find(`(${hex})`);
    expect(row && shown(row).spans).toEqual([
      ...Array.from({ length: 8 }, (_, i) => [101 + 2 * i, 103 + 2 * i]),
      [117, 117],
    ]);
    const odd = find(`a${hex}`);
    expect(odd && shown(odd).spans).toEqual([
      ...Array.from({ length: 8 }, (_, i) => [101 + 2 * i, 103 + 2 * i]),
      [116, 116],
    ]);
  });
});

describe('lists of bytes in a text', () => {
  const typed = JSON.stringify(new Uint8Array(numbers));

  it('are read one after the other', () => {
    expect(texts(JSON.stringify(numbers))).toContain(`${eight}\0`);
    expect(texts(`x ${numbers.join(' ')} and 1 2 and ${numbers.join(',')}`)).toContain(`${eight}\0${eight}\0`);
    expect(texts(numbers.slice(1).join(' ')).join()).not.toContain(eight.slice(1));
  });

  it('are read with every second number, from the first or the second', () => {
    expect(texts(typed)).toContain(`${eight}\0`);
    expect(texts(`1 x ${typed} 1 x ${typed}`)).toContain(`${eight}\0${eight}\0`);
    expect(texts(numbers.map((each, i) => `${each}:${i}`).join(','))).toContain(`${eight}\0`);
  });

  it('have bytes from 0 to 255; a greater number parts them', () => {
    const all = (numbers: (number | string)[]) => texts(`(${numbers.join(' ')})`);
    expect(all([0, 9, 10, 99, 100, 199, 254, 255])).toContain('\0\t\nc\x64\xc7\xfe\xff\0');
    expect(all([1, 2, 3, 4, 256, 5, 6, 7, 8])).toContain('\x01\x02\x03\x04\0\x05\x06\x07\x08\0');
    expect(all(['0001', 2, 3, 4, '99999999999999999999999', 5, 6, 7])).toContain('\x01\x02\x03\x04\0\x05\x06\x07\0');
  });

  it('know which characters each byte came from', () => {
    const find = (text: string, bytes: string) =>
      readEncodings(readAt(text, 100)).find((each) => shown(each).bytes === bytes);
    const plain = find('[1,22,255,4,5,6,7,8]', '\x01\x16\xff\x04\x05\x06\x07\x08\0');
    expect(plain && shown(plain).spans).toEqual([
      [101, 102],
      [103, 105],
      [106, 109],
      [110, 111],
      [112, 113],
      [114, 115],
      [116, 117],
      [118, 119],
      [119, 119],
    ]);
    const bare = find('1 2 3 4 5 6 7 88.', '\x01\x02\x03\x04\x05\x06\x07X\0');
    expect(bare && shown(bare).spans.slice(-2)).toEqual([
      [114, 116],
      [116, 116],
    ]);
    const second = find('{"0":11,"1":2,"2":3,"3":4,"4":5,"5":6,"6":7,"7":8}', '\x0b\x02\x03\x04\x05\x06\x07\x08\0');
    expect(second && shown(second).spans.slice(0, 2)).toEqual([
      [105, 107],
      [112, 113],
    ]);
  });
});

it('a text that holds none of them has no such readings', () => {
  expect(texts('no such thing, 1, 2, 3.')).toEqual([]);
  expect(texts('')).toEqual([]);
});
