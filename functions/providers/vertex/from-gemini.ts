import { createChunkWriter } from '../../core/chat/chunks.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { ProviderCall, StreamPart } from '../../core/routing/provider.ts';
import type { StreamTranslator, TranslatedAnswer } from './dialect.ts';
import type { Place } from './error-rules.ts';
import { findError, readError, readNonsense } from './errors.ts';
import {
  candidatesOf,
  finishReason,
  indexOf,
  isBlocked,
  readLogprobs,
  readParts,
  readUsageMetadata,
  toolCall,
} from './gemini-parts.ts';

/** A generateContent answer as a chat completion; null when it holds neither candidates nor a blocked prompt. */
export function fromGemini(answer: JsonObject, call: ProviderCall): TranslatedAnswer | null {
  const candidates = candidatesOf(answer);
  if (candidates.length === 0 && !isBlocked(answer)) return null;
  const choices = candidates.map((candidate, position) => {
    const { text, reasoning, calls } = readParts(candidate);
    const toolCalls = calls.map((called, i) => toolCall(called, callId(call, position, i)));
    const message = {
      role: 'assistant',
      content: text === '' && toolCalls.length > 0 ? null : text,
      refusal: null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    };
    return {
      index: indexOf(candidate, position),
      message,
      logprobs: readLogprobs(candidate),
      finish_reason: finishReason(candidate.finishReason, toolCalls.length > 0),
    };
  });
  if (choices.length === 0)
    choices.push({
      index: 0,
      message: { role: 'assistant', content: '', refusal: null },
      logprobs: null,
      finish_reason: 'content_filter',
    });
  const usage = readUsageMetadata(answer.usageMetadata);
  return {
    body: {
      id: call.mintedId,
      object: 'chat.completion',
      created: call.created,
      model: call.callerModel,
      choices,
      ...(usage && { usage }),
    },
    providerRequestId: typeof answer.responseId === 'string' ? answer.responseId : null,
  };
}

interface Choice {
  index: number;
  begun: boolean;
  calls: number;
  finish: unknown;
}

/** The chunks of streamGenerateContent as chat completion chunks. It says nothing when it is done: the stream ends. */
export function fromGeminiStream(call: ProviderCall, place: Place): StreamTranslator {
  const writer = createChunkWriter(call.mintedId, call.created, call.callerModel);
  const choices = new Map<number, Choice>();
  let blocked = false;
  let usage: JsonObject | null = null;

  function choiceAt(index: number): Choice {
    const known = choices.get(index) ?? { index, begun: false, calls: 0, finish: undefined };
    choices.set(index, known);
    return known;
  }

  function readCandidate(candidate: JsonObject, position: number): StreamPart[] {
    const choice = choiceAt(indexOf(candidate, position));
    choice.finish = candidate.finishReason ?? choice.finish;
    const { text, reasoning, calls } = readParts(candidate);
    if (text === '' && reasoning === '' && calls.length === 0) return [];
    const toolCalls = calls.map((called) => {
      const index = choice.calls++;
      return { index, ...toolCall(called, callId(call, choice.index, index)) };
    });
    const delta = {
      ...(!choice.begun && { role: 'assistant' }),
      ...(text !== '' && { content: text }),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    };
    choice.begun = true;
    const logprobs = readLogprobs(candidate);
    return [
      {
        type: 'chunk',
        json: writer.delta(choice.index, delta, null, logprobs ? { logprobs } : undefined),
        content: true,
        finishReason: null,
      },
    ];
  }

  return {
    read(data) {
      const chunk = parseJson(data);
      const error = findError(chunk);
      if (error) return [{ type: 'failure', failure: readError(error, place, 200) }];
      if (!isObject(chunk)) return [{ type: 'failure', failure: readNonsense(200) }];
      // Early chunks hold a part of the counts only, and each new one replaces those before it.
      usage = readUsageMetadata(chunk.usageMetadata) ?? usage;
      const candidates = candidatesOf(chunk);
      if (candidates.length === 0 && isBlocked(chunk)) blocked = true;
      return candidates.flatMap(readCandidate);
    },
    complete: () => (choices.size > 0 ? [...choices.values()].every((choice) => choice.finish !== undefined) : blocked),
    done: () => false,
    finish() {
      if (choices.size === 0) choiceAt(0).finish = 'SAFETY';
      const last = [...choices.values()].map((choice): StreamPart => {
        const reason = finishReason(choice.finish, choice.calls > 0);
        return {
          type: 'chunk',
          json: writer.delta(choice.index, choice.begun ? {} : { role: 'assistant', content: '' }, reason),
          content: false,
          finishReason: reason,
        };
      });
      return [...last, ...(usage ? [{ type: 'usage', chunk: writer.usage(usage) } as const] : []), { type: 'end' }];
    },
  };
}

/** Gemini gives no ids. Unlike in every turn of a conversation, and shorter than the forty characters that OpenAI allows. */
function callId(call: ProviderCall, choice: number, index: number): string {
  return `call_${call.mintedId.replace(/^chatcmpl-/, '').slice(-26)}_${choice > 0 ? `${choice}_` : ''}${index}`;
}
