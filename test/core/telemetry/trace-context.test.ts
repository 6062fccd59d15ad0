import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTraceparent, readTraceparent } from '../../../functions/core/telemetry/trace-context.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const id = (length: number) => hex(length).filter((text) => !/^0+$/.test(text));

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

describe('the traceparent of a request', () => {
  it('is kept as it came when it is of version 00', () => {
    fc.assert(
      fc.property(id(32), id(16), hex(2), (traceId, spanId, flags) => {
        const header = `00-${traceId}-${spanId}-${flags}`;
        expect(readTraceparent(header)).toBe(header);
        const sampled = Number.parseInt(flags, 16) % 2 === 1;
        expect(parseTraceparent(header)).toEqual({ traceId, spanId, sampled });
      }),
    );
  });

  it('is never anything but 55 characters of that form, whatever came', () => {
    const near = fc
      .tuple(hex(2), hex(32), hex(16), hex(2), fc.string({ maxLength: 4 }))
      .map(([version, traceId, spanId, flags, rest]) => `${version}-${traceId}-${spanId}-${flags}${rest}`);
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (header) => {
        const kept = readTraceparent(header);
        if (kept !== null) expect(kept).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      }),
    );
  });

  it('of a later version is read by what version 00 knows of it', () => {
    expect(readTraceparent(`01-${trace}-${span}-01`)).toBe(`00-${trace}-${span}-01`);
    expect(readTraceparent(`cc-${trace}-${span}-01-what-the-future-holds`)).toBe(`00-${trace}-${span}-01`);
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the version that is forbidden', `ff-${trace}-${span}-01`],
    ['more than version 00 has', `00-${trace}-${span}-01-extra`],
    ['a later version with something stuck to its flags', `01-${trace}-${span}-01.extra`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
    ['a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${trace.toUpperCase()}-${span}-01`],
    ['a trace id that is too short', `00-${trace.slice(1)}-${span}-01`],
    ['two headers in one', `00-${trace}-${span}-01,00-${trace}-${span}-01`],
    ['something before it', `x00-${trace}-${span}-01`],
  ])('is not kept: %s', (_, header) => {
    expect(readTraceparent(header)).toBeNull();
    expect(parseTraceparent(header)).toBeNull();
  });
});
