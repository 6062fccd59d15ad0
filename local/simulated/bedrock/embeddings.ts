import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';

/** The answer of an embedding model, and the tokens that the service counts in a header. */
export function embed(model: string, request: JsonObject): { answer: JsonObject; tokens: number } {
  const texts = Array.isArray(request.texts) ? request.texts : [];
  const count = (text: unknown) => Math.max(1, String(text).split(/\s+/).length);
  if (model.includes('cohere')) {
    const vectors = texts.map((text) => vectorOf(text, request.output_dimension ?? 1024));
    return {
      answer: {
        id: 'simulated',
        embeddings: model.includes('v4') ? { float: vectors } : vectors,
        texts: request.texts,
      },
      tokens: texts.reduce<number>((sum, text) => sum + count(text), 0),
    };
  }
  if (model.includes('nova')) {
    const { text, embeddingDimension } = (
      isObject(request.singleEmbeddingParams) ? request.singleEmbeddingParams : {}
    ) as { text?: JsonObject; embeddingDimension?: number };
    return {
      answer: { embeddings: [{ embeddingType: 'TEXT', embedding: vectorOf(text?.value, embeddingDimension ?? 3072) }] },
      tokens: count(text?.value),
    };
  }
  const tokens = count(request.inputText);
  return {
    answer: { embedding: vectorOf(request.inputText, request.dimensions ?? 1024), inputTextTokenCount: tokens },
    tokens,
  };
}

/** The same text always gives the same vector, of length one. */
function vectorOf(text: unknown, dimensions: unknown): number[] {
  const seed = createHash('sha256').update(String(text)).digest();
  const values = Array.from({ length: Number(dimensions) }, (_, index) => (seed[index % seed.length] ?? 0) - 127.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
