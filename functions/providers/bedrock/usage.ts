import type { TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import { writeUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';

/** Bedrock's `inputTokens` leaves out what was read from the cache or written to it (API_runtime_TokenUsage). */
export function fromTokenUsage(usage: TokenUsage): JsonObject {
  const cached = usage.cacheReadInputTokens ?? 0;
  const cacheWrite = usage.cacheWriteInputTokens ?? 0;
  return writeUsage({
    prompt: (usage.inputTokens ?? 0) + cached + cacheWrite,
    completion: usage.outputTokens ?? 0,
    cached,
    cacheWrite,
  });
}
