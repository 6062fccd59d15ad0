/** What a second source says about one model. */
export interface ModelFacts {
  context?: number;
  output?: number;
  input?: string[];
  /** ISO date, or a month. */
  released?: string;
  cost?: FactsCost;
}

interface FactsRate {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export interface FactsCost extends FactsRate {
  tiers?: (FactsRate & { inputTokensAbove: number })[];
}

/** One model that the catalogue serves, as it is written down by hand. */
export interface ServedModel {
  /** The id at the provider. */
  model: string;
  /** `anthropic/claude-…`; dated and dotted spellings of it are added by the script. */
  brand?: string;
  kind?: 'embeddings';
  maxOutputTokens?: number;
  /** Bedrock: geographies with an inference profile of the model. */
  profiles?: string[];
  /** USD per million input tokens, where the library has no price; null where none per token is known. */
  inputUsd?: number | null;
  /** The model is newer than the price library: its prices come from scripts/model-facts.ts. */
  prices?: 'facts';
  /** What the sources leave out: Gemini's media, and audio. */
  inputs?: string[];
  outputs?: string[];
  /** The day of its end, as its provider announced it, and the id that the provider names instead. */
  end?: { on: string; successor: string };
}
