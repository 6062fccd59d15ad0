import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { createCatalogue } from '../../../functions/core/catalogue/catalogue.ts';
import type { Candidate, ModelOffer } from '../../../functions/core/catalogue/models.ts';

const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');

function targets(id: string): string[] {
  return catalogue.resolve(id).map(({ provider, model }) => `${provider} ${model}`);
}

function only(candidates: Candidate[]): Candidate {
  const [first] = candidates;
  if (candidates.length !== 1 || !first) throw new Error(`Expected one candidate, not ${candidates.length}.`);
  return first;
}

describe('an id with a provider', () => {
  it.each([
    ['openai/gpt-4o-mini', 'openai', 'gpt-4o-mini'],
    ['openai/gpt-4o', 'openai', 'gpt-4o'],
    ['openai/text-embedding-3-small', 'openai', 'text-embedding-3-small'],
    ['bedrock/amazon.nova-lite-v1:0', 'bedrock', 'amazon.nova-lite-v1:0'],
    ['bedrock/amazon.titan-embed-text-v2:0', 'bedrock', 'amazon.titan-embed-text-v2:0'],
    ['bedrock/cohere.embed-english-v3', 'bedrock', 'cohere.embed-english-v3'],
    ['vertex/gemini-2.5-flash', 'vertex', 'gemini-2.5-flash'],
    ['vertex/gemini-embedding-001', 'vertex', 'gemini-embedding-001'],
    ['vertex/gemini-embedding-2', 'vertex', 'gemini-embedding-2'],
    ['vertex/anthropic/claude-sonnet-4-5@20250929', 'vertex', 'anthropic/claude-sonnet-4-5@20250929'],
  ])('%s names one model with a price', (id, provider, model) => {
    const candidate = only(catalogue.resolve(id));
    expect(candidate).toMatchObject({ provider, model, offer: { id } });
    expect(candidate.offer?.price?.input).toBeGreaterThan(0);
  });

  it.each([
    ['openai/kit-unknown-model', 'openai', 'kit-unknown-model'],
    ['bedrock/kit.unknown-model-v1:0', 'bedrock', 'kit.unknown-model-v1:0'],
    ['vertex/kit-unknown-model', 'vertex', 'kit-unknown-model'],
    ['vertex/some-publisher/some-model', 'vertex', 'some-publisher/some-model'],
    ['openai/ft:gpt-4o-mini-2024-07-18:acme::abc123', 'openai', 'ft:gpt-4o-mini-2024-07-18:acme::abc123'],
    ['openai/ft:gpt-4o-mini:acme::123', 'openai', 'ft:gpt-4o-mini:acme::123'],
    [
      'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
      'bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
    ],
    ['bedrock/amazon.nova-lite-v2:0', 'bedrock', 'amazon.nova-lite-v2:0'],
    ['bedrock/amazon.titan-embed-text', 'bedrock', 'amazon.titan-embed-text'],
    ['openai/gpt-4o-mini-search-preview', 'openai', 'gpt-4o-mini-search-preview'],
  ])('%s passes through without a price', (id, provider, model) => {
    expect(catalogue.resolve(id)).toEqual([{ provider, model, offer: null }]);
  });

  it.each([
    ['openai/gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
    ['openai/gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
    ['bedrock/us.amazon.nova-lite-v1:0', 'bedrock/amazon.nova-lite-v1:0'],
    ['bedrock/amazon.nova-lite-v1', 'bedrock/amazon.nova-lite-v1:0'],
    ['bedrock/eu.amazon.nova-lite-v1:0:300k', 'bedrock/amazon.nova-lite-v1:0'],
    ['bedrock/us.anthropic.claude-opus-4-6-v1:0', 'bedrock/anthropic.claude-opus-4-6-v1'],
    ['bedrock/global.anthropic.claude-opus-4-6-v1:0', 'bedrock/global.anthropic.claude-opus-4-6-v1'],
    [
      'bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0',
      'bedrock/anthropic.claude-sonnet-4-20250514-v1:0',
    ],
    ['bedrock/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0', 'bedrock/amazon.nova-pro-v1:0'],
    ['bedrock/openai.gpt-oss-120b-1:0', 'bedrock/openai.gpt-oss-120b-1:0'],
    ['vertex/google/gemini-2.5-flash', 'vertex/gemini-2.5-flash'],
    ['vertex/gemini-2.0-flash-001', 'vertex/gemini-2.0-flash'],
    ['vertex/anthropic/claude-opus-4-6@default', 'vertex/anthropic/claude-opus-4-6'],
  ])('%s is called as it stands, at the price of %s', (id, offer) => {
    const candidate = only(catalogue.resolve(id));
    expect(`${candidate.provider}/${candidate.model}`).toBe(id);
    expect(candidate.offer?.id).toBe(offer);
    expect(candidate.chosen).toBeUndefined();
  });

  it('costs more through a geography than through global inference', () => {
    const regional = only(catalogue.resolve('bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0'));
    const global = only(catalogue.resolve('bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0'));
    expect([regional.offer?.price?.input, global.offer?.price?.input]).toEqual([3_300_000_000, 3_000_000_000]);
  });

  it.each(['openai/', 'vertex/', 'nobody/gpt-4o', '', '/', 'anthropic/claude-no-such', 'no-such-model'])(
    '%j is unknown',
    (id) => {
      expect(catalogue.resolve(id)).toEqual([]);
    },
  );

  it('never names an empty model or a provider that does not exist, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `bedrock/${rest}`),
        ),
        (id) => {
          for (const { provider, model } of catalogue.resolve(id)) {
            expect(model).not.toBe('');
            expect(catalogue.providers()).toContain(provider);
          }
        },
      ),
    );
  });
});

describe('an id with a brand', () => {
  it.each([
    [
      'anthropic/claude-sonnet-4-5',
      [
        'bedrock anthropic.claude-sonnet-4-5-20250929-v1:0',
        'vertex anthropic/claude-sonnet-4-5@20250929',
        'anthropic claude-sonnet-4-5',
      ],
    ],
    [
      'anthropic/claude-sonnet-4-5-20250929',
      [
        'bedrock anthropic.claude-sonnet-4-5-20250929-v1:0',
        'vertex anthropic/claude-sonnet-4-5@20250929',
        'anthropic claude-sonnet-4-5',
      ],
    ],
    [
      'anthropic/claude-sonnet-4.5',
      [
        'bedrock anthropic.claude-sonnet-4-5-20250929-v1:0',
        'vertex anthropic/claude-sonnet-4-5@20250929',
        'anthropic claude-sonnet-4-5',
      ],
    ],
    [
      'claude-opus-4-6',
      ['bedrock anthropic.claude-opus-4-6-v1', 'vertex anthropic/claude-opus-4-6', 'anthropic claude-opus-4-6'],
    ],
    ['amazon/nova-lite', ['bedrock amazon.nova-lite-v1:0']],
    ['google/gemini-2.5-flash', ['vertex gemini-2.5-flash', 'gemini gemini-2.5-flash']],
    ['gemini-2.5-flash', ['vertex gemini-2.5-flash', 'gemini gemini-2.5-flash']],
    [
      'meta/llama-3.3-70b-instruct',
      ['bedrock meta.llama3-3-70b-instruct-v1:0', 'vertex meta/llama-3.3-70b-instruct-maas'],
    ],
    ['openai/gpt-oss-120b', ['bedrock openai.gpt-oss-120b-1:0', 'vertex openai/gpt-oss-120b-maas']],
    ['cohere/embed-v4', ['bedrock cohere.embed-v4:0']],
    ['gpt-4o-mini', ['openai gpt-4o-mini']],
    ['amazon.nova-lite-v1:0', ['bedrock amazon.nova-lite-v1:0']],
  ])('%s is tried at %j', (id, expected) => {
    expect(targets(id)).toEqual(expected);
  });

  it.each([
    ['us-east-1', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
    ['eu-central-1', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
    ['ap-northeast-1', 'jp.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
    ['ap-southeast-2', 'au.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
    ['ap-south-1', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_000_000_000],
    ['sa-east-1', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_000_000_000],
    ['us-gov-west-1', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
    [null, 'anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000_000],
  ])('gets from %s the inference profile %s with its price', (region, model, input) => {
    const [candidate] = catalogue.resolve('anthropic/claude-sonnet-4-5');
    if (!candidate) throw new Error('The catalogue does not know the brand.');
    const called = catalogue.inRegion(candidate, region);
    expect(called.model).toBe(model);
    expect(called.offer?.price?.input).toBe(input);
  });

  it.each([
    ['amazon/nova-lite', 'ap-southeast-1', 'apac.amazon.nova-lite-v1:0'],
    ['amazon/nova-lite', 'ap-northeast-1', 'apac.amazon.nova-lite-v1:0'],
    ['amazon/nova-lite', 'ca-central-1', 'amazon.nova-lite-v1:0'],
    ['openai/gpt-oss-120b', 'eu-west-1', 'openai.gpt-oss-120b-1:0'],
    ['bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-east-1', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['google/gemini-2.5-flash', 'us-central1', 'gemini-2.5-flash'],
  ])('%s from %s is called as %s', (id, region, model) => {
    const [candidate] = catalogue.resolve(id);
    if (!candidate) throw new Error('The catalogue does not know the id.');
    expect(catalogue.inRegion(candidate, region).model).toBe(model);
  });
});

describe('near matches', () => {
  it.each([
    ['gpt-4o-mni', 'gpt-4o-mini'],
    ['GPT-4o-mini', 'gpt-4o-mini'],
    ['anthropic/claude-sonet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['gemini-2.5-flsh', 'gemini-2.5-flash'],
  ])('of %s begin with %s', (id, expected) => {
    expect(catalogue.near(id)[0]).toBe(expected);
  });

  it('are at most five, all of them known, and few for a long text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (id) => {
        const near = catalogue.near(id);
        expect(near.length).toBeLessThanOrEqual(5);
        for (const name of near) expect(catalogue.resolve(name)).not.toEqual([]);
      }),
    );
    expect(catalogue.near('x'.repeat(1_000_000))).toEqual([]);
    expect(catalogue.near('no-such-model-at-all')).toEqual([]);
  });
});

it('keeps offers of one brand in their order and gives ambiguous short names no price', () => {
  const offer = (provider: string, model: string, brand: string | null): ModelOffer => ({
    id: `${provider}/${model}`,
    provider,
    model,
    brand,
    kind: 'chat',
    price: null,
    maxOutputTokens: null,
  });
  const small = createCatalogue([
    offer('b', 'x-v1:0', 'brand/x'),
    offer('a', 'x', 'brand/x'),
    offer('b', 'x-v2:0', null),
  ]);
  expect(small.resolve('brand/x').map(({ provider }) => provider)).toEqual(['b', 'a']);
  expect(small.resolve('b/x-v1')[0]?.offer?.id).toBe('b/x-v1:0');
  expect(small.resolve('b/x')[0]?.offer).toBeNull();
});
