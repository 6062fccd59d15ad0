/** Prices of one model in nano-dollars per million tokens (1 USD per million tokens = 1e9). */
export interface Price {
  input: number;
  output: number;
  /** Input read from the provider's cache; absent: as `input`. */
  cachedInput?: number;
  /** Input written to the provider's cache; absent: as `input`. */
  cacheWrite?: number;
  audioInput?: number;
  audioOutput?: number;
  /** Prices that hold for the whole request once its prompt exceeds `above` tokens, ascending. */
  tiers?: (Omit<Price, 'tiers'> & { above: number })[];
}

/** One model at one provider, as the catalogue knows it. */
export interface ModelOffer {
  /** `openai/gpt-4o-mini`, `bedrock/amazon.nova-lite-v1:0`: what `/v1/models` lists and callers may send. */
  id: string;
  provider: string;
  /** The id at the provider. */
  model: string;
  /** `anthropic/claude-…`: the id that names the model whoever serves it; null for models that only have their provider's id. */
  brand: string | null;
  kind: 'chat' | 'embeddings';
  /** Null: known, but not served on credits. */
  price: Price | null;
  /** What a platform hold assumes when the caller names no limit. */
  maxOutputTokens: number | null;
  /** Other spellings of `brand`, as full ids: `anthropic/claude-sonnet-4.5`. */
  aliases?: string[];
  /** Geographies that serve the model under a prefix of its id (`us.`, `eu.`, `global.`). */
  profiles?: string[];
  facts?: ModelFacts;
  /** Its end has come: only the id that names the provider still leads to it. */
  retired?: true;
}

/** What is known of a model beside its price; what no source tells is absent. */
export interface ModelFacts {
  contextLength?: number;
  /** `text`, `image`, `file`, `audio`, `video`. */
  inputs?: string[];
  /** `text`, `audio`, `embeddings`. */
  outputs?: string[];
  /** ISO date. */
  released?: string;
  /** When its provider ends it, and the id that the provider names instead. */
  end?: { on: string; successor: string };
}

/** One place a request may be sent to. */
export interface Candidate {
  provider: string;
  model: string;
  offer: ModelOffer | null;
  /** True when the catalogue chose the model id; only then may `inRegion` change it. An id that the caller named stays as it is. */
  chosen?: boolean;
  /** The model behind an id that hides it, once it is known (gateway/keys/base-models.ts). It is what own keys are priced and filtered by. */
  base?: Pick<Candidate, 'model' | 'offer'>;
}

export interface Catalogue {
  /** The models that match what a caller sent, in the order in which they are tried; empty when nobody knows the id. */
  resolve(id: string): Candidate[];
  /**
   * Where a bare id of a known family (`claude-…`, `gpt-…`, `gemini-…`) that `resolve` does not know would be served, without a price.
   * Worth something only to a workspace with a key of its own there: for the others the id is unknown.
   */
  guess(id: string): Candidate[];
  /** The model that an id named until it was retired; null: `resolve` knows the id, or nobody ever did. */
  retired(id: string): ModelOffer | null;
  /** Near matches for an unknown id, best first. */
  near(id: string): string[];
  list(): ModelOffer[];
  /** The providers that may stand before the slash of an id. */
  providers(): string[];
  /**
   * The candidate as it is called from a region: with the prefix of the inference profile that the region needs,
   * and with the price of that profile. Null: no region is known.
   */
  inRegion(candidate: Candidate, region: string | null): Candidate;
}

/** One offer as the data file keeps it: what is absent is null, `chat`, or follows from the rest. */
export interface OfferRecord extends ModelFacts {
  model: string;
  brand?: string;
  kind?: 'embeddings';
  price?: Price;
  /** Prices that are already announced, by the ISO date from which they hold, ascending. */
  changes?: { from: string; price: Price }[];
  maxOutputTokens?: number;
  aliases?: string[];
  profiles?: string[];
}
