import { refuse } from '../../core/chat/refusal.ts';
import { readUsage } from '../../core/chat/usage.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import type { UpstreamResult } from '../../core/routing/upstream.ts';
import { type Embedded, embedAll, readEncoding, refuseTokenIds, toEmbeddingList } from '../embedding-list.ts';
import type { AnswerLane } from '../http-upstream.ts';

/** As OpenAI limits it. */
const mostTexts = 2048;
/** The service's own limit (`BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch`). */
const textsPerCall = 100;

const taken: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format']);

interface EmbeddingPlan {
  texts: string[];
  dropped: string[];
  /** `post` makes one call; never rejects. */
  embed(post: PostBatch, signal: AbortSignal): Promise<UpstreamResult>;
}

type PostBatch = (body: JsonObject, lane: AnswerLane, signal: AbortSignal) => Promise<UpstreamResult>;

/** https://ai.google.dev/api/embeddings#method:-models.batchembedcontents. Throws `Refusal`. */
export function planEmbeddings(body: JsonObject, model: string, callerModel: string): EmbeddingPlan {
  const texts = textsOf(body.input);
  const encoding = readEncoding(body);
  const { dimensions } = body;
  const toRequest = (text: string) => ({
    model: `models/${model}`,
    content: { parts: [{ text }] },
    ...(isPresent(dimensions) && { outputDimensionality: dimensions }),
  });
  const batches = Array.from({ length: Math.ceil(texts.length / textsPerCall) }, (_, i) =>
    texts.slice(i * textsPerCall, (i + 1) * textsPerCall).map(toRequest),
  );
  return {
    texts,
    dropped: Object.keys(body)
      .filter((name) => !taken.has(name) && isPresent(body[name]))
      .sort(),
    async embed(post, callSignal) {
      const embedded = await embedAll(batches, callSignal, async (requests, signal) => {
        let read: Embedded | null = null;
        const lane: AnswerLane = {
          readAnswer(text) {
            read = readVectors(text, requests.length);
            return read && { answer: { body: {}, usage: null, finishReason: null } };
          },
          createRelay: () => ({ push: () => [], finish: () => [], done: () => true }),
        };
        const result = await post({ requests }, lane, signal);
        return result.type === 'failure' ? result : (read ?? { vectors: [], tokens: null });
      });
      if ('failure' in embedded) return { type: 'failure', failure: embedded.failure };
      const list = toEmbeddingList(embedded, encoding, callerModel);
      const answer = { body: list, usage: readUsage(list.usage), finishReason: null };
      return { type: 'json', answer, providerRequestId: null };
    },
  };
}

/** Null: it makes no sense, or a vector is missing. */
function readVectors(text: string, count: number): Embedded | null {
  const answer = parseJson(text);
  if (!isObject(answer) || !Array.isArray(answer.embeddings)) return null;
  const vectors = answer.embeddings.flatMap((each: unknown) =>
    isObject(each) && isVector(each.values) ? [each.values] : [],
  );
  return vectors.length === count ? { vectors, tokens: countOf(answer) } : null;
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
    if (typeof text !== 'string') refuseTokenIds(at, 'The Gemini API');
    return text === '' ? refuse(at, 'A text must not be empty.') : text;
  });
}
