import type { AnswerChoice, ChatAnswer, FinishReason } from '../../../core/chat/answer.ts';
import type { Block, ToolCallBlock } from '../../../core/chat/conversation.ts';
import { readUsage } from '../../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** A chat completion; null when it is none. */
export function readAnswer(answer: JsonObject): ChatAnswer | null {
  const { choices, service_tier: tier } = answer;
  if (!Array.isArray(choices) || choices.length === 0 || !choices.every(isObject)) return null;
  return {
    choices: choices.map((choice, i) => readChoice(choice, `${textIn(answer.id)}_${i}`)),
    usage: readUsage(answer.usage),
    ...(typeof tier === 'string' && { serviceTier: tier }),
  };
}

function readChoice({ message, finish_reason: reason, logprobs }: JsonObject, id: string): AnswerChoice {
  const blocks = isObject(message) ? readMessage(message, id) : [];
  return {
    blocks,
    finish: {
      reason: finishOf(
        reason,
        blocks.some(({ type }) => type === 'tool_call'),
      ),
    },
    ...(isObject(logprobs) && { logprobs }),
  };
}

/** What every message may hold, in the order in which models say it. */
function readMessage(message: JsonObject, id: string): Block[] {
  const blocks: Block[] = [];
  const thoughts = thoughtsIn(message);
  if (thoughts !== '') blocks.push({ type: 'reasoning', text: thoughts });
  for (const [type, text] of saidIn(message.content)) blocks.push({ type, text });
  const said = blocks.find((block) => block.type === 'text');
  if (said?.type === 'text' && Array.isArray(message.annotations) && message.annotations.length > 0)
    said.citations = { format: 'openai', values: message.annotations.filter(isObject) };
  if (textIn(message.refusal) !== '') blocks.push({ type: 'refusal', text: textIn(message.refusal) });
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : [];
  return [...blocks, ...calls.flatMap((call, i) => readCall(call, `${id}_${i}`))];
}

/** Servers of open models use one name or the other for thoughts that anybody may read. */
export function thoughtsIn({ reasoning_content: content, reasoning }: JsonObject): string {
  return textIn(content) || textIn(reasoning);
}

/** A text, or a list of parts: Mistral's models put their thoughts among them (https://docs.mistral.ai/capabilities/reasoning). */
export function saidIn(content: unknown): ['text' | 'refusal' | 'reasoning', string][] {
  if (typeof content === 'string') return content === '' ? [] : [['text', content]];
  if (!Array.isArray(content)) return [];
  return content.filter(isObject).flatMap((part): ['text' | 'refusal' | 'reasoning', string][] => {
    if (part.type === 'thinking') {
      const text = Array.isArray(part.thinking)
        ? part.thinking
            .filter(isObject)
            .map((each) => textIn(each.text))
            .join('')
        : '';
      return text === '' ? [] : [['reasoning', text]];
    }
    const refusal = textIn(part.refusal);
    if (refusal !== '') return [['refusal', refusal]];
    return textIn(part.text) === '' ? [] : [['text', textIn(part.text)]];
  });
}

/** `ownId` stands in for servers that give calls no ids. */
function readCall(call: JsonObject, ownId: string): ToolCallBlock[] {
  const { function: fn, custom } = call;
  const called = isObject(fn) ? fn : custom;
  if (!isObject(called) || textIn(called.name) === '') return [];
  const kind = isObject(fn) ? 'function' : 'custom';
  const input = kind === 'custom' ? textIn(called.input) : argumentsText(called.arguments);
  return [{ type: 'tool_call', id: textIn(call.id) || `call${ownId}`, name: textIn(called.name), input, kind }];
}

function argumentsText(given: unknown): string {
  if (isObject(given)) return JSON.stringify(given);
  return textIn(given).trim() === '' ? '{}' : textIn(given);
}

/** The set of reasons is open: unknown ones are a plain stop. Some servers say `stop` of a turn that ends with calls. */
export function finishOf(reason: unknown, hasCalls: boolean): FinishReason {
  if (reason === 'length' || reason === 'content_filter') return reason;
  return hasCalls ? 'tool_calls' : 'stop';
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
