import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { tokens } from './chat.ts';

/** The answer of `POST /v1/embeddings`: the same text always has the same unit vector. Null: `input` is none of the four shapes OpenAI takes. */
export function answerEmbeddings(request: JsonObject): JsonObject | null {
  const inputs = inputsOf(request.input);
  if (inputs === null) return null;
  const model = String(request.model);
  const dimensions =
    typeof request.dimensions === 'number' ? request.dimensions : model.endsWith('-large') ? 3072 : 1536;
  const used = inputs.reduce<number>(
    (sum, input) => sum + (typeof input === 'string' ? tokens(input) : input.length),
    0,
  );
  return {
    object: 'list',
    data: inputs.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: encode(unitVector(JSON.stringify(input), dimensions), request.encoding_format),
    })),
    model,
    usage: { prompt_tokens: used, total_tokens: used },
  };
}

/** A text, texts, the tokens of one text, or of several. */
function inputsOf(input: unknown): (string | number[])[] | null {
  if (typeof input === 'string') return input === '' ? null : [input];
  if (!Array.isArray(input) || input.length === 0) return null;
  if (input.every((part) => typeof part === 'number')) return [input];
  const whole = input.every(
    (part) =>
      (typeof part === 'string' && part !== '') ||
      (Array.isArray(part) && part.length > 0 && part.every((token) => typeof token === 'number')),
  );
  return whole ? input : null;
}

function unitVector(text: string, dimensions: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: dimensions * 2 })
    .update(text)
    .digest();
  const values = Float32Array.from({ length: dimensions }, (_, i) => bytes.readInt16LE(i * 2) / 32_768);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** `base64`: little-endian 32-bit floats (platform.openai.com/docs/api-reference/embeddings/create). */
function encode(vector: Float32Array, format: unknown): string | number[] {
  if (format !== 'base64') return [...vector];
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}
