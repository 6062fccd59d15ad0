import { writeUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

export function candidatesOf(answer: JsonObject): JsonObject[] {
  return Array.isArray(answer.candidates) ? answer.candidates.filter(isObject) : [];
}

export function isBlocked(answer: JsonObject): boolean {
  return isObject(answer.promptFeedback) && typeof answer.promptFeedback.blockReason === 'string';
}

export function indexOf(candidate: JsonObject, position: number): number {
  return typeof candidate.index === 'number' ? candidate.index : position;
}

interface FunctionCall {
  name: string;
  args: unknown;
  signature: string | null;
}

/** Parts of other kinds (code that Google ran, media) have no place in a chat completion. */
export function readParts(candidate: JsonObject): { text: string; reasoning: string; calls: FunctionCall[] } {
  const parts =
    isObject(candidate.content) && Array.isArray(candidate.content.parts)
      ? candidate.content.parts.filter(isObject)
      : [];
  const read = { text: '', reasoning: '', calls: [] as FunctionCall[] };
  for (const { text, thought, functionCall, thoughtSignature } of parts) {
    if (typeof text === 'string') read[thought === true ? 'reasoning' : 'text'] += text;
    if (isObject(functionCall) && typeof functionCall.name === 'string') {
      read.calls.push({
        name: functionCall.name,
        args: functionCall.args,
        signature: typeof thoughtSignature === 'string' ? thoughtSignature : null,
      });
    }
  }
  return read;
}

export function toolCall({ name, args, signature }: FunctionCall, id: string) {
  return {
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args ?? {}) },
    ...(signature !== null && { extra_content: { google: { thought_signature: signature } } }),
  };
}

/** Gemini has no reason of its own for tool calls; it says STOP. Reasons that are not here read as `stop`. */
const finishReasons: Record<string, string> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

export function finishReason(reason: unknown, hasCalls: boolean): string {
  return finishReasons[String(reason)] ?? (hasCalls ? 'tool_calls' : 'stop');
}

/** Candidates and thoughts are counted apart, and so is what server-side tools added to the prompt. Null without counts. */
export function readUsageMetadata(metadata: unknown): JsonObject | null {
  if (!isObject(metadata) || typeof metadata.promptTokenCount !== 'number') return null;
  const count = (name: string) => (typeof metadata[name] === 'number' ? metadata[name] : 0);
  const reasoning = count('thoughtsTokenCount');
  return writeUsage({
    prompt: metadata.promptTokenCount + count('toolUsePromptTokenCount'),
    completion: count('candidatesTokenCount') + reasoning,
    cached: count('cachedContentTokenCount'),
    reasoning,
    audioIn: audioTokens(metadata.promptTokensDetails),
  });
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
