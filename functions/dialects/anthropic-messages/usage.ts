import type { FinishReason } from '../../core/chat/answer.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/**
 * Anthropic counts cached tokens beside the input, the gateway within it. What a compaction on the way took is beside the totals,
 * too (https://docs.anthropic.com/en/docs/build-with-claude/compaction). Null when nothing was counted.
 */
export function readTokens(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const iterations: unknown[] = Array.isArray(usage.iterations) ? usage.iterations : [];
  const counted = [usage, ...iterations.filter(isObject).filter(({ type }) => type === 'compaction')];
  const sum = (field: string): number => counted.reduce((total, counts) => total + count(counts[field]), 0);
  const cached = sum('cache_read_input_tokens');
  const cacheWrite = sum('cache_creation_input_tokens');
  const details = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  return {
    prompt: sum('input_tokens') + cached + cacheWrite,
    completion: sum('output_tokens'),
    cached,
    cacheWrite,
    reasoning: count(details.thinking_tokens),
    audioIn: 0,
    audioOut: 0,
  };
}

export function writeTokens({ prompt, completion, cached, cacheWrite, reasoning }: TokenUsage): JsonObject {
  return {
    input_tokens: Math.max(0, prompt - cached - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
    output_tokens: completion,
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}

/** The counts of `message_delta` are totals and replace those of `message_start`; null says nothing new. */
export function mergeCounts(before: JsonObject, usage: unknown): JsonObject {
  if (!isObject(usage)) return before;
  return { ...before, ...Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null)) };
}

/** https://docs.anthropic.com/en/api/handling-stop-reasons */
const finishes: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  pause_turn: 'pause',
  // The older turns became a summary, and the client is to go on.
  compaction: 'pause',
};

/** Reasons to come are a plain end; null: the message has not ended. */
export function readFinish(stopReason: unknown): FinishReason | null {
  return typeof stopReason === 'string' ? (finishes[stopReason] ?? 'stop') : null;
}

const stopReasons: Record<FinishReason, string> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  context: 'model_context_window_exceeded',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  pause: 'pause_turn',
};

export function writeFinish(reason: FinishReason): string {
  return stopReasons[reason];
}

/** The reason in the words of chat completions, for the log. */
export function chatFinish(reason: FinishReason): string {
  if (reason === 'stop_sequence' || reason === 'pause') return 'stop';
  return reason === 'context' ? 'length' : reason;
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}
