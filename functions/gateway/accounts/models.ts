import { formatUsd } from '../../core/billing/money.ts';
import type { Catalogue, ModelOffer } from '../../core/catalogue/models.ts';
import { listOf } from '../../core/cursor.ts';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/**
 * Every model of the catalogue, under the name of its brand and under each provider's own. All on one page unless `limit` says otherwise:
 * OpenAI's clients do not ask for a second one. Throws `validation_error` for a cursor that is no listed id.
 */
export function listModels(catalogue: Catalogue, limit: number | null, cursor: string | null): JsonObject {
  const offers = catalogue.list();
  const brands = new Map<string, ModelOffer>();
  for (const offer of offers) if (offer.brand !== null && !brands.has(offer.brand)) brands.set(offer.brand, offer);
  const models = [
    ...[...brands].map(([id, offer]) => present(id, offer)),
    // A maker's own offer may bear the name of the brand.
    ...offers.filter(({ id }) => !brands.has(id)).map((offer) => present(offer.id, offer)),
  ];
  const last = cursor === null ? -1 : models.findIndex(({ id }) => id === cursor);
  if (cursor !== null && last < 0)
    throw new GatewayError('validation_error', 'cursor must be a next_cursor of an earlier answer.', {
      param: 'cursor',
      shouldRetry: false,
    });
  const page = models.slice(last + 1, limit === null ? undefined : last + 1 + limit);
  return listOf(page, last + 1 + page.length < models.length ? String(page.at(-1)?.id) : null);
}

/** The refusal of an id that the catalogue does not know, with near matches. */
export function unknownModel(id: string, catalogue: Catalogue): GatewayError {
  const near = catalogue.near(id);
  return new GatewayError(
    'model_not_found',
    `There is no model ${JSON.stringify(id.slice(0, 200))}.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`,
    {
      param: 'model',
      hint: 'GET /v1/models lists the models; <provider>/<model id> reaches any other model of a provider.',
    },
  );
}

export function getModel(catalogue: Catalogue, id: string): JsonObject {
  const candidates = catalogue.resolve(id);
  const [first] = candidates;
  if (first === undefined || candidates.every((each) => each.offer === null)) throw unknownModel(id, catalogue);
  return present(
    id,
    first.offer,
    candidates.map((each) => each.provider),
  );
}

function present(
  id: string,
  offer: ModelOffer | null,
  providers: string[] = offer === null ? [] : [offer.provider],
): JsonObject {
  const price = offer?.price ?? null;
  return {
    id,
    object: 'model',
    created: 0,
    owned_by: id.split('/')[0],
    kind: offer?.kind ?? 'chat',
    providers,
    pricing: price && {
      input_usd_per_million: formatUsd(price.input),
      output_usd_per_million: formatUsd(price.output),
    },
  };
}
