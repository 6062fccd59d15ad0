import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noUsage, readUsage, writeUsage } from '../../../functions/core/chat/usage.ts';

describe('token usage', () => {
  it('is read with all its details', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 10, audio_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 7 },
    };
    expect(readUsage(usage)).toEqual({
      prompt: 100,
      completion: 50,
      cached: 40,
      cacheWrite: 10,
      reasoning: 30,
      audioIn: 5,
      audioOut: 7,
    });
  });

  it('of embeddings has no completion', () => {
    expect(readUsage({ prompt_tokens: 8, total_tokens: 8 })).toEqual({ ...noUsage, prompt: 8 });
  });

  it.each([null, undefined, 'many', 7, []])('is none when the answer says %j', (usage) => {
    expect(readUsage(usage)).toBeNull();
  });

  it('counts only whole tokens that can be, whatever an answer says', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('prompt_tokens', 'completion_tokens', 'prompt_tokens_details', 'completion_tokens_details'),
          fc.anything(),
        ),
        (usage) => {
          for (const count of Object.values(readUsage(usage) ?? {}))
            expect(Number.isInteger(count) && count >= 0).toBe(true);
        },
      ),
    );
  });

  it('is read back as it was written', () => {
    const count = fc.nat(1_000_000_000);
    fc.assert(
      fc.property(
        fc.record({ prompt: count, completion: count, cached: count, cacheWrite: count, reasoning: count }),
        (usage) => {
          expect(readUsage(writeUsage(usage))).toEqual({ ...noUsage, ...usage });
        },
      ),
    );
  });

  it('is written with the sum of both sides, or with the sum that the provider gave', () => {
    expect(writeUsage({ prompt: 3, completion: 4 })).toEqual({
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
    expect(writeUsage({ prompt: 3, completion: 4, total: 9 })).toMatchObject({ total_tokens: 9 });
  });
});
