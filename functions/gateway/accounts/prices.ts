import type { Catalogue } from '../../core/catalogue/models.ts';
import {
  type PriceChange,
  type PriceOverride,
  presentOverride,
  toPrice,
} from '../../core/catalogue/price-overrides.ts';
import { listOf, oldestFirst, pageOf } from '../../core/cursor.ts';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Prices } from '../../core/ports.ts';

/** The operator's own prices. They hold in every process within a minute. */
export function createPriceService(deps: { prices: Prices; catalogue: Catalogue; now(): number }) {
  const known = async (id: string): Promise<JsonObject | null> => {
    const found = (await deps.prices.list()).find((override) => override.id === id);
    return found === undefined ? null : presentOverride(found);
  };

  return {
    async put(
      id: string,
      change: PriceChange,
    ): Promise<{ answer: JsonObject; before: JsonObject | null; after: JsonObject }> {
      const [candidate, ...others] = deps.catalogue.resolve(id);
      if (candidate === undefined || others.length > 0 || `${candidate.provider}/${candidate.model}` !== id) {
        throw new GatewayError(
          'validation_error',
          'A price belongs to one model at one provider, <provider>/<model id>.',
          { param: 'id', hint: 'GET /v1/models lists such ids.' },
        );
      }
      if (
        change.served !== false &&
        (change.input_usd_per_million === undefined || change.output_usd_per_million === undefined)
      ) {
        const param = change.input_usd_per_million === undefined ? 'input_usd_per_million' : 'output_usd_per_million';
        throw new GatewayError('validation_error', `${param} is missing.`, {
          param,
          hint: 'Or say "served": false to keep platform credentials from serving the model.',
        });
      }
      const override: PriceOverride = {
        id,
        price: toPrice(change),
        maxOutputTokens: change.max_output_tokens ?? null,
        updatedAt: new Date(deps.now()).toISOString(),
      };
      const before = await known(id);
      await deps.prices.put(override);
      const answer = presentOverride(override);
      return { answer, before, after: answer };
    },

    async remove(id: string): Promise<{ before: JsonObject | null; after: null }> {
      const before = await known(id);
      if (!(await deps.prices.remove(id)))
        throw new GatewayError('not_found', 'There is no price of your own for this model.');
      return { before, after: null };
    },

    async list(limit: number, cursor: string | null): Promise<JsonObject> {
      const page = pageOf(await deps.prices.list(), limit, cursor, oldestFirst);
      return listOf(page.data.map(presentOverride), page.nextCursor);
    },
  };
}
