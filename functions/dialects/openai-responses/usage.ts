import type { FinishReason } from '../../core/chat/answer.ts';
import { noUsage, type TokenUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** Reads a `usage` object of the Responses API, whose cached and reasoning tokens lie within the others; null when it is none. */
export function readResponseUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const input = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const output = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  return {
    ...noUsage,
    prompt: count(usage.input_tokens),
    completion: count(usage.output_tokens),
    cached: count(input.cached_tokens),
    cacheWrite: count(input.cache_write_tokens),
    reasoning: count(output.reasoning_tokens),
  };
}

export function writeResponseUsage({ prompt, completion, cached, cacheWrite, reasoning }: TokenUsage): JsonObject {
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached, ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }) },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + completion,
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

/** In the words of chat completions; null while the answer is still made in the background. */
export function finishReasonOf({ status, incomplete_details: details, output }: JsonObject): string | null {
  if (status === 'incomplete')
    return isObject(details) && details.reason === 'content_filter' ? 'content_filter' : 'length';
  if (status === 'queued' || status === 'in_progress' || status === 'cancelled') return null;
  return Array.isArray(output) && output.some((item) => isObject(item) && isCall(item.type)) ? 'tool_calls' : 'stop';
}

/** Calls that wait for the caller's result; hosted tools have run when the answer is there. */
const calls = ['function_call', 'custom_tool_call', 'local_shell_call', 'computer_call', 'apply_patch_call'];

function isCall(type: unknown): boolean {
  return typeof type === 'string' && calls.includes(type);
}

/** The finish in the words of chat completions. */
export function finishWord(finish: FinishReason): string {
  if (finish === 'context') return 'length';
  return finish === 'stop_sequence' || finish === 'pause' ? 'stop' : finish;
}
