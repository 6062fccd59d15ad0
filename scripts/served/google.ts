import type { ServedModel } from './served-model.ts';

/** As of 2026-11-23: https://firebase.google.com/docs/ai-logic/models. Both were shut down on the Gemini API and on Vertex AI. */
const gemini2End = { on: '2026-06-01', successor: 'google/gemini-3.1-flash-lite' };

/** The inputs of every Gemini from 2.0 on: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models. */
const geminiInputs = ['text', 'image', 'file', 'audio', 'video'];

/** What Vertex AI and the Gemini API both serve: https://ai.google.dev/gemini-api/docs/models. */
const geminis: ServedModel[] = [
  ...[
    'gemini-3.8-flash',
    'gemini-3.7-flash',
    'gemini-3.6-flash',
    'gemini-3.5-flash',
    'gemini-3.5-flash-lite',
    'gemini-3.1-pro-preview',
    'gemini-3.1-flash-lite',
    'gemini-3-flash-preview',
    'gemini-2.5-pro',
    'gemini-2.5-flash',
    'gemini-2.5-flash-lite',
  ].map(gemini),
  ...['gemini-2.0-flash', 'gemini-2.0-flash-lite'].map((model) => ({
    ...gemini(model),
    maxOutputTokens: 8192,
    end: gemini2End,
  })),
];

const embeddings: ServedModel[] = [
  { model: 'gemini-embedding-001', brand: 'google/gemini-embedding-001', kind: 'embeddings' },
  { model: 'gemini-embedding-2', brand: 'google/gemini-embedding-2', kind: 'embeddings' },
];

/**
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude,
 * https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude (one page per model) and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/open-models/use-maas
 *
 * Prices above 200,000 tokens, as of 2026-11-23: the library has dearer ones for Gemini Pro, Opus 4.6 and Sonnet 4.5, the second source
 * has none. For Gemini they stand on https://ai.google.dev/gemini-api/docs/pricing. For Claude they stay until Google's own list
 * (https://cloud.google.com/vertex-ai/generative-ai/pricing) says otherwise: a price that is too high costs the operator nothing.
 */
export const vertex: ServedModel[] = [
  { ...gemini('gemini-4-argon'), prices: 'facts' },
  ...geminis,
  { ...claude('claude-sonnet-5-5'), prices: 'facts' },
  ...[
    'claude-fable-5-1',
    'claude-fable-5',
    'claude-opus-5-5',
    'claude-opus-5',
    'claude-sonnet-5',
    'claude-opus-4-8',
    'claude-opus-4-7',
  ].map(claude),
  { model: 'anthropic/claude-opus-4-6', brand: 'anthropic/claude-opus-4-6', maxOutputTokens: 128_000 },
  { model: 'anthropic/claude-sonnet-4-6', brand: 'anthropic/claude-sonnet-4-6', maxOutputTokens: 128_000 },
  { model: 'anthropic/claude-haiku-4-5@20251001', brand: 'anthropic/claude-haiku-4-5', maxOutputTokens: 64_000 },
  { model: 'anthropic/claude-sonnet-4-5@20250929', brand: 'anthropic/claude-sonnet-4-5', maxOutputTokens: 64_000 },
  { model: 'anthropic/claude-opus-4-5@20251101', brand: 'anthropic/claude-opus-4-5', maxOutputTokens: 64_000 },
  { model: 'anthropic/claude-opus-4-1@20250805', brand: 'anthropic/claude-opus-4-1', maxOutputTokens: 32_000 },
  { model: 'anthropic/claude-sonnet-4@20250514', brand: 'anthropic/claude-sonnet-4', maxOutputTokens: 64_000 },
  { model: 'meta/llama-4-maverick-17b-128e-instruct-maas', brand: 'meta/llama-4-maverick', inputUsd: null },
  { model: 'meta/llama-4-scout-17b-16e-instruct-maas', brand: 'meta/llama-4-scout', inputUsd: null },
  { model: 'meta/llama-3.3-70b-instruct-maas', brand: 'meta/llama-3.3-70b-instruct', inputUsd: null },
  { model: 'deepseek-ai/deepseek-v3.1-maas', brand: 'deepseek/deepseek-v3.1', inputUsd: null },
  { model: 'openai/gpt-oss-120b-maas', brand: 'openai/gpt-oss-120b', inputUsd: null },
  { model: 'openai/gpt-oss-20b-maas', brand: 'openai/gpt-oss-20b', inputUsd: null },
  { model: 'google/gemma-4-26b-a4b-it-maas', brand: 'google/gemma-4-26b-a4b-it' },
  ...embeddings,
  // Billed by characters.
  { model: 'text-embedding-005', brand: 'google/text-embedding-005', kind: 'embeddings', inputUsd: null },
  {
    model: 'text-multilingual-embedding-002',
    brand: 'google/text-multilingual-embedding-002',
    kind: 'embeddings',
    inputUsd: null,
  },
];

export const geminiApi: ServedModel[] = [...geminis, ...embeddings];

function gemini(model: string): ServedModel {
  return { model, brand: `google/${model}`, maxOutputTokens: 65_536, inputs: geminiInputs };
}

function claude(name: string): ServedModel {
  return { model: `anthropic/${name}`, brand: `anthropic/${name}` };
}
