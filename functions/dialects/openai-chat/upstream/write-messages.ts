import { createHash } from 'node:crypto';
import type { Block, ToolCallBlock, ToolResultBlock, Turn } from '../../../core/chat/conversation.ts';
import { functionInput } from '../../../core/chat/offered-tools.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { OpenAiTraits } from './traits.ts';
import { plainContent, resultMedia, resultText, writeParts } from './write-content.ts';

/**
 * The turns as chat messages. Results of tool calls must follow their calls at once, each in a message of its own, so between
 * two turns of the assistant they come first, then what the results showed, then the rest in its order.
 */
export function writeMessages(turns: Turn[], traits: OpenAiTraits): JsonObject[] {
  const messages: JsonObject[] = [];
  let asked: Turn[] = [];
  let said: Block[] = [];
  const flush = () => {
    messages.push(...writeSaid(said), ...writeAsked(asked, traits));
    said = [];
    asked = [];
  };
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      // Neighbours become one message: a call must not be parted from its results by another message.
      if (asked.length > 0) flush();
      said.push(...turn.blocks);
    } else asked.push(turn);
  }
  flush();
  if (messages.length === 0) refuse('messages', 'The messages hold no content.');
  return messages;
}

/** Thoughts stay behind: chat completions have no place for those of OpenAI's models, and others' are not theirs. */
function writeSaid(blocks: Block[]): JsonObject[] {
  const text = textOf(blocks, 'text');
  const refusal = textOf(blocks, 'refusal');
  const calls = blocks.filter((block) => block.type === 'tool_call').map(writeCall);
  if (text === '' && refusal === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(refusal !== '' && { refusal }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ];
}

function textOf(blocks: Block[], type: 'text' | 'refusal'): string {
  return blocks.map((block) => (block.type === type ? block.text : '')).join('');
}

function writeCall(call: ToolCallBlock): JsonObject {
  return { id: callId(call.id), type: 'function', function: { name: call.name, arguments: functionInput(call) } };
}

function writeAsked(turns: Turn[], traits: OpenAiTraits): JsonObject[] {
  const results = turns.flatMap(({ blocks }) => blocks.filter((block) => block.type === 'tool_result'));
  const shown = results.flatMap((result) => resultMedia(result, traits));
  return [
    ...results.map(writeResult),
    ...(shown.length > 0 ? [{ role: 'user', content: shown }] : []),
    ...turns.flatMap(({ role, blocks }) => {
      const parts = writeParts(blocks, traits);
      return parts.length > 0 ? [{ role, content: plainContent(parts) }] : [];
    }),
  ];
}

function writeResult(result: ToolResultBlock): JsonObject {
  return { role: 'tool', tool_call_id: callId(result.callId), content: resultText(result) };
}

/** OpenAI refuses ids of more than forty characters; a hash keeps call and result together. */
function callId(id: string): string {
  return id.length <= 40 ? id : createHash('sha256').update(id).digest('hex').slice(0, 40);
}
