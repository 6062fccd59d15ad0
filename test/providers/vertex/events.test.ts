import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventReader } from '../../../functions/providers/vertex/events.ts';

function readAll(pieces: string[]): string[] {
  const reader = createEventReader();
  return pieces.flatMap((piece) => reader.push(piece));
}

describe('the reader of server-sent events', () => {
  it.each([
    ['one line', 'x'.repeat(1024 * 1024)],
    ['many lines', `data: ${'x'.repeat(1024 * 1024)}\n`],
  ])('gives up an event that does not end: %s', (_, piece) => {
    const reader = createEventReader();
    const endless = () => {
      for (let i = 0; i <= 16; i++) reader.push(piece);
    };
    expect(endless).toThrow('too long');
  });

  it('gives the same events however the text is cut, with LF and with CRLF', () => {
    const payload = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify({ text }));
    const property = fc.property(fc.array(payload), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(400)), (payloads, newline, cuts) => {
      const text = payloads.map((data) => `data: ${data}${newline}${newline}`).join('');
      const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
      expect(readAll(pieces)).toEqual(payloads);
    });
    fc.assert(property);
  });

  it('skips comments, event names and ids, joins data lines and does without the space', () => {
    expect(readAll([': ping\n\nevent: message_start\nid: 1\ndata:{"a":\ndata: 1}\n\n'])).toEqual(['{"a":\n1}']);
  });

  it('gives what stands before a missing blank line only when asked', () => {
    const reader = createEventReader();
    expect(reader.push('data: 1\n\ndata: 2')).toEqual(['1']);
    expect(reader.rest()).toBe('2');
    expect(reader.rest()).toBeNull();
  });
});
