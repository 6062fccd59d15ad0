import type { OfferRecord, Price } from '../functions/core/catalogue/models.ts';
import type { FactsCost, ModelFacts } from './sources.ts';

const rates = { input: 'input', output: 'output', cachedInput: 'cacheRead', cacheWrite: 'cacheWrite' } as const;

/** Every number that the catalogue and the second source give differently, one a line, and what only one of them knows. */
export function compareSources(catalogue: Record<string, OfferRecord[]>, facts: Record<string, ModelFacts>): string[] {
  return Object.entries(catalogue).flatMap(([provider, records]) =>
    records.flatMap((record) => {
      const id = `${provider}/${record.model}`;
      // A regional price is compared with the region's.
      const profile = record.profiles?.[0];
      const other = (profile && facts[`${provider}/${profile}.${record.model}`]) || facts[id];
      if (other === undefined) return [`${id}: the second source does not know it`];
      return [
        ...differ(id, 'context', record.contextLength, other.context),
        ...differ(id, 'output', record.maxOutputTokens, other.output),
        ...(record.price && other.cost ? compareRates(id, record.price, other.cost) : []),
      ];
    }),
  );
}

function compareRates(id: string, price: Price, cost: FactsCost): string[] {
  const tiers = (price.tiers?.length ?? 0) === (cost.tiers?.length ?? 0) ? [] : [`${id}: price tiers differ`];
  const single = Object.entries(rates).flatMap(([ours, theirs]) => {
    const usd = price[ours as keyof typeof rates];
    // The second source writes 0 for what it does not know.
    return cost[theirs] === 0
      ? []
      : differ(id, `${theirs} USD`, usd === undefined ? undefined : usd / 1e9, cost[theirs]);
  });
  return [...single, ...tiers];
}

function differ(id: string, what: string, ours: number | undefined, theirs: number | undefined): string[] {
  if (ours === undefined || theirs === undefined || ours === theirs) return [];
  return [`${id}: ${what} ${ours}, second source ${theirs}`];
}
