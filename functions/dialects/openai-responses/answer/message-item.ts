import type { TextBlock } from '../../../core/chat/conversation.ts';
import type { JsonObject } from '../../../core/json.ts';
import { writeAnnotations } from './annotations.ts';
import type { Items } from './items.ts';

/** A message whose parts are neighbouring texts of the answer. */
export interface MessageItem {
  beginPart(type: 'text' | 'refusal'): void;
  delta(text: string, logprobs?: JsonObject): void;
  endPart(citations: TextBlock['citations']): void;
  end(): void;
}

export function createMessageItem(items: Items): MessageItem {
  const item = { id: items.id('msg'), type: 'message', role: 'assistant' };
  const output_index = items.begin({ ...item, status: 'in_progress', content: [] });
  const content: JsonObject[] = [];
  let part: { type: 'text' | 'refusal'; text: string; logprobs: unknown[] } = { type: 'text', text: '', logprobs: [] };
  const place = () => ({ item_id: item.id, output_index, content_index: content.length });

  return {
    beginPart(type) {
      part = { type, text: '', logprobs: [] };
      items.emit('response.content_part.added', { ...place(), part: writePart(part, []) });
    },
    delta(text, logprobs) {
      part.text += text;
      if (part.type === 'refusal') {
        items.emit('response.refusal.delta', { ...place(), delta: text });
        return;
      }
      const tokens = Array.isArray(logprobs?.content) ? logprobs.content : [];
      part.logprobs.push(...tokens);
      items.emit('response.output_text.delta', { ...place(), delta: text, logprobs: tokens });
    },
    endPart(citations) {
      const annotations = writeAnnotations(citations, part.text);
      for (const [annotation_index, annotation] of annotations.entries())
        items.emit('response.output_text.annotation.added', { ...place(), annotation_index, annotation });
      const written = writePart(part, annotations);
      if (part.type === 'refusal') items.emit('response.refusal.done', { ...place(), refusal: part.text });
      else items.emit('response.output_text.done', { ...place(), text: part.text, logprobs: part.logprobs });
      items.emit('response.content_part.done', { ...place(), part: written });
      content.push(written);
    },
    end() {
      items.end(output_index, { ...item, status: 'completed', content });
    },
  };
}

function writePart(
  part: { type: 'text' | 'refusal'; text: string; logprobs: unknown[] },
  annotations: JsonObject[],
): JsonObject {
  return part.type === 'refusal'
    ? { type: 'refusal', refusal: part.text }
    : { type: 'output_text', text: part.text, annotations, logprobs: part.logprobs };
}
