import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { JsonObject } from '../../core/json.ts';
import { claudeFormat, readDetails, toDetail } from '../reasoning-details.ts';
import type { Family } from './families.ts';

/** Reasoning as callers see it: `reasoning_content` is the text, these are what has to come back. */
export function textDetail(text: string, signature: string, index: number, family: Family): JsonObject {
  return toDetail({ type: 'text', text, signature }, index, formatOf(family));
}

export function encryptedDetail(data: Uint8Array, index: number, family: Family): JsonObject {
  return toDetail({ type: 'encrypted', data: Buffer.from(data).toString('base64') }, index, formatOf(family));
}

function formatOf(family: Family): string {
  return family.maker === 'anthropic' ? claudeFormat : `bedrock-${family.maker ?? 'model'}`;
}

/** The signed reasoning of an earlier turn. */
export function reasoningBlocks(message: JsonObject, family: Family): ContentBlock[] {
  if (!family.signedReasoning) return [];
  return readDetails(message, formatOf(family)).map((detail) => ({
    reasoningContent:
      detail.type === 'text'
        ? { reasoningText: { text: detail.text, signature: detail.signature } }
        : { redactedContent: Buffer.from(detail.data, 'base64') },
  }));
}
