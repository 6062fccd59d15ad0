import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { list, words } from '../values.ts';
import { eventFrame } from './event-stream.ts';

/** An answer of Converse as frames of a stream, a word each. Text and reasoning begin without a start of their own. */
export function converseFrames(answer: JsonObject): Uint8Array[] {
  const { output, stopReason, usage, metrics } = answer as {
    output: { message: { content: JsonObject[] } };
    stopReason: string;
    usage: unknown;
    metrics: unknown;
  };
  const frames = [eventFrame('messageStart', { role: 'assistant' })];
  for (const [contentBlockIndex, block] of output.message.content.entries()) {
    const { start, deltas } = piecesOf(block);
    if (start !== null) frames.push(eventFrame('contentBlockStart', { contentBlockIndex, start }));
    for (const delta of deltas) frames.push(eventFrame('contentBlockDelta', { contentBlockIndex, delta }));
    frames.push(eventFrame('contentBlockStop', { contentBlockIndex }));
  }
  frames.push(eventFrame('messageStop', { stopReason }), eventFrame('metadata', { usage, metrics }));
  return frames;
}

function piecesOf({ toolUse, reasoningContent, citationsContent, text }: JsonObject): {
  start: JsonObject | null;
  deltas: JsonObject[];
} {
  if (isObject(toolUse)) {
    const { input, ...start } = toolUse;
    return { start: { toolUse: start }, deltas: [{ toolUse: { input: JSON.stringify(input) } }] };
  }
  if (isObject(reasoningContent)) {
    const { reasoningText } = reasoningContent;
    if (!isObject(reasoningText)) return { start: null, deltas: [{ reasoningContent }] };
    const pieces: JsonObject[] = words(String(reasoningText.text)).map((piece) => ({ text: piece }));
    return {
      start: null,
      deltas: [...pieces, { signature: reasoningText.signature }].map((piece) => ({ reasoningContent: piece })),
    };
  }
  if (isObject(citationsContent)) {
    const texts = list(citationsContent.content).map((content) => ({ text: content.text }));
    return { start: null, deltas: [...texts, ...list(citationsContent.citations).map((citation) => ({ citation }))] };
  }
  return { start: null, deltas: words(String(text)).map((word) => ({ text: word })) };
}
