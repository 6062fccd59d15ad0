import type { ReasoningBlock, Signature } from '../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/**
 * Reasoning that has to come back unchanged with the next turn, as callers see it: `reasoning_details` of a message
 * (https://openrouter.ai/docs/use-cases/reasoning-tokens, "Preserving reasoning blocks"). `format` says whose signature it is:
 * one maker's models refuse another's, wherever they run, so a conversation may move between the hosts of one maker's models.
 */
const formats: Record<Signature['format'], string> = {
  anthropic: 'anthropic-claude-v1',
  google: 'google-gemini-v1',
  openai: 'openai-responses-v1',
  amazon: 'bedrock-amazon',
  other: 'unknown',
};

const makers = new Map(Object.entries(formats).map(([maker, format]) => [format, maker as Signature['format']]));

/** Details from before there was a `format` are Claude's. */
function makerOf(format: unknown): Signature['format'] {
  if (format === undefined || format === null) return 'anthropic';
  return (typeof format === 'string' && makers.get(format)) || 'other';
}

/** The details of one block, numbered from `index`. Text without a signature has none: nobody takes it back. */
export function writeDetails({ text, signature, encrypted, id }: ReasoningBlock, index: number): JsonObject[] {
  const details: JsonObject[] = [];
  const named = id === undefined ? {} : { id };
  if (signature !== undefined)
    details.push({
      type: 'reasoning.text',
      text,
      signature: signature.value,
      ...named,
      format: formats[signature.format],
    });
  else if (encrypted !== undefined && text !== '')
    details.push({ type: 'reasoning.summary', summary: text, ...named, format: formats[encrypted.format] });
  if (encrypted !== undefined)
    details.push({ type: 'reasoning.encrypted', data: encrypted.value, ...named, format: formats[encrypted.format] });
  return details.map((detail, i) => ({ ...detail, index: index + i }));
}

/** What an earlier turn's models signed. Unsigned reasoning is never replayed: models refuse it or take it for their own words. */
export function readDetails(details: unknown, at: string): ReasoningBlock[] {
  if (!Array.isArray(details)) return [];
  const blocks: ReasoningBlock[] = [];
  /** Readable words that stand before the encrypted thought which they sum up. */
  let summary: { id: unknown; text: string } | null = null;
  for (const [i, detail] of details.entries()) {
    if (!isObject(detail)) continue;
    const { type, text, signature, data, summary: words, id, format } = detail;
    const placed = { type: 'reasoning' as const, at: `${at}.${i}`, ...(typeof id === 'string' && { id }) };
    if (type === 'reasoning.summary' && typeof words === 'string')
      summary = { id, text: summary !== null && summary.id === id ? `${summary.text}\n\n${words}` : words };
    else if (type === 'reasoning.text' && typeof text === 'string' && isText(signature))
      blocks.push({ ...placed, text, signature: { format: makerOf(format), value: signature } });
    else if (type === 'reasoning.encrypted' && isText(data)) {
      const encrypted = { format: makerOf(format), value: data };
      const last = blocks.at(-1);
      if (typeof id === 'string' && last?.id === id && last.encrypted === undefined) last.encrypted = encrypted;
      else blocks.push({ ...placed, text: summary !== null && summary.id === id ? summary.text : '', encrypted });
      summary = null;
    }
  }
  return blocks;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
