import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIso, parseTime } from '../../functions/core/time.ts';

describe('reading a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31t12:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T01:30:00+02:00', '2026-01-30T23:30:00.000Z'],
    ['2026-01-31T23:30:00-0530', '2026-02-01T05:00:00.000Z'],
    ['2026-01-31T01:30:00 02:00', '2026-01-30T23:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['0001-01-01', null],
    ['2026-02-29', null],
    ['2026-13-01', null],
    ['2026-01-31T24:00:00Z', null],
    ['2026-01-31T12:60:00Z', null],
    ['2026-01-31T12:00:00+24:00', null],
    ['2026-01-31T12Z', null],
    ['1769860800', null],
    ['tomorrow', null],
    ['', null],
  ])('%j is %s', (text, expected) => {
    const at = parseTime(text);
    expect(at === null ? null : formatIso(at)).toBe(expected);
  });

  it('takes a bare date as the whole day where a span ends', () => {
    expect(parseTime('2026-01-31', 'end')).toBe(Date.parse('2026-01-31T23:59:59.999Z'));
    expect(parseTime('2026-01-31T12:00:00Z', 'end')).toBe(Date.parse('2026-01-31T12:00:00Z'));
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        (date) => parseTime(formatIso(date.getTime())) === date.getTime(),
      ),
    );
  });

  it('answers anything else with null, never with an error', () => {
    fc.assert(fc.property(fc.string(), (text) => ['number', 'object'].includes(typeof parseTime(text))));
  });
});
