import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Family } from './families.ts';

/**
 * Reasoning as callers see it: `reasoning_content` is the text, `reasoning_details` what has to come back unchanged
 * for the next turn (the form that OpenRouter introduced: openrouter.ai/docs, "Preserving reasoning blocks").
 * `format` says whose signature it is: one maker's models refuse another's.
 */
export function textDetail(text: string, signature: string, index: number, family: Family): JsonObject {
  return { type: 'reasoning.text', text, signature, format: formatOf(family), index };
}

export function encryptedDetail(data: Uint8Array, index: number, family: Family): JsonObject {
  return { type: 'reasoning.encrypted', data: Buffer.from(data).toString('base64'), format: formatOf(family), index };
}

function formatOf(family: Family): string {
  return family.maker === 'anthropic' ? 'anthropic-claude-v1' : `bedrock-${family.maker ?? 'model'}`;
}

/** The signed reasoning of an earlier turn. Unsigned reasoning is never replayed: models refuse it or take it for their own words. */
export function readReasoningDetails(message: JsonObject, family: Family): ContentBlock[] {
  if (!family.signedReasoning || !Array.isArray(message.reasoning_details)) return [];
  return message.reasoning_details.flatMap((detail): ContentBlock[] => {
    if (!isObject(detail) || (detail.format !== undefined && detail.format !== null && detail.format !== formatOf(family))) return [];
    if (detail.type === 'reasoning.text' && typeof detail.text === 'string' && typeof detail.signature === 'string' && detail.signature !== '') {
      return [{ reasoningContent: { reasoningText: { text: detail.text, signature: detail.signature } } }];
    }
    if (detail.type === 'reasoning.encrypted' && typeof detail.data === 'string' && detail.data !== '') {
      return [{ reasoningContent: { redactedContent: Buffer.from(detail.data, 'base64') } }];
    }
    return [];
  });
}
