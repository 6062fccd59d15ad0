import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesModelFilter } from '../../functions/core/model-filter.ts';

const candidate = { provider: 'openai', model: 'gpt-4o-mini' };

describe('an allow-list of models', () => {
  it.each([
    [null, true],
    [[], false],
    [['gpt-4o-mini'], true],
    [['gpt-4o'], false],
    [['gpt-4o*'], true],
    [['*'], true],
    [['**'], true],
    [['*mini'], true],
    [['*4o*'], true],
    [['g*o*i'], true],
    [['*4o-mini*mini'], false],
    [['gpt-4o-mini*mini'], false],
    [['gpt.4o.mini'], false],
    [['gpt-4o-min+'], false],
    [['gpt-4o-min?'], false],
    [['[g]pt-4o-mini'], false],
    [['GPT-4o-mini'], false],
    [['gpt-4.1', 'text-*'], false],
    [['gpt-4.1', 'gpt-*'], true],
    [['openai/gpt-4o-mini'], true],
    [['openai/*'], true],
    [['bedrock/*'], false],
    [['my-alias'], true],
    [[''], false],
  ])('%j lets gpt-4o-mini, sent as my-alias, through: %s', (filter, expected) => {
    expect(matchesModelFilter(filter, candidate, 'my-alias')).toBe(expected);
  });

  it('means by a star any text at all', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), fc.array(fc.string(), { minLength: 5, maxLength: 5 }), (pieces, fillings) => {
        const literal = pieces.map((piece) => piece.replaceAll('*', 'x'));
        const model = literal.map((piece, place) => piece + (place < literal.length - 1 ? fillings[place] : '')).join('');
        expect(matchesModelFilter([literal.join('*')], { provider: 'p', model }, '')).toBe(true);
      }),
    );
  });

  it('means by a text without a star that text and no other', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (pattern, model) => {
        fc.pre(!pattern.includes('*') && !pattern.includes('/'));
        expect(matchesModelFilter([pattern], { provider: 'p', model }, model)).toBe(pattern === model);
      }),
    );
  });
});
