import type { TextBlock } from '../../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { annotationFormat } from '../request/content.ts';

/** Citations of other makers' words that name an address become `url_citation`; for the rest there is no word. */
export function writeAnnotations(citations: TextBlock['citations'], text: string): JsonObject[] {
  if (citations === undefined) return [];
  if (citations.format === annotationFormat) return citations.values;
  return citations.values.flatMap((value) => {
    // Chat completions have the fields in an object of the annotation's type.
    const {
      url,
      title,
      start_index: start,
      end_index: end,
    } = isObject(value.url_citation) ? value.url_citation : value;
    if (typeof url !== 'string') return [];
    return {
      type: 'url_citation',
      url,
      title: typeof title === 'string' ? title : '',
      start_index: typeof start === 'number' ? start : 0,
      end_index: typeof end === 'number' ? end : text.length,
    };
  });
}
