import { readUsage, type TokenUsage } from '../core/chat/usage.ts';
import type { JsonObject } from '../core/json.ts';
import type { Failure } from '../core/routing/failure.ts';
import type { StreamPart } from '../core/routing/provider.ts';

/** What is known of a stream while it flows. */
export interface Meter {
  usage: TokenUsage | null;
  finishReason: string | null;
  failure: Failure | null;
  /** Whether the provider said that the answer is complete. */
  complete: boolean;
  /** Chunks with content that were passed on, and the length of their JSON. */
  chunks: number;
  chunkChars: number;
  shortestChunk: number;
}

export function createMeter(): Meter {
  return {
    usage: null,
    finishReason: null,
    failure: null,
    complete: false,
    chunks: 0,
    chunkChars: 0,
    shortestChunk: Number.POSITIVE_INFINITY,
  };
}

/**
 * The parts of a committed stream as server-sent events, one text per batch. Chunks that finish a choice are kept back until
 * the provider has said that the answer is complete: a cut stream never looks complete. `usageExtras` is what the gateway adds to `usage`.
 */
export async function* toEvents(
  parts: AsyncIterable<StreamPart[]>,
  meter: Meter,
  options: {
    includeUsage: boolean;
    usageExtras: (usage: TokenUsage) => JsonObject;
    errorFrame: (failure: Failure) => JsonObject;
  },
): AsyncGenerator<string> {
  let finishing = '';
  for await (const batch of parts) {
    let text = '';
    for (const part of batch) {
      if (part.type === 'chunk') {
        if (part.finishReason !== null) {
          meter.finishReason ??= part.finishReason;
          finishing += frame(part.json);
        } else text += frame(part.json);
        if (part.content) count(meter, part.json);
      } else if (part.type === 'usage') {
        const usage = readUsage(part.chunk.usage);
        meter.usage = usage;
        if (options.includeUsage && usage !== null)
          finishing += frame(
            JSON.stringify({
              ...part.chunk,
              usage: { ...(part.chunk.usage as JsonObject), ...options.usageExtras(usage) },
            }),
          );
      } else if (part.type === 'end') {
        meter.complete = true;
        text += `${finishing}data: [DONE]\n\n`;
      } else {
        meter.failure = part.failure;
        meter.finishReason = null;
        text += frame(JSON.stringify(options.errorFrame(part.failure)));
      }
      // Whatever follows in the same batch (servers do send [DONE] after an error) must not reach the caller.
      if (meter.complete || meter.failure !== null) return yield text;
    }
    if (text !== '') yield text;
  }
}

function count(meter: Meter, json: string): void {
  meter.chunks++;
  meter.chunkChars += json.length;
  if (json.length < meter.shortestChunk) meter.shortestChunk = json.length;
}

/**
 * How many tokens were delivered when the provider does not say: at least one per chunk, and one per four characters
 * beyond what the chunks have in common.
 */
export function estimateDelivered(meter: Meter): number {
  if (meter.chunks === 0) return 0;
  const beyond = meter.chunkChars - meter.chunks * meter.shortestChunk;
  return meter.chunks + Math.ceil(beyond / 4);
}

/** The same for an answer that came whole: what its choices say, at four characters per token. Embeddings have none. */
export function estimateAnswer(body: JsonObject): number {
  const choices = Array.isArray(body.choices) ? (body.choices as JsonObject[]) : [];
  const chars = choices.reduce((sum, { message }) => sum + JSON.stringify(message ?? '').length, 0);
  return Math.ceil(chars / 4);
}

function frame(json: string): string {
  return `data: ${json}\n\n`;
}
