import { isObject, type JsonObject } from '../json.ts';

/** Token counts of one request. `cached`, `cacheWrite` and `audioIn` are inside `prompt`; `reasoning` and `audioOut` inside `completion`. */
export interface TokenUsage {
  prompt: number;
  completion: number;
  cached: number;
  cacheWrite: number;
  reasoning: number;
  audioIn: number;
  audioOut: number;
}

export const noUsage: TokenUsage = {
  prompt: 0,
  completion: 0,
  cached: 0,
  cacheWrite: 0,
  reasoning: 0,
  audioIn: 0,
  audioOut: 0,
};

/** Reads an OpenAI `usage` object; null when it is none. */
export function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const prompt = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const completion = isObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  return {
    prompt: count(usage.prompt_tokens),
    completion: count(usage.completion_tokens),
    cached: count(prompt.cached_tokens),
    cacheWrite: count(prompt.cache_write_tokens),
    reasoning: count(completion.reasoning_tokens),
    audioIn: count(prompt.audio_tokens),
    audioOut: count(completion.audio_tokens),
  };
}

/** An OpenAI `usage` object, for providers that count in their own words. `total` is the provider's own sum when it gives one. */
export function writeUsage(usage: Partial<TokenUsage> & { total?: number }): JsonObject {
  const {
    prompt = 0,
    completion = 0,
    cached = 0,
    cacheWrite = 0,
    reasoning = 0,
    audioIn = 0,
    total = prompt + completion,
  } = usage;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: {
      cached_tokens: cached,
      ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
      ...(audioIn > 0 && { audio_tokens: audioIn }),
    },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}
