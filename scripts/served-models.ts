import { anthropic } from './served/anthropic.ts';
import { bedrock } from './served/bedrock.ts';
import { geminiApi, vertex } from './served/google.ts';
import { openai } from './served/openai.ts';
import { presets } from './served/presets.ts';
import type { ServedModel } from './served/served-model.ts';

const served = { openai, bedrock, vertex, anthropic, gemini: geminiApi, ...presets };

export type ServedProvider = keyof typeof served;

/**
 * What the catalogue serves, written by hand in scripts/served: ids, brands, limits and inference profiles, with their sources. Prices
 * come from @pydantic/genai-prices; `npm run catalogue` puts the two together. Not listed: models that only the Responses API serves
 * (`*-pro`, `*-codex`, deep research), and models that bill more than tokens (web search, images out).
 */
export const servedModels: Record<ServedProvider, ServedModel[]> = served;

/** The providers with offers, in the order in which platform credentials serve a brand: new ones go to the end. */
export const servedProviders = Object.keys(served) as ServedProvider[];

/** The day for which prices are taken. Changes announced for later days are kept with their date. */
export const pricesAsOf = '2026-11-23';
