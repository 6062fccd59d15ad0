import type { ReasoningBlock, Signature } from '../../../core/chat/conversation.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';

/**
 * Signatures in the words of other gateways: clients that were written for those, and conversations that began there, send them on.
 */

/**
 * Google's signature of a call or a message: where Google's own endpoint for this format has it
 * (https://ai.google.dev/gemini-api/docs/thought-signatures), under the name of its cloud
 * (https://github.com/8monkey-ai/hebo-gateway/issues/226), or where LiteLLM puts what is a provider's own
 * (https://docs.litellm.ai/docs/providers/gemini#thought-signatures).
 */
export function googleSignature(holder: JsonObject): Signature | undefined {
  const { extra_content: extra, provider_specific_fields: own, function: called } = holder;
  const { google, vertex } = fieldsOf(extra);
  const { thought_signature: signature, thought_signatures: signatures } = fieldsOf(own);
  const inFunction = fieldsOf(fieldsOf(called).provider_specific_fields);
  const candidates: unknown[] = [
    fieldsOf(google).thought_signature,
    fieldsOf(vertex).thought_signature,
    signature,
    inFunction.thought_signature,
    Array.isArray(signatures) ? signatures.at(-1) : undefined,
  ];
  const value = candidates.find(isText);
  return value === undefined ? undefined : { format: 'google', value };
}

/** A call's id may carry its signature: https://github.com/BerriAI/litellm/pull/16895. */
const inId = '__thought__';

export function splitId(id: string): { id: string; signature?: Signature } {
  const at = id.indexOf(inId);
  const value = at < 1 ? '' : id.slice(at + inId.length);
  return value === '' ? { id } : { id: id.slice(0, at), signature: { format: 'google', value } };
}

/** Anthropic's blocks beside the message: https://docs.litellm.ai/docs/reasoning_content. */
export function readThinkingBlocks(message: JsonObject, at: string): ReasoningBlock[] {
  const blocks = message.thinking_blocks ?? fieldsOf(message.provider_specific_fields).thinking_blocks;
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block: unknown, i): ReasoningBlock[] => {
    const { type, thinking, signature, data } = fieldsOf(block);
    const placed = { type: 'reasoning' as const, at: `${at}.${i}` };
    if (type === 'redacted_thinking' && isText(data))
      return [{ ...placed, text: '', encrypted: { format: 'anthropic', value: data } }];
    // Without a signature nobody takes them back; Gemini's are the JSON of a part, and its signatures stand with the calls.
    if (type !== 'thinking' || typeof thinking !== 'string' || !isText(signature) || isObject(parseJson(thinking)))
      return [];
    return [{ ...placed, text: thinking, signature: { format: 'anthropic', value: signature } }];
  });
}

function fieldsOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
