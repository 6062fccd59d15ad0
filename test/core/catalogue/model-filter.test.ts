import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { coversModel, matchesModelFilter } from '../../../functions/core/catalogue/model-filter.ts';
import { identityOf } from '../../../functions/core/catalogue/model-names.ts';

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

describe("a provider key's list of models", () => {
  const catalogue = builtInCatalogue('2026-11-23T00:00:00Z');
  const covers = (pattern: string, id: string): boolean => {
    const found = catalogue.resolve(id);
    if (found.length === 0) throw new Error(`The catalogue does not know ${id}.`);
    return found.some((each) => coversModel([pattern], each, id));
  };
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';

  it.each([
    ['gpt-4o-mini', 'openai/gpt-4o-mini-2024-07-18'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['gpt-4o', 'openai/gpt-4o-2024-05-13'],
    ['GPT-4o-mini', 'openai/gpt-4o-mini'],
    ['openai/GPT-4o*', 'openai/gpt-4o-mini'],
    ['gpt-3.5-turbo', 'openai/gpt-3.5-turbo-1106'],
    ['gpt-5-chat-latest', 'openai/gpt-5-chat-latest'],
    ['amazon.nova-lite-v1:0', 'bedrock/us.amazon.nova-lite-v1:0'],
    ['us.amazon.nova-lite-v1:0', 'bedrock/amazon.nova-lite-v1:0'],
    ['us.amazon.nova-lite-v1:0', 'bedrock/eu.amazon.nova-lite-v1:0'],
    ['amazon.nova-lite-v1:0', 'bedrock/amazon.nova-lite-v1'],
    ['amazon.nova-lite-v1:0', `bedrock/${arn}`],
    [arn, 'bedrock/amazon.nova-lite-v1:0'],
    [arn.replace('arn:aws:', 'arn:aws-cn:'), 'amazon/nova-lite'],
    ['amazon.nova-*', `bedrock/${arn}`],
    ['us.amazon.nova-*', 'bedrock/amazon.nova-lite-v1:0'],
    ['anthropic.*', 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['ANTHROPIC.*', 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['bedrock/anthropic.*', 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['anthropic.claude-*', 'bedrock/global.anthropic.claude-opus-5'],
    ['anthropic/claude-sonnet-4-5', 'bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4.5', 'bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['vertex/claude-sonnet-4-5', 'vertex/anthropic/claude-sonnet-4-5@20250929'],
    ['vertex/claude-*', 'vertex/anthropic/claude-sonnet-4-5'],
    ['claude-opus-4-6', 'vertex/anthropic/claude-opus-4-6@default'],
    ['anthropic/claude-opus-4-6@20260101', 'vertex/anthropic/claude-opus-4-6'],
    ['gemini-2.0-flash-001', 'vertex/google/gemini-2.0-flash'],
    ['google/gemini-2.5-flash', 'vertex/gemini-2.5-flash'],
    ['claude-sonnet-4-5-latest', 'claude-sonnet-4-5'],
    ['meta.llama3-3-70b-instruct-v1:0', 'meta/llama-3.3-70b-instruct'],
  ])('%s covers %s', (pattern, id) => {
    expect(covers(pattern, id)).toBe(true);
  });

  it.each([
    ['gpt-4o', 'openai/gpt-4o-mini'],
    ['gpt-4o-mini', 'openai/gpt-4o'],
    ['gpt-4.1', 'openai/gpt-4.1-mini'],
    ['gpt-4', 'openai/gpt-4.1'],
    ['gpt-5', 'openai/gpt-5-chat-latest'],
    ['o3', 'openai/o3-mini'],
    ['amazon.nova-lite-v1:0', 'bedrock/amazon.nova-2-lite-v1:0'],
    ['amazon.nova-lite-v1:0', 'bedrock/amazon.nova-pro-v1:0'],
    ['amazon.titan-embed-text-v2:0', 'bedrock/amazon.titan-embed-text-v1'],
    ['claude-sonnet-4', 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-opus-4-5', 'anthropic/claude-opus-5-5'],
    ['gemini-2.5-flash', 'vertex/gemini-2.5-flash-lite'],
    ['openai/*', 'vertex/gemini-2.5-flash'],
    ['meta.*', 'bedrock/amazon.nova-lite-v1:0'],
    ['amazon/*', 'bedrock/anthropic.claude-opus-5'],
  ])('%s does not cover %s', (pattern, id) => {
    expect(covers(pattern, id)).toBe(false);
  });

  it('covers what it names letter by letter, and everything when there is none', () => {
    expect(coversModel(['my-alias'], candidate, 'my-alias')).toBe(true);
    expect(coversModel(null, candidate, 'my-alias')).toBe(true);
    expect(coversModel([], candidate, 'my-alias')).toBe(false);
  });

  it("tells no two of the catalogue's models of one provider apart that share an identity but for snapshots and places", () => {
    const seen = new Map<string, string[]>();
    for (const { provider, model } of catalogue.list()) {
      const name = `${provider} ${identityOf(model)}`;
      seen.set(name, [...(seen.get(name) ?? []), model]);
    }
    const shared = [...seen.values()].filter((models) => models.length > 1);
    for (const models of shared) {
      const places = models.every((model) => model.replace(/^global\./, '') === models[0]);
      expect(
        places || models.join().match(/^gpt-4o,gpt-4o-2024-05-13$|^gpt-3.5-turbo,gpt-3.5-turbo-1106$/),
      ).toBeTruthy();
    }
    expect(shared.length).toBeGreaterThan(5);
  });
});

describe("an API key's list of models", () => {
  const catalogue = builtInCatalogue('2026-11-23T00:00:00Z');
  it.each([
    ['gpt-4o', 'openai/gpt-4o-2024-05-13'],
    ['gpt-4o-mini', 'openai/GPT-4o-mini'],
    ['amazon.nova-lite-v1:0', 'bedrock/amazon.nova-lite-v2:0'],
    ['anthropic/claude-sonnet-4', 'anthropic/claude-sonnet-4-5'],
    ['vertex/*', 'bedrock/anthropic.claude-opus-5'],
  ])('%s lets no %s through: in doubt it is another model', (pattern, id) => {
    expect(catalogue.resolve(id).some((each) => matchesModelFilter([pattern], each, id))).toBe(false);
  });
});
