import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import { type Encoding, readEncoding, refuseTokenIds } from '../embedding-list.ts';

/** One call of InvokeModel, and how its answer is read. */
interface EmbeddingCall {
  body: JsonObject;
  /** One vector per text of this call, in order; null when the answer is none. */
  read(answer: unknown): number[][] | null;
}

export interface EmbeddingPlan {
  calls: EmbeddingCall[];
  droppedParams: string[];
  encoding: Encoding;
}

interface Shape {
  /** The texts that one call may hold. */
  batch: number;
  body(texts: string[], dimensions: number | undefined, request: JsonObject): JsonObject;
  read(answer: JsonObject): unknown;
  dimensions: boolean;
}

/** Request and answer of each family: docs.aws.amazon.com/bedrock/latest/userguide, "Inference request parameters", embeddings. */
const shapes: [RegExp, Shape][] = [
  [
    /titan-embed-image/,
    {
      batch: 1,
      body: ([inputText], dimensions) => ({
        inputText,
        ...(dimensions !== undefined && { embeddingConfig: { outputEmbeddingLength: dimensions } }),
      }),
      read: (answer) => [answer.embedding],
      dimensions: true,
    },
  ],
  [
    /titan-embed-(text-v1|g1)/,
    { batch: 1, body: ([inputText]) => ({ inputText }), read: (answer) => [answer.embedding], dimensions: false },
  ],
  [
    /titan-embed/,
    {
      batch: 1,
      body: ([inputText], dimensions) => ({ inputText, ...(dimensions !== undefined && { dimensions }) }),
      read: (answer) => [answer.embedding],
      dimensions: true,
    },
  ],
  [
    /cohere\.embed-v4/,
    {
      batch: 96,
      body: cohereBody,
      read: (answer) => (isObject(answer.embeddings) ? answer.embeddings.float : answer.embeddings),
      dimensions: true,
    },
  ],
  [
    /cohere\.embed/,
    {
      batch: 96,
      body: (texts, _dimensions, request) => cohereBody(texts, undefined, request),
      read: (answer) => (isObject(answer.embeddings) ? answer.embeddings.float : answer.embeddings),
      dimensions: false,
    },
  ],
  [
    /nova.*embed/,
    {
      batch: 1,
      body: ([value], dimensions) => ({
        taskType: 'SINGLE_EMBEDDING',
        singleEmbeddingParams: {
          embeddingPurpose: 'GENERIC_INDEX',
          ...(dimensions !== undefined && { embeddingDimension: dimensions }),
          text: { truncationMode: 'NONE', value },
        },
      }),
      read: (answer) =>
        Array.isArray(answer.embeddings)
          ? answer.embeddings.map((one) => (isObject(one) ? one.embedding : undefined))
          : undefined,
      dimensions: true,
    },
  ],
];

/** Cohere must know what the vectors are for; OpenAI has no word for it, so callers may say `input_type`. */
function cohereBody(texts: string[], dimensions: number | undefined, request: JsonObject): JsonObject {
  const inputType = typeof request.input_type === 'string' ? request.input_type : 'search_document';
  return { texts, input_type: inputType, ...(dimensions !== undefined && { output_dimension: dimensions }) };
}

/** An OpenAI embeddings request as calls of InvokeModel. Throws `Refusal`. */
export function planEmbeddings(body: JsonObject, model: string): EmbeddingPlan {
  const shape = shapes.find(([pattern]) => pattern.test(model.toLowerCase()))?.[1];
  if (shape === undefined)
    refuse(
      'model',
      `${model} is not an embedding model that the gateway knows on Bedrock: Titan, Cohere and Nova are.`,
    );
  const texts = readInput(body.input);
  if (isPresent(body.dimensions) && typeof body.dimensions !== 'number')
    refuse('dimensions', 'dimensions must be a number.');
  const dimensions = typeof body.dimensions === 'number' ? body.dimensions : undefined;
  const encoding = readEncoding(body);
  const dropped = Object.keys(body).filter((name) => !taken.has(name) && isPresent(body[name]));
  if (dimensions !== undefined && !shape.dimensions) dropped.push('dimensions');
  const calls: EmbeddingCall[] = [];
  for (let start = 0; start < texts.length; start += shape.batch) {
    const part = texts.slice(start, start + shape.batch);
    calls.push({
      body: shape.body(part, dimensions, body),
      read: (answer) => (isObject(answer) ? readVectors(shape.read(answer), part.length) : null),
    });
  }
  return { calls, droppedParams: dropped.sort(), encoding };
}

const taken = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type']);

function readInput(input: unknown): string[] {
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || texts.length === 0) refuse('input', 'input must be a text or a list of texts.');
  if (!texts.every((text) => typeof text === 'string')) refuseTokenIds('input', 'Bedrock');
  if (texts.includes('')) refuse('input', 'input must not hold empty texts.');
  return texts;
}

function readVectors(vectors: unknown, count: number): number[][] | null {
  const good =
    Array.isArray(vectors) &&
    vectors.length === count &&
    vectors.every((vector) => Array.isArray(vector) && vector.every((value) => typeof value === 'number'));
  return good ? vectors : null;
}

/** Reads an answer's body and counts its tokens: some families count in the body, the others in a header. Null: nobody counted. */
export function readAnswer(
  bytes: Uint8Array,
  headers: Record<string, string>,
): { answer: unknown; tokens: number | null } {
  const answer = parseJson(Buffer.from(bytes).toString());
  const counted = isObject(answer) ? (answer.inputTextTokenCount ?? answer.inputTokenCount) : undefined;
  const tokens = Number(counted ?? headers['x-amzn-bedrock-input-token-count'] ?? Number.NaN);
  return { answer, tokens: Number.isFinite(tokens) ? tokens : null };
}
