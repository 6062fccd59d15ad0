import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../../functions/core/billing/cost.ts';
import { estimateHold, estimatePrompt } from '../../../functions/core/billing/hold.ts';
import type { Price } from '../../../functions/core/catalogue/models.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import type { JsonObject } from '../../../functions/core/json.ts';

/** One dollar per million answered tokens and nothing for the prompt: 1000 nano-dollars a token. */
const answersOnly: Price = { input: 0, output: 1_000_000_000 };
const promptsOnly: Price = { input: 1_000_000_000, output: 0 };

function size(body: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(body));
}

function withPart(part: JsonObject): JsonObject {
  return { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }] };
}

describe('the hold for an answer', () => {
  it.each<[string, JsonObject, number | null, number]>([
    ['what the caller allows', { max_completion_tokens: 100 }, null, 100],
    ['the newer limit before the older', { max_completion_tokens: 100, max_tokens: 50 }, null, 100],
    ['the older limit alone', { max_tokens: 50 }, null, 50],
    ['what the model can write at most', { max_tokens: 1_000_000 }, 4096, 4096],
    ['16384 tokens when nobody says', {}, null, 16_384],
    ['the limit of a model that writes less', {}, 4096, 4096],
    ['16384 tokens for a model that could write more', {}, 128_000, 16_384],
    ['more than that when the caller asks for it', { max_tokens: 100_000 }, 128_000, 100_000],
    ['every choice', { max_tokens: 50, n: 3 }, null, 150],
    ['no more choices than there can be', { max_tokens: 50, n: 1e9 }, null, 6400],
    ['nonsense as if it were absent', { max_tokens: 'many', n: -2 }, null, 16_384],
  ])('covers %s', (_name, body, maxOutputTokens, tokens) => {
    expect(estimateHold(body, size(body), answersOnly, maxOutputTokens)).toBe(tokens * 1000);
  });

  it('takes the price of speech only when speech is asked for', () => {
    const price: Price = { ...answersOnly, audioOutput: 10_000_000_000 };
    expect(estimateHold({ max_tokens: 10 }, 0, price, null)).toBe(10_000);
    expect(estimateHold({ max_tokens: 10, modalities: ['text', 'audio'] }, 0, price, null)).toBe(100_000);
  });
});

describe('the hold for a prompt', () => {
  it('takes two bytes for a token', () => {
    expect(estimateHold({}, 1001, promptsOnly, null)).toBe(501_000);
  });

  it('takes the tier of that size, and the price of writing the cache where it is the higher one', () => {
    const price: Price = {
      ...promptsOnly,
      cacheWrite: 1_250_000_000,
      tiers: [{ above: 100, input: 2_000_000_000, output: 0 }],
    };
    expect(estimateHold({}, 200, price, null)).toBe(125_000);
    expect(estimateHold({}, 202, price, null)).toBe(202_000);
  });

  it('counts a picture by its number and not by its bytes', () => {
    const small = withPart({ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } });
    const large = withPart({ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(3_000_000)}` } });
    expect(estimatePrompt(large, size(large))).toEqual(estimatePrompt(small, size(small)));
    expect(estimatePrompt(small, size(small)).text).toBeGreaterThan(5000);
  });

  it('counts speech by its length, at the price of speech', () => {
    const spoken = withPart({ type: 'input_audio', input_audio: { data: 'A'.repeat(80_000), format: 'mp3' } });
    expect(estimatePrompt(spoken, size(spoken)).audio).toBe(1000);
    const price: Price = { ...promptsOnly, audioInput: 50_000_000_000 };
    expect(estimateHold(spoken, size(spoken), price, null)).toBeGreaterThan(50_000_000);
  });

  it('is at least the cost of every request with that many tokens', () => {
    const price: Price = {
      input: 3_000_000_000,
      output: 15_000_000_000,
      cachedInput: 300_000_000,
      cacheWrite: 3_750_000_000,
    };
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), fc.nat(4000), fc.nat(4000), (text, completion, cacheWrite) => {
        const body = { messages: [{ role: 'user', content: text }], max_tokens: 4000 };
        const prompt = Math.floor(size(body) / 2);
        expect(estimateHold(body, size(body), price, null)).toBeGreaterThanOrEqual(
          costOf({ ...noUsage, prompt, cacheWrite, completion }, price),
        );
      }),
    );
  });

  it('is a whole amount for any JSON', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('messages', 'n', 'max_tokens', 'max_completion_tokens', 'modalities', 'input'),
          fc.jsonValue(),
        ),
        fc.nat(10_000_000),
        (body, bytes) => {
          expect(Number.isSafeInteger(estimateHold(body, bytes, { input: 1e12, output: 1e12 }, null))).toBe(true);
        },
      ),
    );
  });
});
