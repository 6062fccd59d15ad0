import type { ChatAnswer, Finish } from '../../../core/chat/answer.ts';
import type { Block } from '../../../core/chat/conversation.ts';
import type { WrittenRequest } from '../../../core/chat/dialect.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { readFinish, readTokens } from '../usage.ts';

/** A message of Claude; null when it is none. */
export function readAnswer(message: JsonObject, { answerTool }: Pick<WrittenRequest, 'answerTool'>): ChatAnswer | null {
  if (!Array.isArray(message.content)) return null;
  const blocks = message.content.filter(isObject).map(readBlock);
  const answer = blocks.find((block) => block.type === 'tool_call' && block.name === answerTool);
  const said = blocks.flatMap((block): Block[] => {
    if (block === answer && block.type === 'tool_call') return [{ type: 'text', text: block.input }];
    if (block.type === 'tool_call' && block.name === answerTool) return [];
    // Words beside the answer's own tool are no part of the answer.
    return block.type === 'text' && answer !== undefined ? [] : [block];
  });
  const calls = said.some(({ type }) => type === 'tool_call');
  return {
    choices: [{ blocks: said, finish: readEnd(message.stop_reason, message.stop_sequence, calls) }],
    usage: readTokens(message.usage),
  };
}

export function readBlock(block: JsonObject): Block {
  const text = (field: string): string => (typeof block[field] === 'string' ? block[field] : '');
  switch (block.type) {
    case 'text': {
      const citations = Array.isArray(block.citations) ? block.citations.filter(isObject) : [];
      return {
        type: 'text',
        text: text('text'),
        ...(citations.length > 0 && { citations: { format: 'anthropic', values: citations } }),
      };
    }
    case 'thinking':
      return {
        type: 'reasoning',
        text: text('thinking'),
        ...(text('signature') !== '' && { signature: { format: 'anthropic', value: text('signature') } }),
      };
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: text('data') } };
    case 'tool_use':
      return {
        type: 'tool_call',
        id: text('id'),
        name: text('name'),
        input: JSON.stringify(block.input ?? {}),
        kind: 'function',
      };
    default:
      return { type: 'opaque', dialect: 'anthropic-messages', value: block };
  }
}

/** `tool_use` with the answer's own tool is no tool call to the caller. */
export function readEnd(stopReason: unknown, sequence: unknown, hasCalls: boolean): Finish {
  const reason = readFinish(stopReason) ?? 'stop';
  if (reason === 'stop_sequence' && !hasCalls) return { reason, ...(typeof sequence === 'string' && { sequence }) };
  if (reason === 'length' || reason === 'context' || reason === 'content_filter') return { reason };
  if (hasCalls) return { reason: 'tool_calls' };
  return { reason: reason === 'pause' ? reason : 'stop' };
}
