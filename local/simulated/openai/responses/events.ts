import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { list, words } from '../../values.ts';

/**
 * A response as the events of its stream, in the order of the real one, numbered from 0 (as recorded; types: the package openai). `padded`:
 * deltas carry `obfuscation`, as they do unless `stream_options.include_obfuscation` is false.
 */
export function responseEvents(response: JsonObject, padded: boolean): string[] {
  const started = {
    ...response,
    status: 'in_progress',
    output: [],
    usage: null,
    incomplete_details: null,
    completed_at: null,
  };
  const events: JsonObject[] = [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
    ...list(response.output).flatMap((item, output_index) =>
      itemEvents(item).map(({ type, ...event }) => ({ type, output_index, ...event })),
    ),
    { type: `response.${String(response.status)}`, response },
  ];
  return events.map(({ type, ...event }, sequence_number) => {
    const padding = padded && 'delta' in event ? { obfuscation: randomBytes(4).toString('hex') } : {};
    return `event: ${String(type)}\ndata: ${JSON.stringify({ type, sequence_number, ...event, ...padding })}\n\n`;
  });
}

function itemEvents(item: JsonObject): JsonObject[] {
  const item_id = item.id;
  const within = (events: JsonObject[], start: JsonObject): JsonObject[] => [
    { type: 'response.output_item.added', item: start },
    ...events.map(({ type, ...event }) => ({ type, item_id, ...event })),
    { type: 'response.output_item.done', item },
  ];
  const begun = { ...item, status: 'in_progress' };
  switch (item.type) {
    case 'message':
      return within(list(item.content).flatMap(partEvents), { ...begun, content: [] });
    case 'reasoning':
      return within(list(item.summary).flatMap(summaryEvents), { ...item, summary: [] });
    case 'function_call':
      return within(inputEvents('function_call_arguments', 'arguments', String(item.arguments)), {
        ...begun,
        arguments: '',
      });
    case 'custom_tool_call':
      return within(inputEvents('custom_tool_call_input', 'input', String(item.input)), { ...begun, input: '' });
    case 'web_search_call': {
      const steps = ['in_progress', 'searching', 'completed'].map((step) => ({
        type: `response.web_search_call.${step}`,
      }));
      return within(steps, { id: item_id, type: item.type, status: 'in_progress' });
    }
    default:
      return within([], begun);
  }
}

function partEvents(part: JsonObject, content_index: number): JsonObject[] {
  const text = String(part.text);
  return [
    { type: 'response.content_part.added', content_index, part: { ...part, text: '', annotations: [] } },
    ...words(text).map((delta) => ({ type: 'response.output_text.delta', content_index, delta, logprobs: [] })),
    ...list(part.annotations).map((annotation, annotation_index) => ({
      type: 'response.output_text.annotation.added',
      content_index,
      annotation_index,
      annotation,
    })),
    { type: 'response.output_text.done', content_index, text, logprobs: [] },
    { type: 'response.content_part.done', content_index, part },
  ];
}

function summaryEvents(part: JsonObject, summary_index: number): JsonObject[] {
  const text = String(part.text);
  return [
    { type: 'response.reasoning_summary_part.added', summary_index, part: { ...part, text: '' } },
    ...words(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', summary_index, delta })),
    { type: 'response.reasoning_summary_text.done', summary_index, text },
    { type: 'response.reasoning_summary_part.done', summary_index, part },
  ];
}

function inputEvents(kind: string, field: string, input: string): JsonObject[] {
  const pieces = input.match(/[\s\S]{1,12}/g) ?? [];
  return [
    ...pieces.map((delta) => ({ type: `response.${kind}.delta`, delta })),
    { type: `response.${kind}.done`, [field]: input },
  ];
}
