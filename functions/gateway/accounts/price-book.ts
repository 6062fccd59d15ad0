import type { Catalogue } from '../../core/catalogue/models.ts';
import { type PriceOverride, withOverrides, withoutPrices } from '../../core/catalogue/price-overrides.ts';
import { nameOf } from '../../core/errors.ts';
import type { Prices } from '../../core/ports.ts';

/** How long a process serves with the prices it knows: the longest that a change takes to hold everywhere. */
const lifetimeMs = 60_000;
/** How soon it asks again when it could not be told. */
const retryMs = 2_000;

/**
 * The catalogue with the operator's prices, read once a minute and process. Never rejects. Without an answer the last known prices
 * hold; before the first answer no price is known, so that nobody is served on credits at a price that the operator changed.
 */
export function createPriceBook(deps: {
  base: Catalogue;
  prices: Pick<Prices, 'list'>;
  now(): number;
  report(event: string, details: object): void;
}): () => Promise<Catalogue> {
  let known: { text: string; catalogue: Catalogue } | null = null;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let loading: Promise<Catalogue> | null = null;

  const load = async (): Promise<Catalogue> => {
    try {
      const overrides: PriceOverride[] = await deps.prices.list();
      const text = JSON.stringify(overrides);
      // The index of the catalogue is kept as long as nothing changed.
      if (known?.text !== text) known = { text, catalogue: withOverrides(deps.base, overrides) };
      freshUntil = deps.now() + lifetimeMs;
      return known.catalogue;
    } catch (error) {
      deps.report('prices_not_read', { error: nameOf(error) });
      known ??= { text: '', catalogue: withoutPrices(deps.base) };
      freshUntil = deps.now() + retryMs;
      return known.catalogue;
    } finally {
      loading = null;
    }
  };

  return () => {
    if (known !== null && deps.now() < freshUntil) return Promise.resolve(known.catalogue);
    loading ??= load();
    return loading;
  };
}
