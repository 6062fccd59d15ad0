import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { splitVectors } from '../../../functions/providers/openai/vectors.ts';

const padding = Array.from({ length: 20_000 }, (_, i) => i);
const answer = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: padding }],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 1, total_tokens: 1 },
};

/** What the caller would be sent; null when the answer is left to the parser. */
function rejoin(text: string): unknown {
  const split = splitVectors(text);
  return split && JSON.parse(`${split.preface},${JSON.stringify(split.body).slice(1)}`);
}

describe('a large embeddings answer', () => {
  test.each([
    ['compact', undefined],
    ['as OpenAI prints it', 2],
  ])('%s, is split behind its vectors', (_, indent) => {
    const split = splitVectors(JSON.stringify(answer, null, indent));
    expect(split?.body).toEqual({ model: answer.model, usage: answer.usage });
    expect(rejoin(JSON.stringify(answer, null, indent))).toEqual(answer);
  });

  it('is the same when put together again, whatever its strings hold', () => {
    const nasty = fc.string({ unit: fc.constantFrom(']', '[', '"', '\\', ',', '{', '}', ':', 'model', 'usage', ' ') });
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.boolean(), (model, inside, more, indent) => {
        const given = {
          ...answer,
          data: [{ embedding: padding, note: inside }],
          model,
          [more]: more,
          usage: { prompt_tokens: 1, [inside]: more },
        };
        const parsed = rejoin(JSON.stringify(given, null, indent ? 2 : 0));
        if (parsed !== null) expect(parsed).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, object]>([
    ['a small one', { ...answer, data: [] }],
    ['one without usage', { ...answer, usage: undefined }],
    ['one without a model', { ...answer, model: 7 }],
    ['one whose last list is not the vectors', { ...answer, usage: { prompt_tokens: 1, details: [1] } }],
    ['one of another form', { data: answer.data, object: 'list', model: 'm', usage: {} }],
    ['an error', { error: { message: 'x'.repeat(70_000) } }],
  ])('%s is left to the parser', (_, given) => {
    expect(splitVectors(JSON.stringify(given))).toBeNull();
  });

  it('that breaks off is left to the parser', () => {
    expect(splitVectors(JSON.stringify(answer).slice(0, -1))).toBeNull();
    expect(splitVectors(JSON.stringify(answer).slice(0, 80_000))).toBeNull();
  });
});
