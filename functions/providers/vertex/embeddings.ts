import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { type Embedded, embedAll, readEncoding, refuseTokenIds, toEmbeddingList } from '../embedding-list.ts';
import { findError, readError, readNonsense } from './errors/errors.ts';
import type { Target } from './post.ts';

/** As OpenAI limits it; for models that take one text a request it is also the number of requests. */
const mostTexts = 2048;
/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api: 250 texts and 20,000 tokens a request. */
const textsPerRequest = 250;
/** No tokenizer here: a token is about a character at worst. */
const charactersPerRequest = 20_000;

const taken: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format']);

/** How one family of models is asked and answers. */
interface Family {
  operation: string;
  batches(texts: string[]): string[][];
  toRequest(texts: string[], dimensions: unknown): JsonObject;
  /** Null when the answer makes no sense. */
  fromAnswer(answer: JsonObject): Embedded | null;
}

/** Truncation is turned off: a vector of half a text should be an error, as it is at OpenAI. */
const predict: Family = {
  operation: 'predict',
  batches: inBatches,
  toRequest: (texts, dimensions) => ({
    instances: texts.map((content) => ({ content })),
    parameters: { autoTruncate: false, ...(isPresent(dimensions) && { outputDimensionality: dimensions }) },
  }),
  fromAnswer(answer) {
    if (!Array.isArray(answer.predictions)) return null;
    const embeddings = answer.predictions.map((prediction: unknown) =>
      isObject(prediction) && isObject(prediction.embeddings) ? prediction.embeddings : {},
    );
    const counts = embeddings
      .map(({ statistics }) => (isObject(statistics) ? statistics.token_count : undefined))
      .filter((count) => typeof count === 'number');
    return readVectors(
      embeddings.map(({ values }) => values),
      counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
    );
  },
};

const predictOne: Family = { ...predict, batches: oneByOne };

/** https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.publishers.models/embedContent */
const embedContent: Family = {
  operation: 'embedContent',
  batches: oneByOne,
  toRequest: ([text], dimensions) => ({
    content: { parts: [{ text }] },
    autoTruncate: false,
    ...(isPresent(dimensions) && { outputDimensionality: dimensions }),
  }),
  fromAnswer({ embedding, usageMetadata }) {
    const count = isObject(usageMetadata) ? usageMetadata.promptTokenCount : null;
    return isObject(embedding) ? readVectors([embedding.values], typeof count === 'number' ? count : null) : null;
  },
};

function familyOf(model: string): Family {
  if (/^gemini-embedding-0/.test(model)) return predictOne;
  return model.startsWith('gemini-embedding-') ? embedContent : predict;
}

/** Posts to one operation of the model and gives the whole answer. Never rejects. */
type PostText = (
  operation: string,
  body: string,
  signal: AbortSignal,
) => Promise<{ status: number; text: string } | { failure: Failure }>;

interface EmbeddingPlan {
  dropped: string[];
  texts: string[];
  /** The OpenAI list of vectors. Never rejects. */
  embed(post: PostText, signal: AbortSignal): Promise<{ list: JsonObject } | { failure: Failure }>;
}

/** Throws `Refusal`. */
export function planEmbeddings(body: JsonObject, { model, place }: Target, callerModel: string): EmbeddingPlan {
  const texts = textsOf(body.input);
  const encoding = readEncoding(body);
  const family = familyOf(model.id);

  async function embedBatch(batch: string[], post: PostText, signal: AbortSignal) {
    const answered = await post(family.operation, JSON.stringify(family.toRequest(batch, body.dimensions)), signal);
    if ('failure' in answered) return answered;
    const answer = parseJson(answered.text);
    const error = findError(answer);
    if (error) return { failure: readError(error, place, answered.status) };
    const embedded = isObject(answer) ? family.fromAnswer(answer) : null;
    return embedded?.vectors.length === batch.length ? embedded : { failure: readNonsense(answered.status) };
  }

  return {
    dropped: Object.keys(body)
      .filter((name) => !taken.has(name) && isPresent(body[name]))
      .sort(),
    texts,
    async embed(post, callSignal) {
      const embedded = await embedAll(family.batches(texts), callSignal, (batch, signal) =>
        embedBatch(batch, post, signal),
      );
      return 'failure' in embedded ? embedded : { list: toEmbeddingList(embedded, encoding, callerModel) };
    },
  };
}

function textsOf(input: unknown): string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0) refuse('input', 'The input is empty.');
  const strange = texts.findIndex((text) => typeof text !== 'string');
  if (strange !== -1) refuseTokenIds(Array.isArray(input) ? `input.${strange}` : 'input', 'Vertex AI');
  if (texts.length > mostTexts) refuse('input', `At most ${mostTexts} texts are possible in one request.`);
  return texts.map((text, i) =>
    text === '' || typeof text !== 'string'
      ? refuse(Array.isArray(input) ? `input.${i}` : 'input', 'A text must not be empty.')
      : text,
  );
}

function oneByOne(texts: string[]): string[][] {
  return texts.map((text) => [text]);
}

function inBatches(texts: string[]): string[][] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    const last = batches.at(-1);
    if (last && last.length < textsPerRequest && characters <= charactersPerRequest) last.push(text);
    else {
      batches.push([text]);
      characters = text.length;
    }
  }
  return batches;
}

function readVectors(lists: unknown[], tokens: number | null): Embedded | null {
  const vectors = lists.filter(
    (list): list is number[] =>
      Array.isArray(list) && list.length > 0 && list.every((value) => typeof value === 'number'),
  );
  return vectors.length === lists.length ? { vectors, tokens } : null;
}
