import type { JsonObject } from '../json.ts';
import type { ChatRequest } from './conversation.ts';
import type { Door } from './dialect.ts';

/** The conversation of a body, read when it is first needed: never on the native lane. */
export function lazily(door: Door | null, body: JsonObject): () => ChatRequest {
  let read: ChatRequest | null = null;
  return () => {
    if (door === null) throw new Error('Embeddings hold no conversation.');
    read ??= door.readRequest(body);
    return read;
  };
}
