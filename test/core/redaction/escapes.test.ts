import { describe, expect, it, test } from 'vitest';
import { hexDigit, readEscapes } from '../../../functions/core/redaction/escapes.ts';
import { readAt, shown } from './shown.ts';

const texts = (text: string) => readEscapes(readAt(text, 0)).map(({ codes }) => Buffer.from(codes).toString());
const bytesOf = (text: string) => readEscapes(readAt(text, 0)).map(({ codes }) => [...codes]);

describe('escapes in a text', () => {
  test.each<[string, string[]]>([
    ['nothing to read', []],
    // Percent signs, and forms.
    ['%41b', ['Ab']],
    ['%4a%4A%c3%A9', ['JJé']],
    ['%00', ['\0']],
    ['%4', []],
    ['%4g', []],
    ['%g4', []],
    ['100%', []],
    ['a+b', []],
    ['a+%41', ['a+A', 'a A']],
    // Backslashes.
    ['\\n\\r\\t\\b\\f\\v\\"\\\'\\/\\\\', ['\n\r\t\b\f\v"\'/\\']],
    ['\\q', []],
    ['\\', []],
    ['\\x41\\X4a', ['AJ']],
    ['\\x4g', []],
    ['\\xg4', []],
    ['\\x4', []],
    ['\\101\\060\\177', ['A0\x7f']],
    ['\\000\\007z', ['\0\x07z']],
    ['\\501', ['A']],
    ['\\377', ['ÿ']],
    ['\\700', ['À']],
    ['\\10', []],
    ['\\108', []],
    ['\\18', []],
    ['\\181', []],
    ['\\1/1', []],
    ['\\811', []],
    ['\\/11', ['/11']],
    ['\\u0041\\U004a', ['AJ']],
    ['\\u004', []],
    ['\\u004g', []],
    ['\\u{41}\\u{1F600}\\U{10ffff}', ['A😀\u{10ffff}']],
    ['\\u{000041}', ['A']],
    ['\\u{}', []],
    ['\\u{41', []],
    ['\\u{0000041}', []],
    ['\\u{4g}', []],
    ['\\ud83d\\ude00!', ['😀!']],
    ['\\uD800\\uDC00', ['\u{10000}']],
    ['\\udbff\\udfff', ['\u{10ffff}']],
    ['\\ud83d', ['\ufffd']],
    ['\\ud83d\\u0041', ['\ufffdA']],
    ['\\ud83d\\udbff', ['\ufffd\ufffd']],
    ['\\ud83d\\ue000', ['\ufffd\ue000']],
    ['\\ud83d/udc00', ['\ufffd/udc00']],
    ['\\ud7ff\\udc00', ['\ud7ff\ufffd']],
    ['\\udc00\\udc00', ['\ufffd\ufffd']],
    // HTML.
    ['&#65;&#x41;&#X4a;', ['AAJ']],
    ['&#65 &#x41 ', ['A A ']],
    ['&#0000065;&#x000041;', ['AA']],
    ['&#128512;', ['😀']],
    ['&amp;&lt;&gt;&quot;&apos;&plus;&sol;&equals;&lowbar;', ['&<>"\'+/=_']],
    ['&hyphen;&dash;&period;&colon;&semi;&comma;&commat;', ['--.:;,@']],
    ['&percnt;&num;&excl;&quest;&dollar;&ast;&bsol;&nbsp;', ['%#!?$*\\ ']],
    ['&NewLine;&Tab;', ['\n\t']],
    ['&AMP;', ['&']],
    ['&amp', []],
    ['&unknown;', []],
    ['&constructor;', []],
    ['&;', []],
    ['&', []],
    // Each kind is a reading of its own.
    ['%41\\x42&#67;', ['A\\x42&#67;', '%41B&#67;', '%41\\x42C']],
  ])('%j reads %j', (text, read) => {
    expect(texts(text)).toEqual(read);
  });

  it('stand for bytes where they say bytes', () => {
    expect(bytesOf('%ff\\xfe')).toEqual([
      [0xff, ...Buffer.from('\\xfe')],
      [...Buffer.from('%ff'), 0xfe],
    ]);
  });

  test.each<[string, [number, number][]]>([
    [
      'a%41b',
      [
        [7, 8],
        [8, 11],
        [11, 12],
      ],
    ],
    [
      '\\nb',
      [
        [7, 9],
        [9, 10],
      ],
    ],
    [
      '\\x41b',
      [
        [7, 11],
        [11, 12],
      ],
    ],
    [
      '\\101b',
      [
        [7, 11],
        [11, 12],
      ],
    ],
    [
      '\\u0041b',
      [
        [7, 13],
        [13, 14],
      ],
    ],
    [
      '\\u{41}b',
      [
        [7, 13],
        [13, 14],
      ],
    ],
    [
      '\\ud83d\\ude00b',
      [
        [7, 19],
        [7, 19],
        [7, 19],
        [7, 19],
        [19, 20],
      ],
    ],
    [
      '&#65;b',
      [
        [7, 12],
        [12, 13],
      ],
    ],
    [
      '&#65 b',
      [
        [7, 11],
        [11, 12],
        [12, 13],
      ],
    ],
  ])('%j spans %j of its text', (text, spans) => {
    const [reading] = readEscapes(readAt(text, 7));
    expect(reading && shown(reading).spans).toEqual(spans);
  });

  it('have the digits of both cases and no other signs', () => {
    const digits = Array.from({ length: 256 }, (_, code) => hexDigit(code));
    for (const [code, value] of digits.entries()) {
      const sign = String.fromCharCode(code);
      expect(value).toBe(/[0-9a-fA-F]/.test(sign) ? Number.parseInt(sign, 16) : -1);
    }
  });
});
