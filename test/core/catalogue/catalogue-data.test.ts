import { readFileSync } from 'node:fs';
import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../../functions/core/billing/cost.ts';
import { builtInCatalogue, toOffer } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import { compareSources } from '../../../scripts/compare-sources.ts';
import { renderCatalogue } from '../../../scripts/update-catalogue.ts';

const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');

describe('the data', () => {
  it('is what the pinned price library and the list of served models give', () => {
    expect(readFileSync(new URL('../../../functions/core/catalogue/catalogue-data.ts', import.meta.url), 'utf8')).toBe(
      renderCatalogue(),
    );
  });

  it.each([
    ['openai/gpt-4o-mini', 'openai'],
    ['openai/gpt-5.6-sol', 'openai'],
    ['openai/gpt-audio', 'openai'],
    ['vertex/gemini-2.5-pro', 'google'],
    ['vertex/gemini-2.5-flash', 'google'],
    ['vertex/anthropic/claude-sonnet-4-5@20250929', 'google'],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws'],
    ['bedrock/global.anthropic.claude-opus-5', 'aws'],
    ['bedrock/amazon.nova-micro-v1:0', 'aws'],
    ['mistral/mistral-small-2603', 'mistral'],
    ['groq/openai/gpt-oss-120b', 'groq'],
    ['xai/grok-4.5', 'x-ai'],
    ['cerebras/gpt-oss-120b', 'cerebras'],
    ['moonshot/kimi-k3', 'moonshotai'],
    ['zai/glm-5.3', 'zai'],
  ])('charges for %s what the price library reckons, on both sides of a tier', (id, providerId) => {
    const [{ model, offer } = { model: '', offer: null }] = catalogue.resolve(id);
    if (!offer?.price) throw new Error(`${id} has no price.`);
    const { cacheWrite: writes, audioInput } = offer.price;
    for (const prompt of [1000, 250_000, 300_000]) {
      const usage = {
        ...noUsage,
        prompt,
        cached: 400,
        cacheWrite: writes ? 100 : 0,
        audioIn: audioInput ? 50 : 0,
        completion: 700,
      };
      const reckoned = calcPrice(
        {
          input_tokens: prompt,
          cache_read_tokens: usage.cached,
          cache_write_tokens: usage.cacheWrite,
          input_audio_tokens: usage.audioIn,
          cache_audio_read_tokens: 0,
          output_tokens: usage.completion,
        },
        model.replace('anthropic/', ''),
        { providerId, timestamp: new Date('2026-11-23') },
      );
      expect(costOf(usage, offer.price) / 1e9).toBeCloseTo(reckoned?.total_price ?? Number.NaN, 6);
    }
  });

  it('takes the dearest price of the day where prices differ by the hour', () => {
    // https://api-docs.deepseek.com/quick_start/pricing
    const hours = Array.from({ length: 24 }, (_, hour) => new Date(Date.UTC(2026, 10, 23, hour, 30)));
    for (const model of ['deepseek-v4-flash', 'deepseek-v4-pro']) {
      const reckoned = hours.map((timestamp) =>
        calcPrice({ input_tokens: 1000, output_tokens: 700 }, model, { providerId: 'deepseek', timestamp }),
      );
      const dearest = Math.max(...reckoned.map((each) => each?.total_price ?? Number.NaN));
      const price = catalogue.resolve(`deepseek/${model}`)[0]?.offer?.price;
      if (!price) throw new Error(`${model} has no price.`);
      expect(costOf({ ...noUsage, prompt: 1000, completion: 700 }, price) / 1e9).toBeCloseTo(dearest, 6);
    }
  });

  it('leaves a name with the name of a provider before it to that provider', () => {
    for (const { provider, model } of catalogue.list()) {
      const [named = ''] = model.split('/', 1);
      if (!model.includes('/') || named === provider || !catalogue.providers().includes(named)) continue;
      expect([model, catalogue.resolve(model).map((candidate) => candidate.provider)]).not.toEqual([model, [provider]]);
    }
  });

  // https://platform.claude.com/docs/en/models/sonnet-4-5/overview, …/sonnet-5-5/overview, …/sonnet-4-6/overview
  it.each([
    ['claude-sonnet-4-5', { price: { input: 3e9, output: 15e9, cachedInput: 0.3e9, cacheWrite: 3.75e9 } }],
    ['claude-sonnet-4-5', { facts: { end: { on: '2026-11-30', successor: 'anthropic/claude-sonnet-5-5' } } }],
    ['claude-sonnet-5-5', { price: { input: 2e9, output: 10e9, cachedInput: 0.2e9, cacheWrite: 2.5e9 } }],
    ['claude-sonnet-4-6', { maxOutputTokens: 128_000 }],
  ])("says of %s what its maker's page says, where the sources differ", (model, truth) => {
    const offer = catalogue.list().find((each) => each.provider === 'anthropic' && each.model === model);
    expect(offer).toMatchObject(truth);
    if ('price' in truth) expect(offer?.price).toEqual(truth.price);
  });

  it.each(['claude-fable-5-2', 'claude-sonnet-5-5', 'claude-haiku-5-5'])(
    'serves %s with a key of its maker, by its bare name',
    (model) => {
      expect(catalogue.resolve(model).map(({ provider }) => provider)).toContain('anthropic');
    },
  );

  it('names every id once, and every id leads to its offer', () => {
    const ids = catalogue.list().map((offer) => offer.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const offer of catalogue.list()) {
      const { id, provider, model, brand } = offer;
      const found = catalogue.resolve(id);
      // What is the brand, too, is every provider's; the others lead to their offer alone.
      if (found.length > 1) expect(found).toEqual(catalogue.resolve(brand ?? ''));
      expect(found.map(({ offer: _offer, chosen: _chosen, ...rest }) => rest)).toContainEqual({ provider, model });
      expect(found.map((candidate) => candidate.offer)).toContain(offer);
    }
  });

  it('has only whole, plausible prices: costOf reckons with at most 1000 USD per million tokens', () => {
    for (const { id, price, kind } of catalogue.list()) {
      if (price === null) continue;
      const { tiers = [], ...base } = price;
      for (const rate of [base, ...tiers]) {
        for (const value of Object.values(rate))
          expect(Number.isSafeInteger(value) && value >= 0 && value <= 1e12, id).toBe(true);
        expect(rate.input, id).toBeGreaterThan(0);
        if (kind === 'chat') expect(rate.output, id).toBeGreaterThan(0);
      }
    }
  });

  it('changes a price on the day on which the change was announced', () => {
    const record = {
      model: 'm',
      price: { input: 1, output: 2 },
      changes: [{ from: '2027-01-01', price: { input: 3, output: 4 } }],
    };
    expect(toOffer('p', record, '2026-12-31T23:59:59.999Z').price?.input).toBe(1);
    expect(toOffer('p', record, '2027-01-01T00:00:00.000Z').price?.input).toBe(3);
  });
});

describe('what is known of a model', () => {
  // Windows and limits: @pydantic/genai-prices 0.1.8 and https://models.dev.
  it.each([
    ['vertex/gemini-3.8-flash', 1_048_576, 65_536, ['text', 'image', 'file', 'audio', 'video']],
    ['bedrock/anthropic.claude-fable-5-2', 1_000_000, 128_000, ['text', 'image']],
    ['bedrock/deepseek.v3.2', 163_840, 81_920, ['text']],
    ['openai/gpt-6-sol', 1_050_000, 128_000, ['text', 'image']],
    ['openai/gpt-audio', 128_000, 16_384, ['text', 'audio']],
  ])('%s has its window, its limit and its inputs', (id, contextLength, maxOutputTokens, inputs) => {
    const offer = catalogue.resolve(id)[0]?.offer;
    expect([offer?.facts?.contextLength, offer?.maxOutputTokens, offer?.facts?.inputs]).toEqual([
      contextLength,
      maxOutputTokens,
      inputs,
    ]);
  });

  it('is the window for every chat model but those that no source has', () => {
    const without = catalogue.list().filter(({ kind, facts }) => kind === 'chat' && facts?.contextLength === undefined);
    expect(without.map(({ id }) => id)).toEqual([
      'openai/gpt-6.1-sol',
      'openai/gpt-6.1-terra',
      ...['llama-4-maverick-17b-128e-instruct', 'llama-4-scout-17b-16e-instruct', 'llama-3.3-70b-instruct'].map(
        (name) => `vertex/meta/${name}-maas`,
      ),
      'vertex/deepseek-ai/deepseek-v3.1-maas',
      'vertex/openai/gpt-oss-120b-maas',
      'vertex/openai/gpt-oss-20b-maas',
      'together/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8',
      'together/meta-llama/Llama-4-Scout-17B-16E-Instruct',
      'fireworks/accounts/fireworks/models/kimi-k2p6',
    ]);
  });

  it('has no release that lies in the future, and none that is no day', () => {
    for (const { facts } of catalogue.list())
      if (facts?.released !== undefined) expect(facts.released).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
  });
});

describe('retired models', () => {
  const before = builtInCatalogue('2026-10-22T00:00:00.000Z');

  // https://developers.openai.com/api/docs/deprecations and https://firebase.google.com/docs/ai-logic/models
  it.each([
    ['gpt-4', 'openai/gpt-4', 'openai/gpt-5.6-sol'],
    ['o4-mini', 'openai/o4-mini', 'openai/gpt-5.6-terra'],
    ['gemini-2.0-flash', 'vertex/gemini-2.0-flash', 'google/gemini-3.1-flash-lite'],
    ['google/gemini-2.0-flash', 'vertex/gemini-2.0-flash', 'google/gemini-3.1-flash-lite'],
  ])('%s is neither resolved nor guessed, and tells its successor', (id, offer, successor) => {
    expect([catalogue.resolve(id), catalogue.guess(id)]).toEqual([[], []]);
    expect(catalogue.retired(id)).toMatchObject({ id: offer, facts: { end: { successor } } });
  });

  it('are still reached by the id that names their provider, without a price', () => {
    expect(catalogue.resolve('openai/gpt-4')).toMatchObject([
      { provider: 'openai', model: 'gpt-4', offer: { price: null } },
    ]);
    expect(catalogue.retired('openai/gpt-4')).toBeNull();
  });

  it('are served until the day of their end', () => {
    expect(before.resolve('gpt-4')[0]?.offer?.price?.input).toBe(30_000_000_000);
    expect([before.retired('gpt-4'), catalogue.retired('gpt-4o'), catalogue.retired('no-such-model')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('name successors that are served', () => {
    for (const { facts } of catalogue.list())
      if (facts?.end) expect(catalogue.resolve(facts.end.successor), facts.end.successor).not.toEqual([]);
  });
});

describe('the comparison of two sources', () => {
  it('prints each number that they give differently, and what the second does not know', () => {
    const price = { input: 2e9, output: 1e10, cachedInput: 2e8 };
    const records = [
      { model: 'a', contextLength: 1000, maxOutputTokens: 10, price },
      { model: 'b', price },
    ];
    const cost = { input: 2, output: 11, cacheRead: 0, cacheWrite: 0 };
    expect(compareSources({ openai: records }, { 'openai/a': { context: 2000, output: 10, cost } })).toEqual([
      'openai/a: context 1000, second source 2000',
      'openai/a: output USD 10, second source 11',
      'openai/b: the second source does not know it',
    ]);
  });
});
