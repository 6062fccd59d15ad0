import { createCatalogue } from './catalogue.ts';
import { catalogueData } from './catalogue-data.ts';
import type { Catalogue, ModelOffer, OfferRecord } from './models.ts';

/** The catalogue that Keyway ships, with the prices that hold at `now` (ISO 8601). `names`: the providers that are built in. */
export function builtInCatalogue(now: string, names: string[] = []): Catalogue {
  return createCatalogue(
    Object.entries(catalogueData).flatMap(([provider, records]) =>
      records.map((record) => toOffer(provider, record, now)),
    ),
    names,
  );
}

export function toOffer(provider: string, record: OfferRecord, now: string): ModelOffer {
  const {
    model,
    brand = null,
    kind = 'chat',
    price = null,
    changes,
    maxOutputTokens = null,
    aliases,
    profiles,
  } = record;
  const changed = changes?.findLast((change) => change.from <= now)?.price;
  return {
    id: `${provider}/${model}`,
    provider,
    model,
    brand,
    kind,
    price: changed ?? price,
    maxOutputTokens,
    ...(aliases && { aliases }),
    ...(profiles && { profiles }),
  };
}
