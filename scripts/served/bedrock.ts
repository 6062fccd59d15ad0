import type { ServedModel } from './served-model.ts';

const many = ['us', 'eu', 'jp', 'au', 'global'];

/**
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards.html (one page per model, with its inference ids) and
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock-legacy
 */
export const bedrock: ServedModel[] = [
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
    maxOutputTokens: 128_000,
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
];
