import { describe, expect, it } from 'vitest';
import { check } from '../../functions/http/check.ts';
import { chatRequest, embeddingsRequest } from '../../functions/http/schemas.ts';

describe('the number of entries in a request', () => {
  const messages = (count: number) => Array.from({ length: count }, () => ({ role: 'user', content: 'a' }));

  it('is bounded for messages', () => {
    expect(check({ model: 'm', messages: messages(10_000) }, chatRequest).messages).toHaveLength(10_000);
    const wrong = { model: 'm', messages: messages(10_001) };
    expect(() => check(wrong, chatRequest)).toThrow('messages must not hold so many entries');
  });

  it('is bounded for inputs', () => {
    const input = (count: number) => Array.from({ length: count }, () => 'a');
    expect(check({ model: 'm', input: input(10_000) }, embeddingsRequest).input).toHaveLength(10_000);
    expect(() => check({ model: 'm', input: input(10_001) }, embeddingsRequest)).toThrow(
      expect.objectContaining({ code: 'validation_error' }),
    );
  });

  it('still asks for messages of the right shape', () => {
    for (const wrong of [undefined, null, 'text', [], [5], [{ content: 'a' }]])
      expect(() => check({ model: 'm', messages: wrong }, chatRequest)).toThrow(
        expect.objectContaining({ code: 'validation_error' }),
      );
  });
});
