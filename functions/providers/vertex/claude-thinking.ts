import type { JsonObject } from '../../core/json.ts';
import { claudeFormat, readDetails, toDetail } from '../reasoning-details.ts';

export function isThinking(block: JsonObject): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/** A thinking block as callers get it and have to send it back. */
export function toReasoningDetail(block: JsonObject, index: number): JsonObject {
  const text = (field: string) => String(block[field] ?? '');
  if (block.type === 'redacted_thinking')
    return toDetail({ type: 'encrypted', data: text('data') }, index, claudeFormat);
  return toDetail({ type: 'text', text: text('thinking'), signature: text('signature') }, index, claudeFormat);
}

/** The thinking of an earlier turn. */
export function thinkingBlocks(message: JsonObject): JsonObject[] {
  return readDetails(message, claudeFormat).map((detail) =>
    detail.type === 'text'
      ? { type: 'thinking', thinking: detail.text, signature: detail.signature }
      : { type: 'redacted_thinking', data: detail.data },
  );
}
