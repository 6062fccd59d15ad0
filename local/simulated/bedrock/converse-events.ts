import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { list, words } from '../values.ts';
import type { StreamEvent } from './event-stream.ts';

/** An answer of Converse as the events of a stream, a word each. Text and reasoning begin without a start of their own. */
export function converseEvents(answer: JsonObject): StreamEvent[] {
  const { output, stopReason, usage, metrics } = answer as {
    output: { message: { content: JsonObject[] } };
    stopReason: string;
    usage: unknown;
    metrics: unknown;
  };
  const events: StreamEvent[] = [{ type: 'messageStart', payload: { role: 'assistant' } }];
  for (const [contentBlockIndex, block] of output.message.content.entries()) {
    const { start, deltas } = piecesOf(block);
    if (start !== null) events.push({ type: 'contentBlockStart', payload: { contentBlockIndex, start } });
    for (const delta of deltas) events.push({ type: 'contentBlockDelta', payload: { contentBlockIndex, delta } });
    events.push({ type: 'contentBlockStop', payload: { contentBlockIndex } });
  }
  events.push({ type: 'messageStop', payload: { stopReason } }, { type: 'metadata', payload: { usage, metrics } });
  return events;
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
