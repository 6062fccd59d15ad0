import { profileFor } from './inference-profiles.ts';
import { guessByFamily } from './model-families.ts';
import { isModelId, shorterNames, spellings } from './model-names.ts';
import type { Candidate, Catalogue, ModelOffer } from './models.ts';
import { nearNames } from './near-names.ts';

/**
 * What a caller may send (docs/api.md, "Models"). Offers of one brand are tried in the order in which they are given.
 * `names`: the providers that may be named, those without an offer included.
 */
export function createCatalogue(offers: ModelOffer[], names: string[] = []): Catalogue {
  const providers = new Set([...offers.map((offer) => offer.provider), ...names]);
  // Built by the first request: a cold start that serves none need not pay for it.
  let built: Index | undefined;
  const index = () => {
    built ??= buildIndex(offers);
    return built;
  };

  function offerOf(provider: string, model: string): ModelOffer | null {
    for (const name of spellings(model)) {
      const offer = index().offers.get(`${provider}/${name}`);
      if (offer) return offer;
    }
    return null;
  }

  return {
    resolve(id) {
      if (!isModelId(id)) return [];
      // Clients of Anthropic's API send names that stand for the latest snapshot, and `-4-0` for the first models of generation 4:
      // https://docs.anthropic.com/en/docs/about-claude/models/overview
      const { ids } = index();
      const known = ids.get(id) ?? ids.get(id.replace(/-latest$/, '')) ?? ids.get(id.replace(/-4-0$/, '-4'));
      if (known) return known;
      const slash = id.indexOf('/');
      const provider = id.slice(0, Math.max(slash, 0));
      const model = id.slice(slash + 1);
      if (!providers.has(provider) || model === '') return [];
      // The maker's name before a model of its own is the brand, whoever serves it.
      if (guessByFamily(id).length > 0) return [];
      return [{ provider, model, offer: offerOf(provider, model) }];
    },
    guess(id) {
      return isModelId(id) ? guessByFamily(id).filter(({ provider }) => providers.has(provider)) : [];
    },
    near(id) {
      return nearNames(id, index().ids.keys());
    },
    list() {
      return offers;
    },
    providers() {
      return [...providers];
    },
    inRegion(candidate, region) {
      if (!candidate.chosen || !candidate.offer?.profiles || region === null) return candidate;
      const profile = profileFor(candidate.offer.profiles, region);
      if (profile === null) return candidate;
      const model = `${profile}.${candidate.model}`;
      return { provider: candidate.provider, model, offer: offerOf(candidate.provider, model) ?? candidate.offer };
    },
  };
}

interface Index {
  /** Everything that callers may send and that needs no rule. */
  ids: Map<string, Candidate[]>;
  /** Offers by `<provider>/<name>`, with the names that differ from the model's id in a version suffix only. */
  offers: Map<string, ModelOffer>;
}

function buildIndex(offers: ModelOffer[]): Index {
  const ids = new Map<string, Candidate[]>();
  const named = new Map<string, ModelOffer>();
  const short = new Map<string, ModelOffer | null>();

  // Where a maker serves its models itself, its offer's id may be the brand's: that stays the name of the model at all providers.
  const brands = new Set(offers.flatMap(({ brand, aliases = [] }) => (brand === null ? [] : [brand, ...aliases])));
  for (const offer of offers) {
    const { id, provider, model, brand } = offer;
    const explicit = { provider, model, offer };
    if (!brands.has(id)) ids.set(id, [explicit]);
    named.set(id, offer);
    if (brand !== null) {
      const group = ids.get(brand);
      if (group) group.push({ ...explicit, chosen: true });
      else ids.set(brand, [{ ...explicit, chosen: true }]);
    }
    for (const name of shorterNames(model)) {
      const key = `${provider}/${name}`;
      // Two models that differ in their version only (titan-embed-text v1, v2): the short name says nothing.
      short.set(key, short.has(key) ? null : offer);
    }
    if (brand !== null) addOnce(named, `${provider}/${brand}`, offer);
  }

  for (const { brand, aliases = [] } of offers) {
    if (brand === null) continue;
    const group = ids.get(brand) ?? [];
    for (const alias of [brand, ...aliases]) {
      addOnce(ids, alias, group);
      addOnce(ids, bareName(alias), group);
    }
  }
  // After the brands: `claude-opus-4-6` names the model, whoever serves it, though it is also the id at one provider.
  for (const { id, model } of offers) addOnce(ids, bareName(model), ids.get(id) ?? []);
  for (const [key, offer] of short) if (offer) addOnce(named, key, offer);
  return { ids, offers: named };
}

function bareName(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

function addOnce<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
