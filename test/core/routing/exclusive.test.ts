import fc from 'fast-check';
import { expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import type { ModelOffer } from '../../../functions/core/catalogue/models.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import { type Plan, planRequest } from '../../../functions/core/routing/plan.ts';
import { providerKey } from '../samples.ts';

const catalogue = builtInCatalogue('2026-11-23T00:00:00.000Z');
const offers = catalogue.list();

/** Ways to write a model's id that a provider takes, or that a tenant may put down for it. */
const decorations: ((model: string) => string)[] = [
  (model) => model,
  (model) => `us.${model}`,
  (model) => `global.${model}`,
  (model) => `apac.${model}`,
  (model) => `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.${model}`,
  (model) => `arn:aws:bedrock:us-east-1::foundation-model/${model}`,
  (model) => model.replace(/:0$/, ''),
  (model) => model.replace(/-v1:0$/, ''),
  (model) => `${model}:0:300k`,
  (model) => `${model}-2024-07-18`,
  (model) => `${model}-001`,
  (model) => `${model}@20250929`,
  (model) => `${model}@default`,
  (model) => model.replace(/@\d+$/, ''),
  (model) => model.slice(model.indexOf('/') + 1),
  (model) => `google/${model}`,
  (model) => model.replace(/^global\./, ''),
];
const loud = (text: string, on: boolean) => (on ? text.toUpperCase() : text);

function namesOf(offer: ModelOffer): string[] {
  const brands = offer.brand === null ? [] : [offer.brand, ...(offer.aliases ?? [])];
  return [...brands, ...brands.map((id) => id.slice(id.indexOf('/') + 1)), offer.model, offer.id];
}

function plan(id: string, provider: string, models: string[]): Plan | null {
  try {
    return planRequest({
      callerModel: id,
      candidates: catalogue.resolve(id),
      keys: [providerKey('a', { provider, models, fallbackEnabled: false, region: 'us-east-1' })],
      health: {},
      choice: 'byok-first',
      pinnedKey: null,
      funds: 'available',
      reachedCap: () => null,
      locate: catalogue.inRegion,
      now: 0,
    });
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
}

const offer = fc.constantFrom(...offers);
const decorate = fc.constantFrom(...decorations);

it('no spelling that the catalogue takes for a model gets to the platform while an exclusive key covers the model', () => {
  fc.assert(
    fc.property(
      offer,
      decorate,
      decorate,
      fc.nat(20),
      fc.boolean(),
      fc.boolean(),
      (known, asked, written, nth, full, shout) => {
        const id = `${known.provider}/${asked(known.model)}`;
        const priced = catalogue.resolve(id).filter((candidate) => candidate.offer?.price);
        fc.pre(priced.some((candidate) => candidate.offer?.id === known.id));
        const names = [
          ...namesOf(known),
          written(known.model),
          `${full ? `${known.provider}/` : ''}${written(known.model)}`,
        ];
        const filter = loud(names[nth % names.length] ?? '', shout);
        const made = plan(id, known.provider, [filter]);
        expect(made?.platform ?? [], `${id} against ${filter}`).toEqual([]);
        if (made !== null) expect(made.own).toHaveLength(1);
      },
    ),
    { numRuns: 5000 },
  );
});

it('nor do the names that stand for it at several providers', () => {
  for (const known of offers) {
    for (const id of namesOf(known).filter((name) =>
      catalogue.resolve(name).some((each) => each.provider === known.provider),
    ))
      for (const filter of namesOf(known))
        expect(plan(id, known.provider, [filter])?.platform ?? [], `${id} against ${filter}`).toEqual([]);
  }
});
