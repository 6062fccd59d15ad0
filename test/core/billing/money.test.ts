import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, parseUsd, roundUpToCharge } from '../../../functions/core/billing/money.ts';

describe('money', () => {
  it.each([
    [0, '0.0000000'],
    [12_500, '0.0000125'],
    [1_000_000_000, '1.0000000'],
    [1_234_567_890_100, '1234.5678901'],
    [-2_500_000_000, '-2.5000000'],
    [-1, '0.0000000'],
    [-100, '-0.0000001'],
    [49, '0.0000000'],
    [50, '0.0000001'],
    [9_000_000_000_000_000, '9000000.0000000'],
  ])('writes %d nano-dollars as %s', (nano, text) => {
    expect(formatUsd(nano)).toBe(text);
  });

  it.each([
    ['2.5', 2_500_000_000],
    ['0', 0],
    ['0.0000001', 100],
    ['1000000', 1e15],
    ['1000000.0000001', null],
    ['0.00000001', null],
    ['-1', null],
    ['1e3', null],
    ['.5', null],
    ['5.', null],
    ['1,5', null],
    ['', null],
    [' 1', null],
    ['NaN', null],
    ['١', null],
  ])('reads %j as %s', (text, nano) => {
    expect(parseUsd(text)).toBe(nano);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat(1e13), (units) => {
        expect(parseUsd(formatUsd(units * 100))).toBe(units * 100);
      }),
    );
  });

  it.each([
    [0, 0],
    [1, 100],
    [100, 100],
    [101, 200],
    [8_999_999_999_999_901, 9_000_000_000_000_000],
    // Whole numbers that a division by a thousand would not give back.
    [1_073_268_769_142_200, 1_073_268_769_142_200],
    [1_073_268_769_142_201, 1_073_268_769_142_300],
    // The noise of a product of floating-point numbers is no reason to charge more; a real fraction is.
    [300.000_000_000_000_06, 300],
    [300.001, 400],
    [300.0009, 400],
  ])('charges %d nano-dollars as %d', (nano, charge) => {
    expect(roundUpToCharge(nano)).toBe(charge);
  });

  it('charges less than one shown unit more, and never less', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (nano) => {
        fc.pre(nano <= 9e15);
        const charge = roundUpToCharge(nano);
        expect(charge % 100).toBe(0);
        expect(charge - nano).toBeGreaterThanOrEqual(0);
        expect(charge - nano).toBeLessThan(100);
      }),
    );
  });
});
