import { endOf } from './announced-ends.ts';
import type { ServedModel } from './served-model.ts';

const models: ServedModel[] = [
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

/** https://developers.openai.com/api/docs/models */
export const openai: ServedModel[] = models.map((served) => ({ ...served, ...endOf(served.model) }));
