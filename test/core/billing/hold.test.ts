import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { costOf } from '../../../functions/core/billing/cost.ts';
import {
  completionCeiling,
  holdForAll,
  holdOf,
  leastCharge,
  likelyUsage,
  promptCeiling,
} from '../../../functions/core/billing/hold.ts';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import type { Price } from '../../../functions/core/catalogue/models.ts';
import type { RequestBounds } from '../../../functions/core/chat/bounds.ts';
import { noUsage, type TokenUsage } from '../../../functions/core/chat/usage.ts';

/** One dollar per million tokens: 1000 nano-dollars a token. */
const answersOnly: Price = { input: 0, output: 1e9 };
const promptsOnly: Price = { input: 1e9, output: 0 };

function bounds(change: Partial<RequestBounds> = {}): RequestBounds {
  return {
    textBytes: 0,
    images: 0,
    audioChars: 0,
    mediaChars: 0,
    remoteMedia: 0,
    maxOutputTokens: null,
    choices: 1,
    audioOut: false,
    ...change,
  };
}

describe('the hold for an answer', () => {
  test.each<[string, Partial<RequestBounds>, number | null, number]>([
    ['what the request allows', { maxOutputTokens: 100 }, null, 100],
    ['what the model can give at most', { maxOutputTokens: 1e6 }, 4096, 4096],
    ['all that the model can give when the request sets no limit', {}, 64_000, 64_000],
    ['the longest answer there is when neither says', {}, null, 384_000],
    ['a limit of nothing', { maxOutputTokens: 0 }, 4096, 0],
    ['every choice', { maxOutputTokens: 50, choices: 3 }, null, 150],
    ['no more choices than there can be', { maxOutputTokens: 50, choices: 1e9 }, null, 6400],
    ['the answers to each of many prompts', { maxOutputTokens: 50, choices: 1, prompts: 1000 }, null, 50_000],
    ['no less than nothing: a limit below zero limits nothing', { maxOutputTokens: -1e9 }, 400, 400],
    ['one choice at least', { maxOutputTokens: 50, choices: 0 }, null, 50],
    ['parts of a token as a whole one', { maxOutputTokens: 49.1, choices: 1.5 }, null, 100],
  ])('covers %s', (_name, change, maxOutputTokens, tokens) => {
    expect(holdOf(bounds(change), answersOnly, maxOutputTokens)).toBe(tokens * 1000);
    expect(completionCeiling(bounds(change), maxOutputTokens)).toBe(tokens);
  });

  it('takes the price of speech only when the answer may hold speech', () => {
    const price: Price = { ...answersOnly, audioOutput: 1e10 };
    expect(holdOf(bounds({ maxOutputTokens: 10 }), price, null)).toBe(10_000);
    expect(holdOf(bounds({ maxOutputTokens: 10, audioOut: true }), price, null)).toBe(100_000);
    expect(holdOf(bounds({ maxOutputTokens: 10, audioOut: true }), answersOnly, null)).toBe(10_000);
  });

  it('is for a model without a limit of its own never less than what any model of the catalogue can give', () => {
    for (const { maxOutputTokens } of builtInCatalogue('2026-11-23T00:00:00Z').list())
      expect(maxOutputTokens ?? 0).toBeLessThanOrEqual(completionCeiling(bounds(), null));
  });
});

describe('the hold for all platform credentials that a request may come to', () => {
  const cheap: Price = { input: 1e9, output: 1e9 };
  const dear: Price = { input: 2e9, output: 9e9 };
  const asked = bounds({ textBytes: 4000, maxOutputTokens: 100 });

  it('is the dearest one’s, whichever comes first', () => {
    const offers = [cheap, dear].map((price) => ({ price, maxOutputTokens: null }));
    const most = holdOf(asked, dear, null) + leastCharge(asked, cheap);
    expect([holdForAll(asked, offers), holdForAll(asked, offers.reverse())]).toEqual([most, most]);
  });

  it('is that of the only one, and nothing without a price', () => {
    expect(holdForAll(asked, [{ price: cheap, maxOutputTokens: null }])).toBe(holdOf(asked, cheap, null));
    expect(holdForAll(asked, [{ price: null, maxOutputTokens: null }])).toBe(0);
  });
});

describe('the hold for a prompt', () => {
  test.each<[string, Partial<RequestBounds>, { text: number; audio: number }]>([
    ['nothing but what providers add', {}, { text: 1000, audio: 0 }],
    ['a token for each byte of text', { textBytes: 501 }, { text: 1501, audio: 0 }],
    ['pictures by their number', { images: 2 }, { text: 26_000, audio: 0 }],
    ['speech at its lowest rate', { audioChars: 4001 }, { text: 1000, audio: 101 }],
    ['the smallest file as a dense one', { mediaChars: 1 }, { text: 1000, audio: 50_000 }],
    ['a small file as a dense one', { mediaChars: 10 }, { text: 1000, audio: 50_000 }],
    ['a large file by its size', { mediaChars: 70_000 }, { text: 1000, audio: 70_000 }],
    ['a medium by address as a full window', { remoteMedia: 2 }, { text: 1000, audio: 2_097_152 }],
    ['no more than any model takes', { textBytes: 6e6 }, { text: 4_000_000, audio: 0 }],
    ['what may be speech first', { textBytes: 6e6, remoteMedia: 3 }, { text: 854_272, audio: 3_145_728 }],
    ['no more speech than any model takes', { textBytes: 6e6, remoteMedia: 9 }, { text: 0, audio: 4_000_000 }],
  ])('counts %s', (_name, change, tokens) => {
    expect(promptCeiling(bounds(change), promptsOnly)).toEqual(tokens);
    expect(holdOf(bounds(change), promptsOnly, null)).toBe((tokens.text + tokens.audio) * 1000);
  });

  it('counts pictures higher where they are counted so, at a price that makes it cents', () => {
    expect(promptCeiling(bounds({ images: 1 }), { input: 200_000_000, output: 0 }).text).toBe(51_000);
    expect(promptCeiling(bounds({ images: 1 }), { input: 200_000_001, output: 0 }).text).toBe(13_500);
  });

  test.each<[string, Partial<Price>, number]>([
    ['of input', {}, 2000],
    ['of cache writes', { cacheWrite: 1_250_000_000 }, 2500],
    ['of cache reads, should they cost more', { cachedInput: 3e9 }, 6000],
    ['of input where the cache costs less', { cacheWrite: 1, cachedInput: 1 }, 2000],
    ['of a tier within reach', { tiers: [{ above: 1999, input: 2e9, output: 0 }] }, 4000],
    ['of no tier beyond reach', { tiers: [{ above: 2000, input: 2e9, output: 0 }] }, 2000],
    ['of the first tier where a later one costs less', { tiers: [{ above: 1, input: 1, output: 0 }] }, 2000],
    ['of cache writes in a tier', { tiers: [{ above: 1, input: 1e9, output: 0, cacheWrite: 5e9 }] }, 10_000],
    ['of text, when nothing can be heard', { audioInput: 9e9 }, 2000],
  ])('takes the dearest price: that %s', (_name, change, thousands) => {
    expect(holdOf(bounds({ textBytes: 1000 }), { ...promptsOnly, ...change }, null)).toBe(thousands * 1000);
  });

  test.each<[string, Partial<Price>, number]>([
    ['that of speech', { audioInput: 5e9 }, 1000 + 500],
    ['that of text where speech has none', {}, 1000 + 100],
    ['that of text where it is the higher one', { audioInput: 1 }, 1000 + 100],
    ['that of speech in a tier', { tiers: [{ above: 1, input: 1e9, output: 0, audioInput: 7e9 }] }, 1000 + 700],
  ])('takes for speech the dearest price: %s', (_name, change, thousands) => {
    expect(holdOf(bounds({ audioChars: 4000 }), { ...promptsOnly, ...change }, null)).toBe(thousands * 1000);
  });
});

describe('any request within its bounds', () => {
  const priced = builtInCatalogue('2026-11-23T00:00:00Z')
    .list()
    .flatMap(({ price, maxOutputTokens }) => (price === null ? [] : [{ price, maxOutputTokens }]));
  const rate = fc.nat(1e11);
  const optional = (of: fc.Arbitrary<number>) => fc.option(of, { nil: undefined });
  const rates = {
    input: rate,
    output: rate,
    cachedInput: optional(rate),
    cacheWrite: optional(rate),
    audioInput: optional(rate),
    audioOutput: optional(rate),
  };
  const anyPrice = fc.record({
    ...rates,
    tiers: fc.array(fc.record({ above: fc.nat(300_000), ...rates }), { maxLength: 3 }),
  }) as fc.Arbitrary<Price>;
  const offer = fc.oneof(
    fc.constantFrom(...priced),
    fc.record({ price: anyPrice, maxOutputTokens: fc.option(fc.nat(200_000)) }),
  );
  const anyBounds = fc.record({
    textBytes: fc.oneof(fc.nat(5000), fc.nat(6e6)),
    images: fc.nat(30),
    audioChars: fc.oneof(fc.constant(0), fc.nat(6e6)),
    mediaChars: fc.oneof(fc.constant(0), fc.nat(6e6)),
    remoteMedia: fc.nat(3),
    maxOutputTokens: fc.option(fc.nat(200_000)),
    choices: fc.integer({ min: 1, max: 128 }),
    audioOut: fc.boolean(),
  });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it('is charged no more than its hold, at the price of every model', () => {
    fc.assert(
      fc.property(
        offer,
        anyBounds,
        fc.array(share, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        (known, asked, parts, full) => {
          const { text, audio } = promptCeiling(asked, known.price);
          const [a, b, c, d, e, f] = (full ? parts.map(() => 1) : parts) as [
            number,
            number,
            number,
            number,
            number,
            number,
          ];
          const audioIn = Math.floor(audio * a);
          const prompt = audioIn + Math.floor(text * b);
          const completion = Math.floor(completionCeiling(asked, known.maxOutputTokens) * c);
          const usage: TokenUsage = {
            prompt,
            completion,
            cached: Math.floor(prompt * d),
            cacheWrite: Math.floor(prompt * e),
            reasoning: 0,
            audioIn,
            audioOut: asked.audioOut ? Math.floor(completion * f) : 0,
          };
          expect(holdOf(asked, known.price, known.maxOutputTokens)).toBeGreaterThanOrEqual(costOf(usage, known.price));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('is held for at a whole amount that covers the likely usage, and the least charge', () => {
    fc.assert(
      fc.property(offer, anyBounds, share, (known, asked, part) => {
        const hold = holdOf(asked, known.price, known.maxOutputTokens);
        expect(Number.isSafeInteger(hold)).toBe(true);
        const completion = Math.floor(completionCeiling(asked, known.maxOutputTokens) * part);
        expect(costOf(likelyUsage(asked, completion), known.price)).toBeLessThanOrEqual(hold);
        expect(leastCharge(asked, known.price)).toBeLessThanOrEqual(hold);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is charged when nobody has counted', () => {
  test.each<[string, Partial<RequestBounds>, Partial<TokenUsage>]>([
    ['a token for four bytes of text', { textBytes: 401 }, { prompt: 101 }],
    ['pictures', { images: 2 }, { prompt: 3200 }],
    ['speech', { audioChars: 801 }, { prompt: 11, audioIn: 11 }],
    ['files', { mediaChars: 161 }, { prompt: 11 }],
    ['media by address', { remoteMedia: 2 }, { prompt: 10_000 }],
    [
      'all of it',
      { textBytes: 4, images: 1, audioChars: 80, mediaChars: 16, remoteMedia: 1 },
      { prompt: 6603, audioIn: 1 },
    ],
    ['no more than any model takes', { audioChars: 1e9 }, { prompt: 4_000_000, audioIn: 4_000_000 }],
  ])('is the likely number of %s', (_name, change, usage) => {
    expect(likelyUsage(bounds(change), 7)).toEqual({ ...noUsage, ...usage, completion: 7 });
  });

  it('is at least the input, once a request was sent', () => {
    expect(leastCharge(bounds({ textBytes: 400, maxOutputTokens: 1000 }), { input: 1e9, output: 1e12 })).toBe(100_000);
    expect(leastCharge(bounds({ audioChars: 80 }), { input: 1e9, audioInput: 5e9, output: 0 })).toBe(5000);
  });
});
