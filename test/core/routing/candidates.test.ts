import { describe, expect, it, test } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { withOverrides } from '../../../functions/core/catalogue/price-overrides.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import { candidatesOf, refuseWrongKind } from '../../../functions/core/routing/candidates.ts';
import { modelOffer, providerKey } from '../samples.ts';

const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');

function refusal(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('a model of the wrong kind', () => {
  test.each([
    ['openai/gpt-4o-mini', 'embed'],
    ['openai/gpt-4o-mini-2024-07-18', 'embed'],
    ['gpt-4o-mini', 'embed'],
    ['bedrock/us.amazon.nova-lite-v1:0', 'embed'],
    ['anthropic/claude-sonnet-4-5', 'embed'],
    ['openai/text-embedding-3-small', 'answer'],
    ['openai/text-embedding-3-small', 'count'],
    ['cohere/embed-v4', 'answer'],
    ['vertex/gemini-embedding-001', 'answer'],
  ] as const)('%s is refused for %s before any call', (id, operation) => {
    const error = refusal(() => refuseWrongKind(catalogue.resolve(id), operation));
    expect([error.status, error.code, error.details.param]).toEqual([422, 'validation_error', 'model']);
    expect(error.details.shouldRetry).toBe(false);
    expect(error.message).toContain(operation === 'embed' ? 'answers chats' : 'makes embeddings');
  });

  test.each([
    ['openai/gpt-4o-mini', 'answer'],
    ['openai/gpt-4o-mini', 'count'],
    ['anthropic/claude-sonnet-4-5', 'answer'],
    ['openai/text-embedding-3-small', 'embed'],
    ['openai/some-model-of-tomorrow', 'embed'],
    ['openai/some-model-of-tomorrow', 'answer'],
  ] as const)('%s goes through for %s', (id, operation) => {
    const candidates = catalogue.resolve(id);
    expect(refuseWrongKind(candidates, operation)).toEqual(candidates);
  });

  it('is left out where another candidate is of the right kind', () => {
    const chat = { provider: 'a', model: 'm', offer: modelOffer({ provider: 'a', kind: 'chat' }) };
    const embeddings = { provider: 'b', model: 'm', offer: modelOffer({ provider: 'b', kind: 'embeddings' }) };
    expect(refuseWrongKind([chat, embeddings], 'answer')).toEqual([chat]);
    expect(refuseWrongKind([chat, embeddings], 'embed')).toEqual([embeddings]);
    expect(refuseWrongKind([], 'embed')).toEqual([]);
  });

  test.each([
    ['openai/text-embedding-4-tiny', 'embed'],
    ['bedrock/eu.cohere.Embed-v5:0', 'embed'],
    ['openai/gpt-7', 'answer'],
  ] as const)('is told by its name where only the operator knows it: %s is there to %s', (id, operation) => {
    const price = { input: 1e6, output: 0 };
    const priced = withOverrides(catalogue, [{ id, price, maxOutputTokens: null, updatedAt: '2026-11-23T00:00:00Z' }]);
    const candidates = priced.resolve(id);
    expect(candidates[0]?.offer?.price).toEqual(price);
    expect(refuseWrongKind(candidates, operation)).toEqual(candidates);
    expect(refusal(() => refuseWrongKind(candidates, operation === 'embed' ? 'answer' : 'embed')).status).toBe(422);
  });
});

describe('an id that the catalogue does not know', () => {
  const keys = [providerKey('a', { provider: 'bedrock' }), providerKey('b', { provider: 'vertex', enabled: false })];
  const targets = (id: string, own = keys) =>
    candidatesOf(id, 'answer', catalogue, own).map(({ provider, model }) => `${provider} ${model}`);

  it('goes by its family to the providers of enabled own keys, and nowhere without one', () => {
    expect(targets('claude-3-5-haiku-latest')).toEqual(['bedrock anthropic.claude-3-5-haiku-20241022-v1:0']);
    expect(targets('claude-3-5-haiku-latest', [])).toEqual([]);
    expect(targets('gpt-4o-mni')).toEqual([]);
  });

  it('is never guessed about when the catalogue knows it', () => {
    expect(targets('claude-sonnet-4-5', [])).toHaveLength(3);
    expect(refusal(() => candidatesOf('gpt-4o-mini', 'embed', catalogue, [])).status).toBe(422);
  });
});
