import { createChunkWriter } from '../../core/chat/chunks.ts';
import { writeUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { ProviderCall, StreamPart } from '../../core/routing/provider.ts';
import { isThinking, toReasoningDetail } from './claude-thinking.ts';
import type { StreamTranslator, TranslatedAnswer, TranslatedRequest } from './dialect.ts';
import type { Place } from './error-rules.ts';
import { findError, readError, readNonsense } from './errors.ts';

/** An Anthropic message as a chat completion; null when it is none. */
export function fromAnthropic(
  answer: JsonObject,
  call: ProviderCall,
  { answerTool }: TranslatedRequest,
): TranslatedAnswer | null {
  if (!Array.isArray(answer.content)) return null;
  const blocks = answer.content.filter(isObject);
  const textOf = (type: string, field: string) =>
    blocks.map((block) => (block.type === type && typeof block[field] === 'string' ? block[field] : '')).join('');
  const answered = blocks.find((block) => block.type === 'tool_use' && block.name === answerTool);
  const toolCalls = blocks
    .filter((block) => block.type === 'tool_use' && block.name !== answerTool)
    .map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input ?? {}) },
    }));
  const text = answered ? JSON.stringify(answered.input) : textOf('text', 'text');
  const thoughts = blocks.filter(isThinking);
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(thoughts.length > 0 && {
      reasoning_content: textOf('thinking', 'thinking'),
      reasoning_details: thoughts.map(toReasoningDetail),
    }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  const choices = [
    { index: 0, message, logprobs: null, finish_reason: finishReason(answer.stop_reason, toolCalls.length > 0) },
  ];
  const usage = isObject(answer.usage) ? toUsage(answer.usage) : null;
  return {
    body: {
      id: call.mintedId,
      object: 'chat.completion',
      created: call.created,
      model: call.callerModel,
      choices,
      ...(usage && { usage }),
    },
    providerRequestId: typeof answer.id === 'string' ? answer.id : null,
  };
}

interface Block {
  type: unknown;
  /** The position among the caller's tool calls; null for other blocks. */
  call: number | null;
  answers: boolean;
  /** What goes back with the next request, gathered piece by piece. */
  thought: JsonObject | null;
  empty: boolean;
}

/** https://docs.anthropic.com/en/docs/build-with-claude/streaming */
export function fromAnthropicStream(
  call: ProviderCall,
  { answerTool }: TranslatedRequest,
  place: Place,
): StreamTranslator {
  const writer = createChunkWriter(call.mintedId, call.created, call.callerModel);
  const blocks = new Map<unknown, Block>();
  const counts: JsonObject = {};
  let begun = false;
  let calls = 0;
  let thoughts = 0;
  let answered = false;
  /** Text beside the answer's own tool: the answer only if that tool is never called. */
  let aside = '';
  let stopReason: unknown = null;
  let stopped = false;

  function chunk(delta: JsonObject, content = true): StreamPart[] {
    const role = begun ? {} : { role: 'assistant' };
    begun = true;
    return [{ type: 'chunk', json: writer.delta(0, { ...role, ...delta }), content, finishReason: null }];
  }

  function say(text: string): StreamPart[] {
    if (answerTool === undefined) return text === '' ? [] : chunk({ content: text });
    aside += text;
    return [];
  }

  function startBlock(index: unknown, block: JsonObject): StreamPart[] {
    const isCall = block.type === 'tool_use' && block.name !== answerTool;
    const answers = block.type === 'tool_use' && !isCall && !answered;
    answered ||= answers;
    const thought = isThinking(block) ? { ...block } : null;
    const opened: Block = { type: block.type, call: isCall ? calls++ : null, answers, thought, empty: true };
    blocks.set(index, opened);
    if (isCall)
      return chunk({
        tool_calls: [
          { index: opened.call, id: block.id, type: 'function', function: { name: block.name, arguments: '' } },
        ],
      });
    return block.type === 'text' && typeof block.text === 'string' ? say(block.text) : [];
  }

  function addDelta(block: Block, delta: JsonObject): StreamPart[] {
    const piece = (field: string) => (typeof delta[field] === 'string' ? delta[field] : '');
    if (delta.type === 'text_delta') return say(piece('text'));
    if (delta.type === 'input_json_delta' && piece('partial_json') !== '') {
      block.empty = false;
      if (block.answers) return chunk({ content: piece('partial_json') });
      return block.call === null
        ? []
        : chunk({ tool_calls: [{ index: block.call, function: { arguments: piece('partial_json') } }] });
    }
    if (delta.type === 'signature_delta' && block.thought)
      block.thought.signature = String(block.thought.signature ?? '') + piece('signature');
    if (delta.type === 'thinking_delta' && block.thought && piece('thinking') !== '') {
      block.thought.thinking = String(block.thought.thinking ?? '') + piece('thinking');
      return chunk({ reasoning_content: piece('thinking') });
    }
    return [];
  }

  function stopBlock(block: Block): StreamPart[] {
    if (block.thought) return chunk({ reasoning_details: [toReasoningDetail(block.thought, thoughts++)] }, false);
    // A call without arguments streams none, but its arguments must parse.
    if (!block.empty || (block.call === null && !block.answers)) return [];
    return block.answers
      ? chunk({ content: '{}' })
      : chunk({ tool_calls: [{ index: block.call, function: { arguments: '{}' } }] });
  }

  function readEvent(event: JsonObject): StreamPart[] {
    const block = blocks.get(event.index);
    switch (event.type) {
      case 'message_start':
        if (isObject(event.message) && isObject(event.message.usage)) Object.assign(counts, event.message.usage);
        return [];
      case 'content_block_start':
        return isObject(event.content_block) ? startBlock(event.index, event.content_block) : [];
      case 'content_block_delta':
        return block && isObject(event.delta) ? addDelta(block, event.delta) : [];
      case 'content_block_stop':
        return block ? stopBlock(block) : [];
      case 'message_delta':
        if (isObject(event.delta)) stopReason = event.delta.stop_reason ?? stopReason;
        if (isObject(event.usage)) Object.assign(counts, withoutNulls(event.usage));
        return [];
      case 'message_stop':
        stopped = true;
        return [];
      // `ping`, and events to come.
      default:
        return [];
    }
  }

  return {
    read(data) {
      const event = parseJson(data);
      const error = findError(event);
      if (error) return [{ type: 'failure', failure: readError(error, place, 200) }];
      return isObject(event) ? readEvent(event) : [{ type: 'failure', failure: readNonsense(200) }];
    },
    complete: () => stopped,
    done: () => stopped,
    finish() {
      const said = aside !== '' && !answered ? chunk({ content: aside }) : [];
      const reason = finishReason(stopReason, calls > 0);
      const json = writer.delta(0, begun ? {} : { role: 'assistant', content: '' }, reason);
      return [
        ...said,
        { type: 'chunk', json, content: false, finishReason: reason },
        { type: 'usage', chunk: writer.usage(toUsage(counts)) },
        { type: 'end' },
      ];
    },
  };
}

const finishReasons: Record<string, string> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** `tool_use` with the answer's own tool is no tool call to the caller. */
function finishReason(reason: unknown, hasCalls: boolean): string {
  return finishReasons[String(reason)] ?? (hasCalls ? 'tool_calls' : 'stop');
}

/** Anthropic counts cached tokens apart from the input, OpenAI within it. */
function toUsage(usage: JsonObject): JsonObject {
  const count = (name: string) => (typeof usage[name] === 'number' ? usage[name] : 0);
  const cached = count('cache_read_input_tokens');
  const cacheWrite = count('cache_creation_input_tokens');
  return writeUsage({
    prompt: count('input_tokens') + cached + cacheWrite,
    completion: count('output_tokens'),
    cached,
    cacheWrite,
  });
}

function withoutNulls(counts: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== null));
}
