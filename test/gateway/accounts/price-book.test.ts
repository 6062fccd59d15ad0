import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../functions/core/catalogue/catalogue.ts';
import type { ModelOffer } from '../../../functions/core/catalogue/models.ts';
import { createPriceBook } from '../../../functions/gateway/accounts/price-book.ts';
import { createPriceService } from '../../../functions/gateway/accounts/prices.ts';
import { createPrices } from '../../../functions/stores/config/prices.ts';
import { openTables, type Tables } from '../../stores/tables.ts';

const offer: ModelOffer = {
  id: 'openai/small',
  provider: 'openai',
  model: 'small',
  brand: null,
  kind: 'chat',
  price: { input: 1e9, output: 2e9 },
  maxOutputTokens: 100,
};
const base = createCatalogue([offer]);

describe("the operator's prices", () => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables();
  });
  afterAll(() => tables.close());

  const open = () => {
    const prices = createPrices(tables.client, tables.config);
    const clock = { now: 0 };
    const seen = { reads: 0, fails: false, reports: [] as string[] };
    const list = () => {
      seen.reads++;
      return seen.fails ? Promise.reject(new Error('throttled')) : prices.list();
    };
    const book = createPriceBook({
      base,
      prices: { list },
      now: () => clock.now,
      report: (event) => seen.reports.push(event),
    });
    const priceOf = async (id: string) => (await book()).resolve(id)[0]?.offer?.price ?? null;
    return { prices, service: createPriceService({ prices, catalogue: base, now: () => 0 }), clock, seen, priceOf };
  };

  it('hold within a minute, are read once in it, and can be taken back', async () => {
    const { service, clock, seen, priceOf } = open();
    expect(await priceOf('openai/small')).toEqual({ input: 1e9, output: 2e9 });
    await service.put('openai/small', {
      input_usd_per_million: '3',
      output_usd_per_million: '4.5',
      tiers: [{ above_tokens: 10, input_usd_per_million: '6', output_usd_per_million: '9' }],
    });
    clock.now = 59_999;
    expect(await priceOf('openai/small')).toEqual({ input: 1e9, output: 2e9 });
    expect(seen.reads).toBe(1);
    clock.now = 60_000;
    expect(await priceOf('openai/small')).toEqual({
      input: 3e9,
      output: 4.5e9,
      tiers: [{ above: 10, input: 6e9, output: 9e9 }],
    });
    await service.remove('openai/small');
    clock.now = 120_000;
    expect(await priceOf('openai/small')).toEqual({ input: 1e9, output: 2e9 });
    await expect(service.remove('openai/small')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('make a model known that the catalogue does not know, and keep another from being served', async () => {
    const { service, priceOf, prices } = open();
    await service.put('openai/tuned:of-ours', {
      input_usd_per_million: '1',
      output_usd_per_million: '2',
      max_output_tokens: 50,
    });
    await service.put('openai/small', { served: false });
    expect(await priceOf('openai/tuned:of-ours')).toEqual({ input: 1e9, output: 2e9 });
    expect(await priceOf('openai/small')).toBeNull();
    expect(await service.list(1, null)).toMatchObject({
      data: [{ id: 'openai/small', served: false }],
      next_cursor: 'openai/small',
    });
    expect(await service.list(20, 'openai/small')).toMatchObject({
      data: [
        {
          id: 'openai/tuned:of-ours',
          served: true,
          input_usd_per_million: '1.0000000',
          output_usd_per_million: '2.0000000',
          max_output_tokens: 50,
        },
      ],
      next_cursor: null,
    });
    for (const { id } of await prices.list()) await prices.remove(id);
  });

  it.each<[string, string, object, string]>([
    ['a name that no provider has', 'gpt-unknown', { served: false }, 'id'],
    ['a short name', 'small', { served: false }, 'id'],
    ['no price for the input', 'openai/small', { output_usd_per_million: '1' }, 'input_usd_per_million'],
    ['no price for the output', 'openai/small', { input_usd_per_million: '1' }, 'output_usd_per_million'],
  ])('are refused with %s', async (_name, id, change, param) => {
    await expect(open().service.put(id, change)).rejects.toMatchObject({
      code: 'validation_error',
      details: { param },
    });
  });

  it('stay as they were known when they cannot be read', async () => {
    const { service, clock, seen, priceOf } = open();
    await service.put('openai/small', { input_usd_per_million: '3', output_usd_per_million: '4' });
    await priceOf('openai/small');
    seen.fails = true;
    clock.now = 60_000;
    expect(await priceOf('openai/small')).toEqual({ input: 3e9, output: 4e9 });
    expect(seen.reports).toEqual(['prices_not_read']);
    await service.remove('openai/small');
  });

  it('are taken for unknown until they were read once: nobody is charged by guess', async () => {
    const { clock, seen, priceOf } = open();
    seen.fails = true;
    expect(await priceOf('openai/small')).toBeNull();
    seen.fails = false;
    clock.now = 2000;
    expect(await priceOf('openai/small')).toEqual({ input: 1e9, output: 2e9 });
  });

  it('are read once by requests that come together', async () => {
    const { seen, priceOf } = open();
    await Promise.all([priceOf('openai/small'), priceOf('openai/small'), priceOf('openai/small')]);
    expect(seen.reads).toBe(1);
  });
});
