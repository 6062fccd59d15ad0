import { anthropic } from './served/anthropic.ts';
import { bedrock } from './served/bedrock.ts';
import { geminiApi, vertex } from './served/google.ts';
import { openai } from './served/openai.ts';
import type { ServedModel } from './served/served-model.ts';

/**
 * What the catalogue serves, written by hand in scripts/served: ids, brands, limits and inference profiles, with their sources. Prices
 * come from @pydantic/genai-prices; `npm run catalogue` puts the two together. Not listed: models that only the Responses API serves
 * (`*-pro`, `*-codex`, deep research), and models that bill more than tokens (web search, images out).
 */
export const servedModels = { openai, bedrock, vertex, anthropic, gemini: geminiApi } satisfies Record<
  ServedProvider,
  ServedModel[]
>;

/** The providers with offers, in the order in which platform credentials serve a brand: new ones go to the end. */
export const servedProviders = ['openai', 'bedrock', 'vertex', 'anthropic', 'gemini'] as const;
export type ServedProvider = (typeof servedProviders)[number];

/** The day for which prices are taken. Changes announced for later days are kept with their date. */
export const pricesAsOf = '2026-11-23';
