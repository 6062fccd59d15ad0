import { formatUsd, parseUsd } from '../billing/money.ts';
import type { JsonObject } from '../json.ts';
import { createCatalogue } from './catalogue.ts';
import type { Catalogue, ModelOffer, Price } from './models.ts';

/** What the operator says about the price of one model. */
export interface PriceOverride {
  /** `<provider>/<model>`, the model spelt as its provider is called. */
  id: string;
  /** Null: platform credentials do not serve the model. */
  price: Price | null;
  maxOutputTokens: number | null;
  updatedAt: string;
}

/** The catalogue with the operator's prices: they replace known ones, and make other models known. */
export function withOverrides(catalogue: Catalogue, overrides: PriceOverride[]): Catalogue {
  if (overrides.length === 0) return catalogue;
  const byId = new Map(overrides.map((override) => [override.id, override]));
  const known = catalogue.list().map((offer): ModelOffer => {
    const override = byId.get(offer.id);
    byId.delete(offer.id);
    return override === undefined
      ? offer
      : { ...offer, price: override.price, maxOutputTokens: override.maxOutputTokens ?? offer.maxOutputTokens };
  });
  const added = [...byId.values()].map(({ id, price, maxOutputTokens }): ModelOffer => {
    const slash = id.indexOf('/');
    return {
      id,
      provider: id.slice(0, slash),
      model: id.slice(slash + 1),
      brand: null,
      // Nothing else tells: every provider names its embedding models so.
      kind: /embed/i.test(id) ? 'embeddings' : 'chat',
      price,
      maxOutputTokens,
    };
  });
  return createCatalogue([...known, ...added], catalogue.providers());
}

/** The catalogue while nobody knows what the operator wants: nothing is served on credits. */
export function withoutPrices(catalogue: Catalogue): Catalogue {
  return createCatalogue(
    catalogue.list().map((offer) => ({ ...offer, price: null })),
    catalogue.providers(),
  );
}

/** The fields of a rate in the API and in `Price`. */
const rateFields = {
  input_usd_per_million: 'input',
  output_usd_per_million: 'output',
  cached_input_usd_per_million: 'cachedInput',
  cache_write_usd_per_million: 'cacheWrite',
  audio_input_usd_per_million: 'audioInput',
  audio_output_usd_per_million: 'audioOutput',
} as const;

export type RateField = keyof typeof rateFields;
/** Amounts in USD as text, already checked; input and output are there. */
export type RateChange = Partial<Record<RateField, string>>;

export interface PriceChange extends RateChange {
  served?: boolean;
  tiers?: (RateChange & { above_tokens: number })[];
  max_output_tokens?: number | null;
}

/** Null: the change says that the model is not to be served. */
export function toPrice(change: PriceChange): Price | null {
  if (change.served === false) return null;
  const tiers = change.tiers
    ?.map((tier) => ({ above: tier.above_tokens, ...toRate(tier) }))
    .sort((a, b) => a.above - b.above);
  return { ...toRate(change), ...(tiers && tiers.length > 0 && { tiers }) };
}

function toRate(change: RateChange): Omit<Price, 'tiers'> {
  const rate: Omit<Price, 'tiers'> = { input: 0, output: 0 };
  for (const [field, name] of Object.entries(rateFields)) {
    const amount = parseUsd(change[field as RateField] ?? '');
    if (amount !== null) rate[name] = amount;
  }
  return rate;
}

/** The answer of the operator's endpoints. */
export function presentOverride({ id, price, maxOutputTokens, updatedAt }: PriceOverride): JsonObject {
  return {
    object: 'price',
    id,
    served: price !== null,
    ...(price && presentRate(price)),
    ...(price?.tiers && { tiers: price.tiers.map((tier) => ({ above_tokens: tier.above, ...presentRate(tier) })) }),
    max_output_tokens: maxOutputTokens,
    updated_at: updatedAt,
  };
}

function presentRate(rate: Omit<Price, 'tiers'>): JsonObject {
  return Object.fromEntries(
    Object.entries(rateFields).flatMap(([field, name]) =>
      rate[name] === undefined ? [] : [[field, formatUsd(rate[name])]],
    ),
  );
}
