import { isObject, isPresent, type JsonObject } from '../core/json.ts';

/**
 * Reasoning that has to come back unchanged with the next turn, as callers see it: `reasoning_details` of a message (the form of
 * openrouter.ai/docs, "Preserving reasoning blocks"). `format` says whose signature it is: one maker's models refuse another's.
 */
export type Reasoning =
  | { type: 'text'; text: string; signature: string }
  | { type: 'encrypted' /** base64 */; data: string };

/** Claude's signatures, wherever the model ran: a conversation may move between its providers. */
export const claudeFormat = 'anthropic-claude-v1';

export function toDetail(reasoning: Reasoning, index: number, format: string): JsonObject {
  return { ...reasoning, type: `reasoning.${reasoning.type}`, format, index };
}

/** What an earlier turn of this maker's models signed. Unsigned reasoning is never replayed: models refuse it or take it for their own words. */
export function readDetails(message: JsonObject, format: string): Reasoning[] {
  if (!Array.isArray(message.reasoning_details)) return [];
  return message.reasoning_details.flatMap((detail: unknown): Reasoning[] => {
    if (!isObject(detail) || (isPresent(detail.format) && detail.format !== format)) return [];
    const { type, text, signature, data } = detail;
    if (type === 'reasoning.text' && typeof text === 'string' && typeof signature === 'string' && signature !== '')
      return [{ type: 'text', text, signature }];
    return type === 'reasoning.encrypted' && typeof data === 'string' && data !== ''
      ? [{ type: 'encrypted', data }]
      : [];
  });
}
