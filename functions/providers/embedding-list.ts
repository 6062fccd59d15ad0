import { refuse } from '../core/chat/refusal.ts';
import { isPresent, type JsonObject } from '../core/json.ts';
import type { Failure } from '../core/routing/failure.ts';

/** What one call to a provider embedded. */
export interface Embedded {
  /** One vector per text of the call, in order. */
  vectors: number[][];
  /** Null when the provider counted none. */
  tokens: number | null;
}

export type Encoding = 'float' | 'base64';

/** Throws `Refusal`. */
export function readEncoding(body: JsonObject): Encoding {
  const { encoding_format: encoding } = body;
  if (!isPresent(encoding) || encoding === 'float') return 'float';
  return encoding === 'base64' ? encoding : refuse('encoding_format', 'encoding_format must be float or base64.');
}

/**
 * LangChain sends token ids unless it is told not to (https://github.com/langchain-ai/langchain/issues/12854); they mean nothing to
 * a model with another tokenizer. They are not turned into text here: which tokenizer made them is a setting of the client that the
 * request does not tell (`tiktoken_model_name` of langchain_openai), and ids of another one are text, too, but not the caller's.
 */
export function refuseTokenIds(param: string, provider: string): never {
  return refuse(param, `${provider} embeds text only: token ids of a tokenizer mean nothing to it.`, {
    hint: 'Send the texts: with LangChain, OpenAIEmbeddings(check_embedding_ctx_length=False).',
  });
}

/** Calls under way at once for one request: some models take one text per call. */
const width = 8;

/**
 * Embeds all batches, several at a time, and gives what came in the order of the batches. The first failure ends the calls that are under
 * way, through the signal that `embed` gets, and no other begins; so does an error that `embed` throws.
 */
export async function embedAll<Batch>(
  batches: Batch[],
  callSignal: AbortSignal,
  embed: (batch: Batch, signal: AbortSignal) => Promise<Embedded | { failure: Failure }>,
): Promise<Embedded[] | { failure: Failure }> {
  const controller = new AbortController();
  const signal = AbortSignal.any([callSignal, controller.signal]);
  const done: Embedded[] = [];
  const waiting = batches.entries();
  let failed: { failure: Failure } | null = null;

  async function work(): Promise<void> {
    for (const [at, batch] of waiting) {
      const result = await embed(batch, signal);
      if (failed !== null) return;
      if ('failure' in result) {
        failed = result;
        controller.abort();
      } else done[at] = result;
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(width, batches.length) }, work));
  } catch (error) {
    if (failed === null) throw error;
  } finally {
    controller.abort();
  }
  return failed ?? done;
}

/** The OpenAI list of vectors. base64 holds little-endian 32-bit floats: what the official client asks for by default. */
export function toEmbeddingList(embedded: Embedded[], encoding: Encoding, model: string): JsonObject {
  const vectors = embedded.flatMap((each) => each.vectors);
  const counted = embedded.flatMap(({ tokens }) => tokens ?? []);
  const tokens = counted.reduce((sum, count) => sum + count, 0);
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'float' ? vector : encodeFloats(vector),
    })),
    model,
    ...(counted.length > 0 && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
}

function encodeFloats(vector: number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
