import type { ServedModel } from './served-model.ts';

const chat = (...models: string[]): ServedModel[] => models.map((model) => ({ model }));

/**
 * Models of the providers that speak OpenAI's format: those whose price @pydantic/genai-prices knows under the very id that the
 * provider takes. Names that stand for whatever is newest are left out where the library keeps an older model's price for them.
 * They have no brand: `<provider>/<model>` names them. Not here: OpenRouter, whose price depends on the host that it happens to choose.
 */
export const presets = {
  // https://docs.mistral.ai/getting-started/models
  mistral: [
    ...chat('mistral-large-2512', 'mistral-medium-latest', 'mistral-medium-2508', 'mistral-small-2603'),
    ...chat('ministral-14b-2512', 'ministral-8b-2512', 'ministral-3b-2512', 'codestral-2508', 'devstral-2512'),
    { model: 'mistral-embed', kind: 'embeddings' },
  ],
  // https://console.groq.com/docs/models
  groq: chat(
    'llama-3.1-8b-instant',
    'llama-3.3-70b-versatile',
    'meta-llama/llama-4-maverick-17b-128e-instruct',
    'meta-llama/llama-4-scout-17b-16e-instruct',
    'moonshotai/kimi-k2-instruct-0905',
    'openai/gpt-oss-120b',
    'openai/gpt-oss-20b',
    'qwen/qwen3-32b',
  ),
  // https://api-docs.deepseek.com/quick_start/pricing: prices differ by the time of day, the dearest is taken.
  deepseek: chat('deepseek-v4-flash', 'deepseek-v4-pro'),
  // https://docs.x.ai/docs/models
  xai: [
    ...chat('grok-4.6', 'grok-4.5', 'grok-4.3', 'grok-4.20', 'grok-4-1-fast-reasoning', 'grok-4-1-fast-non-reasoning'),
    ...chat('grok-4-fast-reasoning', 'grok-4-fast-non-reasoning', 'grok-4', 'grok-code-fast-1'),
    ...chat('grok-3', 'grok-3-mini'),
  ],
  // https://docs.together.ai/docs/serverless-models
  together: chat(
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8',
    'meta-llama/Llama-4-Scout-17B-16E-Instruct',
  ),
  // https://docs.fireworks.ai/serverless/pricing
  fireworks: chat(
    ...['gpt-oss-120b', 'gpt-oss-20b', 'deepseek-v4-pro', 'deepseek-v4-flash', 'kimi-k3', 'kimi-k2p6', 'glm-5p2'].map(
      (model) => `accounts/fireworks/models/${model}`,
    ),
    ...['minimax-m3', 'qwen3p7-plus'].map((model) => `accounts/fireworks/models/${model}`),
  ),
  // https://inference-docs.cerebras.ai/models/overview
  cerebras: chat('gpt-oss-120b', 'llama-3.3-70b', 'llama3.1-8b', 'qwen-3-32b', 'zai-glm-4.7', 'gemma-4-31b'),
  // https://platform.kimi.ai/docs/pricing/chat
  moonshot: chat('kimi-k3', 'kimi-k2.7-code', 'kimi-k2.6', 'kimi-k2.5', 'kimi-k2-thinking'),
  // https://docs.z.ai/guides/overview/pricing
  zai: chat('glm-5.3', 'glm-5.2'),
} satisfies Record<string, ServedModel[]>;
