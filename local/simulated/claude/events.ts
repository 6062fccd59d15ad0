import type { JsonObject } from '../../../functions/core/json.ts';
import { list, object, words } from '../values.ts';

/** A message as the events of its stream (docs.claude.com/en/docs/build-with-claude/streaming). */
export function claudeEvents(message: JsonObject): JsonObject[] {
  const { content, stop_reason, stop_sequence, usage } = message;
  const { server_tool_use: _later, ...first } = object(usage);
  const started = { ...message, content: [], stop_reason: null, stop_sequence: null };
  return [
    { type: 'message_start', message: { ...started, usage: { ...first, output_tokens: 1 } } },
    ...list(content).flatMap(blockEvents),
    { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: JsonObject, index: number): JsonObject[] {
  const { start, deltas } = opened(block);
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** How a block begins and by what it grows. Redacted thinking and what a search found come whole. */
function opened(block: JsonObject): { start: JsonObject; deltas: JsonObject[] } {
  const { type, text, citations, thinking, signature, input } = block;
  if (type === 'text') {
    const cited = list(citations).map((citation) => ({ type: 'citations_delta', citation }));
    return {
      start: { type, text: '', ...(cited.length > 0 && { citations: [] }) },
      deltas: [...words(String(text)).map((word) => ({ type: 'text_delta', text: word })), ...cited],
    };
  }
  if (type === 'thinking') {
    const pieces = thinking === '' ? [] : words(String(thinking));
    return {
      start: { type, thinking: '', signature: '' },
      deltas: [
        ...pieces.map((piece) => ({ type: 'thinking_delta', thinking: piece })),
        { type: 'signature_delta', signature },
      ],
    };
  }
  if (type !== 'tool_use' && type !== 'server_tool_use') return { start: block, deltas: [] };
  const pieces = JSON.stringify(input).match(/[\s\S]{1,16}/g) ?? [];
  return {
    start: { ...block, input: {} },
    deltas: ['', ...pieces].map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  };
}
