import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { matchesModelFilter } from '../../../functions/core/catalogue/model-filter.ts';

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

  it.each([
    [['anthropic/claude-sonnet-4-5'], true],
    [['anthropic/claude-sonnet-4.5'], true],
    [['claude-sonnet-4.5'], true],
    [['anthropic/*'], true],
    [['anthropic/claude-sonnet-4'], false],
    [['google/*'], false],
  ])('%j: whether it takes a model does not hang on how the request spells it: %s', (filter, expected) => {
    const catalogue = builtInCatalogue('2026-11-23T00:00:00Z');
    for (const id of [
      'anthropic/claude-sonnet-4-5',
      'anthropic/claude-sonnet-4.5',
      'claude-sonnet-4.5',
      'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0',
    ]) {
      const candidates = catalogue.resolve(id).filter(({ provider }) => provider === 'bedrock');
      expect(candidates.map((each) => matchesModelFilter(filter, each, id))).toEqual([expected]);
    }
  });

  it('means by a star any text at all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.array(fc.string(), { minLength: 5, maxLength: 5 }),
        (pieces, fillings) => {
          const literal = pieces.map((piece) => piece.replaceAll('*', 'x'));
          const model = literal
            .map((piece, place) => piece + (place < literal.length - 1 ? fillings[place] : ''))
            .join('');
          expect(matchesModelFilter([literal.join('*')], { provider: 'p', model }, '')).toBe(true);
        },
      ),
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
