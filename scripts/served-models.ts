import { endOf } from './announced-ends.ts';
import { presetModels } from './preset-models.ts';
import type { ServedModel } from './sources.ts';

/** The day for which prices are taken. Changes announced for later days are kept with their date. */
export const pricesAsOf = '2026-11-23';

/** https://firebase.google.com/docs/ai-logic/models: both were shut down on the Gemini API and on Vertex AI. */
const gemini2End = { on: '2026-06-01', successor: 'google/gemini-3.1-flash-lite' };

/** The inputs of every Gemini from 2.0 on: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/models. */
const geminiInputs = ['text', 'image', 'file', 'audio', 'video'];

const many = ['us', 'eu', 'jp', 'au', 'global'];

const openai: ServedModel[] = [
  ...['gpt-6.1-sol', 'gpt-6.1-terra'].map((model) => ({ model, prices: 'facts' as const })),
  ...['gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.5'].map(
    (model) => ({ model }),
  ),
  ...['gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.2', 'gpt-5.1', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano'].map(
    (model) => ({ model, maxOutputTokens: 128_000 }),
  ),
  ...['gpt-5.3-chat-latest', 'gpt-5.2-chat-latest', 'gpt-5.1-chat-latest', 'gpt-5-chat-latest'].map((model) => ({
    model,
    maxOutputTokens: 16_384,
  })),
  ...['gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano'].map((model) => ({ model, maxOutputTokens: 32_768 })),
  ...['gpt-4o', 'gpt-4o-mini'].map((model) => ({ model, maxOutputTokens: 16_384 })),
  // https://developers.openai.com/api/docs/models/gpt-audio
  ...['gpt-audio', 'gpt-audio-mini'].map((model) => ({
    model,
    maxOutputTokens: 16_384,
    inputs: ['text', 'audio'],
    outputs: ['text', 'audio'],
  })),
  { model: 'gpt-4o-2024-05-13', maxOutputTokens: 4096 },
  ...['o4-mini', 'o3', 'o3-mini', 'o1'].map((model) => ({ model, maxOutputTokens: 100_000 })),
  { model: 'gpt-4-turbo', maxOutputTokens: 4096 },
  { model: 'gpt-4', maxOutputTokens: 8192 },
  ...['gpt-3.5-turbo', 'gpt-3.5-turbo-1106'].map((model) => ({ model, maxOutputTokens: 4096 })),
  ...['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'].map((model) => ({
    model,
    kind: 'embeddings' as const,
  })),
];

/** The providers with offers, in the order in which platform credentials serve a brand: new ones go to the end. */
export type ServedProvider = 'openai' | 'bedrock' | 'vertex' | 'anthropic' | 'gemini' | keyof typeof presetModels;
export const servedProviders: readonly ServedProvider[] = [
  ...(['openai', 'bedrock', 'vertex', 'anthropic', 'gemini'] as const),
  ...(Object.keys(presetModels) as (keyof typeof presetModels)[]),
];

/**
 * What the catalogue serves, written by hand: ids, brands, limits and inference profiles. Prices come from
 * @pydantic/genai-prices; `npm run catalogue` puts the two together. Not listed: models that only the Responses API serves
 * (`*-pro`, `*-codex`, deep research), and models that bill more than tokens (web search, images out).
 *
 * Sources of ids, limits and profiles:
 * https://developers.openai.com/api/docs/models
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards.html (one page per model, with its inference ids)
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock-legacy
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/open-models/use-maas
 */
export const servedModels: Record<ServedProvider, ServedModel[]> = {
  openai: openai.map((served) => ({ ...served, ...endOf(served.model) })),

  bedrock: [
    ...(
      [
        ['claude-fable-5-2', ['us', 'global']],
        ['claude-fable-5-1', ['us', 'global']],
        ['claude-fable-5', ['us', 'eu', 'global']],
        ['claude-sonnet-5-5', ['us', 'eu', 'au', 'global']],
        ['claude-haiku-5-5', many],
      ] as const
    ).map(([name, profiles]) => ({
      model: `anthropic.${name}`,
      brand: `anthropic/${name}`,
      profiles: [...profiles],
      prices: 'facts' as const,
    })),
    { model: 'anthropic.claude-opus-5-5', brand: 'anthropic/claude-opus-5-5', profiles: many },
    { model: 'anthropic.claude-opus-5', brand: 'anthropic/claude-opus-5', profiles: [...many, 'in'] },
    { model: 'anthropic.claude-sonnet-5', brand: 'anthropic/claude-sonnet-5', profiles: [...many, 'in'] },
    { model: 'anthropic.claude-opus-4-8', brand: 'anthropic/claude-opus-4-8', profiles: many },
    { model: 'anthropic.claude-opus-4-7', brand: 'anthropic/claude-opus-4-7', profiles: ['us', 'eu', 'jp', 'global'] },
    {
      model: 'anthropic.claude-opus-4-6-v1',
      brand: 'anthropic/claude-opus-4-6',
      maxOutputTokens: 128_000,
      profiles: ['us', 'eu', 'jp', 'apac', 'global'],
    },
    {
      model: 'anthropic.claude-sonnet-4-6',
      brand: 'anthropic/claude-sonnet-4-6',
      maxOutputTokens: 64_000,
      profiles: ['us', 'eu', 'jp', 'global'],
    },
    {
      model: 'anthropic.claude-haiku-4-5-20251001-v1:0',
      brand: 'anthropic/claude-haiku-4-5',
      maxOutputTokens: 64_000,
      profiles: [...many, 'in'],
    },
    {
      model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
      brand: 'anthropic/claude-sonnet-4-5',
      maxOutputTokens: 64_000,
      profiles: many,
    },
    {
      model: 'anthropic.claude-opus-4-5-20251101-v1:0',
      brand: 'anthropic/claude-opus-4-5',
      maxOutputTokens: 64_000,
      profiles: ['us', 'eu', 'global'],
    },
    {
      model: 'anthropic.claude-opus-4-1-20250805-v1:0',
      brand: 'anthropic/claude-opus-4-1',
      maxOutputTokens: 32_000,
      profiles: ['us'],
    },
    {
      model: 'anthropic.claude-sonnet-4-20250514-v1:0',
      brand: 'anthropic/claude-sonnet-4',
      maxOutputTokens: 64_000,
      profiles: ['us', 'eu', 'apac', 'global'],
    },
    { model: 'amazon.nova-2-lite-v1:0', brand: 'amazon/nova-2-lite', profiles: ['us', 'eu', 'jp', 'global'] },
    {
      model: 'amazon.nova-pro-v1:0',
      brand: 'amazon/nova-pro',
      maxOutputTokens: 10_000,
      profiles: ['us', 'eu', 'apac'],
    },
    {
      model: 'amazon.nova-lite-v1:0',
      brand: 'amazon/nova-lite',
      maxOutputTokens: 10_000,
      profiles: ['us', 'eu', 'apac'],
    },
    {
      model: 'amazon.nova-micro-v1:0',
      brand: 'amazon/nova-micro',
      maxOutputTokens: 10_000,
      profiles: ['us', 'eu', 'apac'],
    },
    {
      model: 'meta.llama4-maverick-17b-instruct-v1:0',
      brand: 'meta/llama-4-maverick',
      maxOutputTokens: 8192,
      profiles: ['us'],
    },
    {
      model: 'meta.llama4-scout-17b-instruct-v1:0',
      brand: 'meta/llama-4-scout',
      maxOutputTokens: 8192,
      profiles: ['us'],
    },
    {
      model: 'meta.llama3-3-70b-instruct-v1:0',
      brand: 'meta/llama-3.3-70b-instruct',
      maxOutputTokens: 8192,
      profiles: ['us'],
    },
    {
      model: 'meta.llama3-1-70b-instruct-v1:0',
      brand: 'meta/llama-3.1-70b-instruct',
      maxOutputTokens: 8192,
      profiles: ['us'],
    },
    {
      model: 'meta.llama3-1-8b-instruct-v1:0',
      brand: 'meta/llama-3.1-8b-instruct',
      maxOutputTokens: 8192,
      profiles: ['us'],
    },
    { model: 'mistral.mistral-large-3-675b-instruct', brand: 'mistral/mistral-large-3' },
    { model: 'mistral.magistral-small-2509', brand: 'mistral/magistral-small-2509' },
    { model: 'mistral.devstral-2-123b', brand: 'mistral/devstral-2' },
    { model: 'mistral.ministral-3-14b-instruct', brand: 'mistral/ministral-3-14b' },
    { model: 'mistral.ministral-3-8b-instruct', brand: 'mistral/ministral-3-8b' },
    { model: 'mistral.ministral-3-3b-instruct', brand: 'mistral/ministral-3-3b' },
    { model: 'mistral.pixtral-large-2502-v1:0', brand: 'mistral/pixtral-large-2502', profiles: ['us', 'eu'] },
    { model: 'mistral.mistral-large-2402-v1:0', brand: 'mistral/mistral-large-2402', maxOutputTokens: 8192 },
    { model: 'deepseek.r1-v1:0', brand: 'deepseek/deepseek-r1', maxOutputTokens: 32_768, profiles: ['us'] },
    { model: 'deepseek.v3-v1:0', brand: 'deepseek/deepseek-v3.1', inputUsd: null },
    ...(
      [
        ['deepseek.v3.2', 'deepseek/deepseek-v3.2'],
        ['moonshot.kimi-k2-thinking', 'moonshotai/kimi-k2-thinking'],
        ['moonshotai.kimi-k2.5', 'moonshotai/kimi-k2.5'],
        ['zai.glm-5', 'z-ai/glm-5'],
        ['zai.glm-4.7', 'z-ai/glm-4.7'],
        ['zai.glm-4.7-flash', 'z-ai/glm-4.7-flash'],
        ['minimax.minimax-m2.5', 'minimax/minimax-m2.5'],
        ['minimax.minimax-m2.1', 'minimax/minimax-m2.1'],
        ['minimax.minimax-m2', 'minimax/minimax-m2'],
        ['qwen.qwen3-next-80b-a3b', 'qwen/qwen3-next-80b-a3b'],
        ['qwen.qwen3-coder-next', 'qwen/qwen3-coder-next'],
        ['qwen.qwen3-235b-a22b-2507-v1:0', 'qwen/qwen3-235b-a22b-2507'],
        ['qwen.qwen3-vl-235b-a22b', 'qwen/qwen3-vl-235b-a22b'],
      ] as const
    ).map(([model, brand]) => ({ model, brand, prices: 'facts' as const })),
    ...(
      [
        ['moonshotai.kimi-k3.1', 'moonshotai/kimi-k3.1'],
        ['moonshotai.kimi-k3', 'moonshotai/kimi-k3'],
        ['zai.glm-5.3', 'z-ai/glm-5.3'],
      ] as const
    ).map(([model, brand]) => ({ model, brand, profiles: ['us', 'global'], prices: 'facts' as const })),
    { model: 'openai.gpt-oss-120b-1:0', brand: 'openai/gpt-oss-120b' },
    { model: 'openai.gpt-oss-20b-1:0', brand: 'openai/gpt-oss-20b' },
    { model: 'qwen.qwen3-32b-v1:0', brand: 'qwen/qwen3-32b' },
    { model: 'qwen.qwen3-coder-30b-a3b-v1:0', brand: 'qwen/qwen3-coder-30b-a3b' },
    { model: 'qwen.qwen3-coder-480b-a35b-v1:0', brand: 'qwen/qwen3-coder-480b-a35b' },
    { model: 'google.gemma-3-27b-it', brand: 'google/gemma-3-27b-it' },
    { model: 'google.gemma-3-12b-it', brand: 'google/gemma-3-12b-it' },
    { model: 'google.gemma-3-4b-it', brand: 'google/gemma-3-4b-it' },
    { model: 'writer.palmyra-x5-v1:0', brand: 'writer/palmyra-x5', profiles: ['us'] },
    { model: 'writer.palmyra-x4-v1:0', brand: 'writer/palmyra-x4', profiles: ['us'] },
    // Embedding prices: https://aws.amazon.com/bedrock/pricing/ (the library has the first Titan's price for both).
    { model: 'amazon.titan-embed-text-v2:0', brand: 'amazon/titan-embed-text-v2', kind: 'embeddings', inputUsd: 0.02 },
    { model: 'amazon.titan-embed-text-v1', brand: 'amazon/titan-embed-text-v1', kind: 'embeddings' },
    {
      model: 'amazon.nova-2-multimodal-embeddings-v1:0',
      brand: 'amazon/nova-2-multimodal-embeddings',
      kind: 'embeddings',
      inputUsd: null,
    },
    {
      model: 'cohere.embed-v4:0',
      brand: 'cohere/embed-v4',
      kind: 'embeddings',
      inputUsd: 0.12,
      profiles: ['us', 'eu', 'global'],
    },
    { model: 'cohere.embed-english-v3', brand: 'cohere/embed-english-v3', kind: 'embeddings', inputUsd: 0.1 },
    { model: 'cohere.embed-multilingual-v3', brand: 'cohere/embed-multilingual-v3', kind: 'embeddings', inputUsd: 0.1 },
  ],

  vertex: [
    { ...gemini('gemini-4-argon'), prices: 'facts' },
    ...['gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3.6-flash', 'gemini-3.5-flash', 'gemini-3.5-flash-lite'].map(
      gemini,
    ),
    ...[
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
    ...[
      'claude-fable-5-1',
      'claude-fable-5',
      'claude-opus-5-5',
      'claude-opus-5',
      'claude-sonnet-5',
      'claude-opus-4-8',
      'claude-opus-4-7',
    ].map((name) => ({
      model: `anthropic/${name}`,
      brand: `anthropic/${name}`,
    })),
    { model: 'anthropic/claude-opus-4-6', brand: 'anthropic/claude-opus-4-6', maxOutputTokens: 128_000 },
    { model: 'anthropic/claude-sonnet-4-6', brand: 'anthropic/claude-sonnet-4-6', maxOutputTokens: 64_000 },
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
    { model: 'gemini-embedding-001', brand: 'google/gemini-embedding-001', kind: 'embeddings' },
    { model: 'gemini-embedding-2', brand: 'google/gemini-embedding-2', kind: 'embeddings' },
    // Billed by characters.
    { model: 'text-embedding-005', brand: 'google/text-embedding-005', kind: 'embeddings', inputUsd: null },
    {
      model: 'text-multilingual-embedding-002',
      brand: 'google/text-multilingual-embedding-002',
      kind: 'embeddings',
      inputUsd: null,
    },
  ],

  // https://docs.anthropic.com/en/docs/about-claude/models/overview: the names without a date are ids, too.
  anthropic: [
    ...['claude-opus-5-5', 'claude-opus-5', 'claude-sonnet-5', 'claude-opus-4-8', 'claude-opus-4-7'].map((model) =>
      claude(model),
    ),
    claude('claude-opus-4-6', 128_000),
    claude('claude-sonnet-4-6', 64_000),
    claude('claude-haiku-4-5', 64_000),
    claude('claude-sonnet-4-5', 64_000),
    claude('claude-opus-4-5', 64_000),
    claude('claude-opus-4-1', 32_000),
    claude('claude-sonnet-4-20250514', 64_000, 'claude-sonnet-4'),
  ],

  // https://ai.google.dev/gemini-api/docs/models
  gemini: [
    ...['gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3.6-flash', 'gemini-3.5-flash', 'gemini-3.5-flash-lite'].map(
      gemini,
    ),
    ...[
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
    { model: 'gemini-embedding-001', brand: 'google/gemini-embedding-001', kind: 'embeddings' },
    { model: 'gemini-embedding-2', brand: 'google/gemini-embedding-2', kind: 'embeddings' },
  ],
  ...presetModels,
};

function claude(model: string, maxOutputTokens?: number, name = model): ServedModel {
  return { model, brand: `anthropic/${name}`, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
}

function gemini(model: string): ServedModel {
  return { model, brand: `google/${model}`, maxOutputTokens: 65_536, inputs: geminiInputs };
}
