import type { JsonObject } from '../../core/json.ts';

/** Writes the `chat.completion.chunk` objects of one stream for providers that do not speak OpenAI: one id, `created` and `model` throughout. */
export interface ChunkWriter {
  /** One choice's delta as JSON text. `more` stands beside the delta, `top` beside the choices. */
  delta(index: number, delta: JsonObject, finishReason?: string | null, more?: JsonObject, top?: JsonObject): string;
  /** The closing usage chunk. */
  usage(usage: JsonObject): JsonObject;
}

export function createChunkWriter(id: string, created: number, model: string): ChunkWriter {
  const head = { id, object: 'chat.completion.chunk', created, model };
  const headText = JSON.stringify(head).slice(0, -1);
  return {
    delta(index, delta, finishReason = null, more, top = {}) {
      const choice = JSON.stringify({ index, delta, ...more, finish_reason: finishReason });
      const fields = JSON.stringify(top).slice(1, -1);
      return `${headText},"choices":[${choice}]${fields === '' ? '' : `,${fields}`}}`;
    },
    usage(usage) {
      return { ...head, choices: [], usage };
    },
  };
}
