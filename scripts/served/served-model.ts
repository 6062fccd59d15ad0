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
  /** USD per million tokens read from the cache, where the provider's page says another price than scripts/model-facts.ts. */
  cacheReadUsd?: number;
  /** One price for prompts of any length, where the library has dearer tiers that its provider does not know. */
  flat?: true;
  /** What the sources leave out: Gemini's media, and audio. */
  inputs?: string[];
  outputs?: string[];
  /** The day of its end, as its provider announced it, and the id that the provider names instead. */
  end?: { on: string; successor: string };
}
