import type { Finish, FinishReason } from '../../core/chat/answer.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';

export function candidatesOf(answer: JsonObject): JsonObject[] {
  return Array.isArray(answer.candidates) ? answer.candidates.filter(isObject) : [];
}

export function isBlocked(answer: JsonObject): boolean {
  return isObject(answer.promptFeedback) && typeof answer.promptFeedback.blockReason === 'string';
}

export function indexOf(candidate: JsonObject, position: number): number {
  return typeof candidate.index === 'number' ? candidate.index : position;
}

export function partsOf(candidate: JsonObject): JsonObject[] {
  const { content } = candidate;
  return isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : [];
}

/** Gemini has no reason of its own for tool calls; it says STOP. Reasons that are not here read as `stop`. */
const finishReasons: Record<string, FinishReason> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

export function finishOf(reason: unknown, hasCalls: boolean): Finish {
  const known = typeof reason === 'string' && Object.hasOwn(finishReasons, reason) ? finishReasons[reason] : undefined;
  return { reason: known ?? (hasCalls ? 'tool_calls' : 'stop') };
}

/**
 * Reasons that an answer without text and calls ends with when the model went wrong: to call it a success would leave the
 * caller with nothing (https://ai.google.dev/api/generate-content#FinishReason).
 */
const broken = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE', 'OTHER']);

export function isBroken(reason: unknown, empty: boolean): boolean {
  return empty && typeof reason === 'string' && broken.has(reason);
}

export function brokenFailure(reason: unknown, message: unknown): Failure {
  const why = typeof message === 'string' && message !== '' ? `: ${message.slice(0, 500)}` : '.';
  return {
    kind: 'overloaded',
    status: null,
    code: String(reason),
    message: `The model ended without an answer (${String(reason)})${why}`,
    providerRequestId: null,
    garbled: true,
  };
}

/** Candidates and thoughts are counted apart, and so is what server-side tools added to the prompt. Null without counts. */
export function readUsageMetadata(metadata: unknown): TokenUsage | null {
  if (!isObject(metadata) || typeof metadata.promptTokenCount !== 'number') return null;
  const count = (name: string) => (typeof metadata[name] === 'number' ? metadata[name] : 0);
  const reasoning = count('thoughtsTokenCount');
  return {
    prompt: metadata.promptTokenCount + count('toolUsePromptTokenCount'),
    completion: count('candidatesTokenCount') + reasoning,
    cached: count('cachedContentTokenCount'),
    cacheWrite: 0,
    reasoning,
    audioIn: audioTokens(metadata.promptTokensDetails),
    audioOut: 0,
  };
}

function audioTokens(details: unknown): number {
  const found = Array.isArray(details)
    ? details.filter(isObject).find((detail) => detail.modality === 'AUDIO')
    : undefined;
  return typeof found?.tokenCount === 'number' ? found.tokenCount : 0;
}

/** `logprobsResult` as OpenAI's `logprobs`. */
export function readLogprobs(candidate: JsonObject): JsonObject | null {
  const result = candidate.logprobsResult;
  if (!isObject(result) || !Array.isArray(result.chosenCandidates)) return null;
  const top = Array.isArray(result.topCandidates) ? result.topCandidates : [];
  const content = result.chosenCandidates.filter(isObject).map((chosen, i) => {
    const others: unknown = isObject(top[i]) ? top[i].candidates : undefined;
    return { ...tokenOf(chosen), top_logprobs: Array.isArray(others) ? others.filter(isObject).map(tokenOf) : [] };
  });
  return { content, refusal: null };
}

function tokenOf(candidate: JsonObject) {
  const token = typeof candidate.token === 'string' ? candidate.token : '';
  return {
    token,
    logprob: typeof candidate.logProbability === 'number' ? candidate.logProbability : -9999,
    bytes: [...Buffer.from(token)],
  };
}

/**
 * What Google's search and maps found, under the name that LiteLLM's users know (https://docs.litellm.ai/docs/providers/vertex):
 * Google's terms ask that the suggestions in it be shown (https://ai.google.dev/gemini-api/docs/google-search).
 */
export function groundingExtra(metadata: JsonObject[]): { extra?: JsonObject } {
  return metadata.length > 0 ? { extra: { vertex_ai_grounding_metadata: metadata } } : {};
}

export function groundingOf({ groundingMetadata }: JsonObject): JsonObject[] {
  return isObject(groundingMetadata) && Object.keys(groundingMetadata).length > 0 ? [groundingMetadata] : [];
}
