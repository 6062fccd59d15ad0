import { isObject, type JsonObject } from '../../core/json.ts';

/** Whose signatures these are, wherever the model ran: a conversation may move between Claude's providers. */
const format = 'anthropic-claude-v1';

export function isThinking(block: JsonObject): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/**
 * A thinking block as callers get it and have to send it back unchanged, in `reasoning_details` of the message
 * (the form of openrouter.ai/docs, "Preserving reasoning blocks").
 */
export function toReasoningDetail(block: JsonObject, index: number): JsonObject {
  if (block.type === 'redacted_thinking') return { type: 'reasoning.encrypted', data: block.data, format, index };
  return { type: 'reasoning.text', text: block.thinking, signature: block.signature, format, index };
}

/** The thinking of an earlier turn. Anthropic refuses it without its signature, and other makers' signatures. */
export function thinkingBlocks(message: JsonObject): JsonObject[] {
  if (!Array.isArray(message.reasoning_details)) return [];
  return message.reasoning_details.flatMap((detail: unknown): JsonObject[] => {
    if (!isObject(detail) || (detail.format !== undefined && detail.format !== null && detail.format !== format)) return [];
    const { type, text, signature, data } = detail;
    if (type === 'reasoning.text' && typeof text === 'string' && typeof signature === 'string' && signature !== '') return [{ type: 'thinking', thinking: text, signature }];
    return type === 'reasoning.encrypted' && typeof data === 'string' && data !== '' ? [{ type: 'redacted_thinking', data }] : [];
  });
}
