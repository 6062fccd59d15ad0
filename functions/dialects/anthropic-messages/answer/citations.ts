import type { TextBlock } from '../../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/**
 * Citations in Anthropic's words (https://docs.anthropic.com/en/docs/build-with-claude/citations); those of Converse say the same of
 * the same documents (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html). For others there is no word.
 */
export function writeCitations(citations: TextBlock['citations']): JsonObject[] {
  if (citations?.format === 'anthropic') return citations.values;
  return citations?.format === 'converse' ? citations.values.flatMap(fromConverse) : [];
}

function fromConverse({ title, source, sourceContent, location }: JsonObject): JsonObject[] {
  if (!isObject(location)) return [];
  const parts: unknown[] = Array.isArray(sourceContent) ? sourceContent : [];
  const cited = parts.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
  const { documentChar, documentPage, documentChunk, searchResultLocation, web } = location;
  const inDocument = (place: JsonObject) => ({
    cited_text: cited,
    document_index: place.documentIndex ?? 0,
    document_title: title ?? null,
  });
  if (isObject(documentChar)) {
    const { start, end } = documentChar;
    return [{ type: 'char_location', ...inDocument(documentChar), start_char_index: start, end_char_index: end }];
  }
  if (isObject(documentPage)) {
    const { start, end } = documentPage;
    return [{ type: 'page_location', ...inDocument(documentPage), start_page_number: start, end_page_number: end }];
  }
  if (isObject(documentChunk)) {
    const { start, end } = documentChunk;
    const blocks = { start_block_index: start, end_block_index: end };
    return [{ type: 'content_block_location', ...inDocument(documentChunk), ...blocks }];
  }
  if (isObject(searchResultLocation)) {
    const { searchResultIndex: index, start, end } = searchResultLocation;
    const found = { cited_text: cited, source: source ?? '', title: title ?? null, search_result_index: index ?? 0 };
    return [{ type: 'search_result_location', ...found, start_block_index: start, end_block_index: end }];
  }
  if (!isObject(web) || typeof web.url !== 'string') return [];
  const page = { cited_text: cited, url: web.url, title: title ?? null, encrypted_index: '' };
  return [{ type: 'web_search_result_location', ...page }];
}
