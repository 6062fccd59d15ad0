import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createSseReader, longestEvent } from '../../functions/transport/sse-reader.ts';

function read(pieces: string[]): string[] {
  const reader = createSseReader();
  return pieces.flatMap((piece) => reader.push(piece));
}

describe('server-sent events', () => {
  test.each<[string, string, string[]]>([
    ['one event', 'data: a\n\n', ['a']],
    ['no space after the colon', 'data:a\n\n', ['a']],
    ['only one space is dropped', 'data:  a\n\n', [' a']],
    ['several data lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['comments and other fields', ': hello\nevent: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['a field that only begins like data', 'database: a\ndata: b\n\n', ['b']],
    ['a data line without a colon is empty', 'data\ndata\n\n', ['\n']],
    ['an empty data line', 'data:\n\n', ['']],
    ['blank lines alone', '\n\n\n', []],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['mixed line ends', 'data: a\r\n\ndata: b\n\r\n', ['a', 'b']],
    ['an event that is not finished', 'data: a\n\ndata: b\n', ['a']],
    ['line separators of other kinds are text', 'data: a\u2028b\u0085c\n\n', ['a\u2028b\u0085c']],
  ])('%s', (_, text, events) => {
    expect(read([text])).toEqual(events);
    expect(read([...text])).toEqual(events);
  });

  it('gives the same events however the text is cut', () => {
    const line = fc.constantFrom(
      'data: a',
      'data:',
      'data',
      'data: {"x":1}',
      ': comment',
      'event: error',
      'data: é€😀',
      '',
      '',
      '',
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end)), fc.array(fc.nat()), (lines, cuts) => {
        const text = lines.map(([content, lineEnd]) => content + lineEnd).join('');
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, i) => text.slice(places[i], place));
        // A CR before what may be its LF is one line end: put together, the text may mean fewer lines than `lines`.
        expect(read(pieces)).toEqual(read([text]));
        expect(read([...text])).toEqual(read([text]));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['one line', 'x'.repeat(1024 * 1024)],
    ['many lines', `data: ${'x'.repeat(1024 * 1024)}\n`],
  ])('an event that does not end is given up: %s', (_, piece) => {
    const reader = createSseReader();
    const endless = () => {
      for (let i = 0; i <= longestEvent / piece.length; i++) reader.push(i === 0 ? `data: ${piece}` : piece);
    };
    expect(endless).toThrow('too long');
  });

  it('gives each event with the piece that completes it', () => {
    const reader = createSseReader();
    expect(reader.push('data: a\r')).toEqual([]);
    expect(reader.push('\n\r')).toEqual(['a']);
    expect(reader.push('\ndata: b\n\n')).toEqual(['b']);
  });

  it('gives what stands before a missing blank line only when asked', () => {
    const reader = createSseReader();
    expect(reader.push('data: 1\n\ndata: 2')).toEqual(['1']);
    expect(reader.rest()).toBe('2');
    expect(reader.rest()).toBeNull();
    expect(reader.push('data: 3\r')).toEqual([]);
    expect(reader.rest()).toBe('3');
  });

  test.each([
    ['one line', `data: ${'x'.repeat(15_000_000)}\n\n`],
    ['many lines', `${`data: ${'x'.repeat(90)}\n`.repeat(150_000)}\n`],
  ])('a large event in small pieces costs what a small one does for each character: %s', (_, text) => {
    const looked = [text.slice(0, text.length / 64), text].map((part) => {
      let characters = 0;
      const reader = createSseReader((piece, sign, from) => {
        const found = piece.indexOf(sign, from);
        characters += (found === -1 ? piece.length : found + 1) - from;
        return found;
      });
      const events: string[] = [];
      for (let at = 0; at < part.length; at += 64) events.push(...reader.push(part.slice(at, at + 64)));
      const last = reader.rest();
      expect((last === null ? events : [...events, last]).join('').length).toBeGreaterThan(part.length * 0.9);
      return characters / part.length;
    });
    expect(looked[1]).toBeLessThan((looked[0] ?? 0) * 1.1);
    expect(looked[1]).toBeLessThan(4);
  });

  it('looks for a line end that is far away once, not once for each line before it', () => {
    let characters = 0;
    const reader = createSseReader((piece, sign, from) => {
      const found = piece.indexOf(sign, from);
      characters += (found === -1 ? piece.length : found + 1) - from;
      return found;
    });
    const text = `${'data: a\n\n'.repeat(100_000)}\r`;
    expect(reader.push(text)).toHaveLength(100_000);
    expect(characters).toBeLessThan(text.length * 3);
  });
});
