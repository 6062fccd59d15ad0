import * as v from 'valibot';
import { parseUsd } from '../../core/billing/money.ts';
import { usd, whole } from '../schemas.ts';

/** More would not be counted exactly (core/billing/cost.ts). */
const rate = v.pipe(
  usd,
  v.check((value) => (parseUsd(value) ?? 0) <= 1e12, 'must not be more than 1000 USD'),
);
const rates = {
  input_usd_per_million: v.optional(rate),
  output_usd_per_million: v.optional(rate),
  cached_input_usd_per_million: v.optional(rate),
  cache_write_usd_per_million: v.optional(rate),
  audio_input_usd_per_million: v.optional(rate),
  audio_output_usd_per_million: v.optional(rate),
};
const tier = v.strictObject({
  above_tokens: whole(1, 1e9),
  ...rates,
  input_usd_per_million: rate,
  output_usd_per_million: rate,
});
export const priceSet = v.strictObject({
  served: v.optional(v.boolean()),
  ...rates,
  tiers: v.optional(v.pipe(v.array(tier), v.maxLength(10, 'must not hold more than 10 tiers'))),
  max_output_tokens: v.optional(v.nullable(whole(1, 1e9))),
});
