import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, rateFor } from '../../../functions/core/billing/cost.ts';
import type { Price } from '../../../functions/core/catalogue/models.ts';
import { noUsage, type TokenUsage } from '../../../functions/core/chat/usage.ts';

const mini: Price = { input: 150_000_000, output: 600_000_000, cachedInput: 75_000_000 };
const tiered: Price = {
  input: 1_000_000_000,
  output: 4_000_000_000,
  tiers: [{ above: 200_000, input: 2_000_000_000, output: 6_000_000_000 }],
};
const audio: Price = {
  input: 2_000_000_000,
  output: 8_000_000_000,
  cachedInput: 1_000_000_000,
  cacheWrite: 2_500_000_000,
  audioInput: 32_000_000_000,
  audioOutput: 64_000_000_000,
};

function usage(counts: Partial<TokenUsage>): TokenUsage {
  return { ...noUsage, ...counts };
}

describe('the cost of a request', () => {
  it.each<[string, Partial<TokenUsage>, Price, number]>([
    ['nothing', {}, mini, 0],
    ['one token, rounded up to what can be charged', { prompt: 1 }, mini, 200],
    ['a million prompt tokens', { prompt: 1_000_000 }, mini, 150_000_000],
    ['prompt and completion, rounded once', { prompt: 11, completion: 7 }, mini, 5900],
    ['cached tokens at their price', { prompt: 1000, cached: 400 }, mini, 120_000],
    ['reasoning as part of the completion', { completion: 1000, reasoning: 900 }, mini, 600_000],
    ['cache writes as input where they have no price', { prompt: 1000, cacheWrite: 1000 }, mini, 150_000],
    [
      'each part of a prompt apart',
      { prompt: 100, cached: 10, cacheWrite: 20, audioIn: 30 },
      audio,
      40 * 2000 + 10 * 1000 + 20 * 2500 + 30 * 32_000,
    ],
    ['spoken answers apart from written ones', { completion: 100, audioOut: 60 }, audio, 40 * 8000 + 60 * 64_000],
    ['no more cached tokens than the prompt has', { prompt: 10, cached: 1000 }, audio, 10_000],
    ['overlapping parts at the dearer price', { prompt: 10, cached: 10, audioIn: 10 }, audio, 320_000],
    [
      'no more cache writes than audio leaves',
      { prompt: 10, audioIn: 6, cacheWrite: 10 },
      audio,
      6 * 32_000 + 4 * 2500,
    ],
    [
      'no more cached tokens than cache writes leave',
      { prompt: 10, cacheWrite: 6, cached: 10 },
      audio,
      6 * 2500 + 4 * 1000,
    ],
    ['a millionth of a nano-dollar, rounded up', { prompt: 1 }, { input: 100_000_001, output: 0 }, 200],
    ['the first tier up to and with its limit', { prompt: 200_000, completion: 1000 }, tiered, 204_000_000],
    ['the next tier for the whole request', { prompt: 200_001, completion: 1000 }, tiered, 406_002_000],
    ['a price below a nano-dollar per token', { prompt: 3 }, { input: 35_000, output: 0 }, 100],
  ])('counts %s', (_name, counts, price, expected) => {
    expect(costOf(usage(counts), price)).toBe(expected);
  });

  it('agrees with exact arithmetic for every count and price that can occur', () => {
    const tokens = fc.oneof(fc.nat(5000), fc.nat(1_000_000_000));
    const rate = fc.oneof(fc.nat(10_000_000), fc.nat(1_000_000_000_000));
    fc.assert(
      fc.property(
        tokens,
        tokens,
        fc.double({ min: 0, max: 1, noNaN: true }),
        rate,
        rate,
        rate,
        (prompt, completion, share, input, output, cachedInput) => {
          const cached = Math.floor(prompt * share);
          const exact =
            BigInt(prompt - cached) * BigInt(input) +
            BigInt(cached) * BigInt(cachedInput) +
            BigInt(completion) * BigInt(output);
          const charge = ((exact + 99_999_999n) / 100_000_000n) * 100n;
          expect(BigInt(costOf(usage({ prompt, completion, cached }), { input, output, cachedInput }))).toBe(charge);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never exceeds what a double counts exactly, however many tokens a provider claims', () => {
    const dearest: Price = { input: 1e12, output: 1e12 };
    const cost = costOf(usage({ prompt: Number.MAX_SAFE_INTEGER, completion: Number.MAX_VALUE }), dearest);
    expect(cost).toBe(2e15);
    expect(Number.isSafeInteger(cost)).toBe(true);
  });

  it('takes the highest tier that a prompt exceeds', () => {
    const price: Price = {
      input: 1,
      output: 1,
      tiers: [100, 200, 300].map((above) => ({ above, input: above, output: above })),
    };
    expect([100, 101, 200, 201, 999].map((tokens) => rateFor(price, tokens).input)).toEqual([1, 100, 100, 200, 300]);
  });
});
