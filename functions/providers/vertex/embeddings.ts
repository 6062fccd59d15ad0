import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { ProviderCall, ProviderResult } from '../../core/routing/provider.ts';
import { type Embedded, embedAll, readEncoding, toEmbeddingList } from '../embedding-list.ts';
import { droppedParams } from './chat-request.ts';
import { findError, readBreak, readError, readNonsense } from './errors.ts';
import type { Post, Target } from './upstream.ts';

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

export function createEmbeddings(post: Post): (call: ProviderCall, target: Target) => Promise<ProviderResult> {
  return async (call, target) => {
    const texts = textsOf(call.body.input);
    const encoding = readEncoding(call.body);
    const family = familyOf(target.model.id);

    async function embed(batch: string[], signal: AbortSignal): Promise<Embedded | { failure: Failure }> {
      const answered = await post(
        call,
        target,
        family.operation,
        JSON.stringify(family.toRequest(batch, call.body.dimensions)),
        signal,
      );
      if ('failure' in answered) return answered;
      const text = await answered.response.text().catch((error: unknown) => ({ failure: readBreak(error, signal) }));
      if (typeof text !== 'string') return text;
      const answer = parseJson(text);
      const error = findError(answer);
      if (error) return { failure: readError(error, target.place, answered.response.status) };
      const embedded = isObject(answer) ? family.fromAnswer(answer) : null;
      return embedded?.vectors.length === batch.length ? embedded : { failure: readNonsense(answered.response.status) };
    }

    const embedded = await embedAll(family.batches(texts), call.signal, embed);
    if ('failure' in embedded) return { type: 'failure', failure: embedded.failure };
    return {
      type: 'json',
      body: toEmbeddingList(embedded, encoding, call.callerModel),
      providerRequestId: null,
      droppedParams: droppedParams(call.body, taken),
    };
  };
}

function textsOf(input: unknown): string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0) refuse('input', 'The input is empty.');
  if (texts.length > mostTexts) refuse('input', `At most ${mostTexts} texts are possible in one request.`);
  return texts.map((text, i) => {
    if (typeof text !== 'string')
      refuse(Array.isArray(input) ? `input.${i}` : 'input', 'This model takes text only, no tokens.');
    return text === '' ? refuse(Array.isArray(input) ? `input.${i}` : 'input', 'A text must not be empty.') : text;
  });
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
