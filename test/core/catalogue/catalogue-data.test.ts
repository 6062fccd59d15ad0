import { readFileSync } from 'node:fs';
import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../../functions/core/billing/cost.ts';
import { builtInCatalogue, toOffer } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
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
