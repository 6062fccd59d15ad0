import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { identityOf, identityPattern, isModelId } from '../../../functions/core/catalogue/model-names.ts';

const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');

describe('what may be the id of a model', () => {
  test.each([
    'gpt-4o-mini',
    'openai/ft:gpt-4o-mini-2024-07-18:acme::abc123',
    'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
    'vertex/anthropic/claude-sonnet-4-5@20250929',
    'vertex/projects/p-1/locations/us-central1/endpoints/123',
    'bedrock/eu.amazon.nova-lite-v1:0:300k',
    'o3',
    'a'.repeat(300),
  ])('%s may', (id) => expect(isModelId(id)).toBe(true));

  test.each([
    '',
    'openai/*',
    '*',
    'a#b',
    'a b',
    'a\nb',
    'a\0',
    'a?b',
    'a%2fb',
    'a\\b',
    'ä',
    '-a',
    '/a',
    'openai/../x',
    'openai/.',
    'openai/..',
    '..',
    'openai/a/../../b',
    'a'.repeat(301),
  ])('%j may not', (id) => {
    expect(isModelId(id)).toBe(false);
    expect(catalogue.resolve(id)).toEqual([]);
    expect(catalogue.guess(`gpt-${id}#`)).toEqual([]);
  });

  it('is said of every id of the catalogue', () => {
    for (const { id, brand, aliases = [] } of catalogue.list())
      for (const each of [id, ...(brand === null ? [] : [brand]), ...aliases]) expect(isModelId(each)).toBe(true);
  });
});

describe('the identity of a model', () => {
  test.each([
    ['claude-sonnet-4-5', 'anthropic/claude-sonnet-4.5'],
    ['claude-sonnet-4-5', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4-5', 'US.Anthropic.Claude-Sonnet-4-5-20250929-V1:0'],
    ['claude-sonnet-4-5', 'vertex/anthropic/claude-sonnet-4-5@20250929'],
    ['claude-3-5-sonnet', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['gpt-4', 'gpt-4-0613'],
    ['gemini-2-5-flash-preview', 'gemini-2.5-flash-preview-09-2025'],
    ['gemini-2-0-flash', 'gemini-2.0-flash-001'],
    ['titan-embed-text-v2', 'amazon.titan-embed-text-v2:0'],
    ['llama-3-3-70b-instruct', 'vertex/meta/llama-3.3-70b-instruct-maas'],
    ['gpt-4-1', 'gpt-4.1'],
  ])('%s is that of %s', (identity, id) => expect(identityOf(id)).toBe(identity));

  it('survives every decoration, however many', () => {
    const before = fc.constantFrom(
      '',
      'us.',
      'global.',
      'anthropic.',
      'eu.anthropic.',
      'anthropic/',
      'bedrock/us.anthropic.',
    );
    const after = fc.constantFrom(
      '',
      '-v1',
      '-v1:0',
      '@default',
      '-latest',
      '-20250929',
      '-2025-09-29',
      '-20250929-v2:0',
      ':0:300k',
      '-001',
    );
    fc.assert(
      fc.property(before, after, fc.boolean(), (prefix, suffix, loud) => {
        const id = `${prefix}claude-sonnet-4-5${suffix}`;
        expect(identityOf(loud ? id.toUpperCase() : id)).toBe('claude-sonnet-4-5');
      }),
    );
  });

  test.each([
    ['us.amazon.nova-*', 'nova-*'],
    ['*-v1:0', '*'],
    ['claude-*-4-5*', 'claude-*-4-5*'],
    ['openai/*', null],
    ['US.Amazon.Nova-*', 'nova-*'],
    ['*', '*'],
    ['gpt-4o-2024-05-13', 'gpt-4o'],
  ])('of the pattern %s is %s', (pattern, identity) => expect(identityPattern(pattern)).toBe(identity));
});

describe('bare names that clients send', () => {
  const targets = (id: string) => catalogue.resolve(id).map(({ provider, model }) => `${provider} ${model}`);
  const sonnet = [
    'bedrock anthropic.claude-sonnet-4-5-20250929-v1:0',
    'vertex anthropic/claude-sonnet-4-5@20250929',
    'anthropic claude-sonnet-4-5',
  ];
  const haiku = [
    'bedrock anthropic.claude-haiku-4-5-20251001-v1:0',
    'vertex anthropic/claude-haiku-4-5@20251001',
    'anthropic claude-haiku-4-5',
  ];
  const opus = [
    'bedrock anthropic.claude-opus-4-1-20250805-v1:0',
    'vertex anthropic/claude-opus-4-1@20250805',
    'anthropic claude-opus-4-1',
  ];
  const first = ['bedrock anthropic.claude-sonnet-4-20250514-v1:0', 'vertex anthropic/claude-sonnet-4@20250514'];
  test.each([
    ['claude-sonnet-4-5', sonnet],
    ['claude-sonnet-4-5-20250929', sonnet],
    ['claude-sonnet-4-5-latest', sonnet],
    ['claude-haiku-4-5', haiku],
    ['claude-haiku-4-5-20251001', haiku],
    ['claude-opus-4-1', opus],
    ['claude-opus-4-1-20250805', opus],
    ['claude-sonnet-4-20250514', first],
    ['claude-sonnet-4-0', first],
    ['gpt-5.1', ['openai gpt-5.1']],
  ])('%s resolves to every provider that serves it', (id, expected) => expect(targets(id)).toEqual(expected));

  it('names every brand of the catalogue at all of its providers', () => {
    for (const { brand } of catalogue.list()) {
      if (brand === null) continue;
      expect(targets(brand.slice(brand.indexOf('/') + 1))).toEqual(targets(brand));
    }
  });

  test.each([
    ['gpt-7', ['openai gpt-7']],
    ['o9-mini', ['openai o9-mini']],
    ['chatgpt-4o-latest', ['openai chatgpt-4o-latest']],
    ['text-embedding-4', ['openai text-embedding-4']],
    ['gemini-9-pro', ['vertex gemini-9-pro', 'gemini gemini-9-pro']],
    ['google/gemini-9-pro', ['vertex gemini-9-pro', 'gemini gemini-9-pro']],
    ['claude-next-7', ['bedrock anthropic.claude-next-7', 'vertex anthropic/claude-next-7', 'anthropic claude-next-7']],
    [
      'anthropic/claude-next-7',
      ['bedrock anthropic.claude-next-7', 'vertex anthropic/claude-next-7', 'anthropic claude-next-7'],
    ],
    [
      'claude-3-5-haiku-latest',
      [
        'bedrock anthropic.claude-3-5-haiku-20241022-v1:0',
        'vertex anthropic/claude-3-5-haiku@20241022',
        'anthropic claude-3-5-haiku-latest',
      ],
    ],
    [
      'claude-3-5-sonnet-20241022',
      [
        'bedrock anthropic.claude-3-5-sonnet-20241022-v2:0',
        'vertex anthropic/claude-3-5-sonnet-v2@20241022',
        'anthropic claude-3-5-sonnet-20241022',
      ],
    ],
    [
      'claude-3-5-sonnet-20240620',
      [
        'bedrock anthropic.claude-3-5-sonnet-20240620-v1:0',
        'vertex anthropic/claude-3-5-sonnet@20240620',
        'anthropic claude-3-5-sonnet-20240620',
      ],
    ],
    [
      'claude-opus-4-0',
      [
        'bedrock anthropic.claude-opus-4-20250514-v1:0',
        'vertex anthropic/claude-opus-4@20250514',
        'anthropic claude-opus-4-0',
      ],
    ],
    ['mistral-9', []],
    ['open', []],
    ['my/gpt-7', []],
    ['google/gpt-7', []],
  ])('%s is guessed by its family, without a price', (id, expected) => {
    expect(catalogue.resolve(id)).toEqual([]);
    expect(catalogue.guess(id).map(({ provider, model }) => `${provider} ${model}`)).toEqual(expected);
    for (const { offer } of catalogue.guess(id)) expect(offer).toBeNull();
  });
});
