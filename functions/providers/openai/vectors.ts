import { isObject, type JsonObject, parseJson } from '../../core/json.ts';

/** Below this an answer is parsed: that is cheaper than it is worth a second way. */
const leastChars = 64 * 1024;

/** An answer whose beginning stays text: see `ProviderJson.preface`. */
export interface SplitAnswer {
  preface: string;
  body: JsonObject;
}

/**
 * Takes a large embeddings answer apart behind its vectors, without parsing those: for a hundred of them that would cost tens
 * of CPU-ms. Null when the answer is not of the known form (platform.openai.com/docs/api-reference/embeddings/object).
 *
 * The place is the last `]`. If what follows it, behind an opening brace, is a JSON object, then the answer's own closing brace
 * is that object's, so the `]` stands directly inside the answer. It cannot stand inside a string: then the rest would hold an
 * odd number of quotes, and be no JSON.
 */
export function splitVectors(text: string): SplitAnswer | null {
  if (text.length < leastChars || !/^\s*\{\s*"object"\s*:\s*"list"\s*,\s*"data"\s*:\s*\[/.test(text.slice(0, 100)))
    return null;
  const end = text.lastIndexOf(']') + 1;
  const rest = text.slice(end).trimStart();
  const body = rest.startsWith(',') ? parseJson(`{${rest.slice(1)}`) : null;
  if (!isObject(body) || typeof body.model !== 'string' || !isObject(body.usage)) return null;
  return { preface: text.slice(0, end), body };
}
