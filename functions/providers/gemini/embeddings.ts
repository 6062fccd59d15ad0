import { refuse } from '../../core/chat/refusal.ts';
import { readUsage } from '../../core/chat/usage.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import { readEncoding, toEmbeddingList } from '../embedding-list.ts';
import type { AnswerLane } from '../http-upstream.ts';

/** https://ai.google.dev/gemini-api/docs/rate-limits and the service's own refusal: at most 100 requests in one batch. */
const mostTexts = 100;

const taken: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format']);

interface Embedding {
  texts: string[];
  dropped: string[];
  body: JsonObject;
  lane: AnswerLane;
}

/** https://ai.google.dev/api/embeddings#method:-models.batchembedcontents. Throws `Refusal`. */
export function writeEmbeddings(body: JsonObject, model: string, callerModel: string): Embedding {
  const texts = textsOf(body.input);
  const encoding = readEncoding(body);
  const { dimensions } = body;
  const requests = texts.map((text) => ({
    model: `models/${model}`,
    content: { parts: [{ text }] },
    ...(isPresent(dimensions) && { outputDimensionality: dimensions }),
  }));
  return {
    texts,
    dropped: Object.keys(body)
      .filter((name) => !taken.has(name) && isPresent(body[name]))
      .sort(),
    body: { requests },
    lane: {
      readAnswer(text) {
        const answer = parseJson(text);
        if (!isObject(answer) || !Array.isArray(answer.embeddings)) return null;
        const vectors = answer.embeddings.flatMap((each: unknown) =>
          isObject(each) && isVector(each.values) ? [each.values] : [],
        );
        if (vectors.length !== texts.length) return null;
        const list = toEmbeddingList([{ vectors, tokens: countOf(answer) }], encoding, callerModel);
        return { answer: { body: list, usage: readUsage(list.usage), finishReason: null } };
      },
      createRelay: () => ({ push: () => [], finish: () => [], done: () => true }),
    },
  };
}

function isVector(values: unknown): values is number[] {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'number');
}

/** Not all models count. */
function countOf({ usageMetadata }: JsonObject): number | null {
  const count = isObject(usageMetadata) ? usageMetadata.promptTokenCount : null;
  return typeof count === 'number' ? count : null;
}

function textsOf(input: unknown): string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0) refuse('input', 'The input is empty.');
  if (texts.length > mostTexts) refuse('input', `At most ${mostTexts} texts are possible in one request.`);
  return texts.map((text, i) => {
    const at = Array.isArray(input) ? `input.${i}` : 'input';
    if (typeof text !== 'string') refuse(at, 'This model takes text only, no tokens.');
    return text === '' ? refuse(at, 'A text must not be empty.') : text;
  });
}
