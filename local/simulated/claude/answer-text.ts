import type { JsonObject } from '../../../functions/core/json.ts';
import { reportOf, type Said, sinceAsked } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { seal } from '../brain/signature.ts';
import { foundPage, searchIn } from '../brain/web-search.ts';
import { list, object } from '../values.ts';
import { blocksOf } from './content.ts';

/** What Claude says in words: filled-in schemas, what it found, what it read in a document, what its tools said, or the user's last words. */
export function wordsOf(body: JsonObject, said: Said[], serverToolId: string): JsonObject[] {
  const { asked } = sinceAsked(said);
  const format = object(object(body.output_config).format ?? body.output_format);
  if (format.type === 'json_schema') return [{ type: 'text', text: JSON.stringify(sampleOf(format.schema)) }];
  const report = reportOf(said);
  if (report !== null) return [{ type: 'text', text: report }];
  const tool = list(body.tools).find(({ type }) => String(type).startsWith('web_search_'));
  const query = searchIn(asked);
  if (tool !== undefined && query !== null) return searched(query, serverToolId);
  return [quotation(body) ?? { type: 'text', text: asked || lastText(body) }];
}

/** The use of the server's own search, what it found, and a sentence that cites it (docs.claude.com, web search tool). */
function searched(query: string, id: string): JsonObject[] {
  const { url, title, text } = foundPage;
  const citation = {
    type: 'web_search_result_location',
    cited_text: text,
    url,
    title,
    encrypted_index: seal('index', url),
  };
  return [
    searchUse(query, id),
    {
      type: 'web_search_tool_result',
      tool_use_id: id,
      content: [{ type: 'web_search_result', url, title, encrypted_content: seal('search', text), page_age: null }],
    },
    { type: 'text', text: 'I found this: ' },
    { type: 'text', text, citations: [citation] },
  ];
}

export function searchUse(query: string, id: string): JsonObject {
  return { type: 'server_tool_use', id, name: 'web_search', input: { query } };
}

/** A text document whose citations are on is quoted (docs.claude.com, citations). */
function quotation(body: JsonObject): JsonObject | null {
  const documents = list(body.messages)
    .flatMap(({ content }) => blocksOf(content))
    .filter(({ type }) => type === 'document');
  const index = documents.findLastIndex(
    ({ citations, source }) => object(citations).enabled === true && object(source).type === 'text',
  );
  const document = documents[index];
  if (document === undefined) return null;
  const text = String(object(document.source).data).slice(0, 80);
  const location = { document_index: index, document_title: document.title ?? null, file_id: null };
  const range = { start_char_index: 0, end_char_index: text.length };
  return { type: 'text', text, citations: [{ type: 'char_location', cited_text: text, ...location, ...range }] };
}

/** Words that a client put around others are said when there is nothing else. */
function lastText(body: JsonObject): string {
  const texts = list(body.messages)
    .flatMap(({ content }) => blocksOf(content))
    .flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []));
  return texts.at(-1) ?? 'pong';
}
