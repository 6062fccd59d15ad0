import { isObject, type JsonObject } from '../../functions/core/json.ts';

/** What a simulated Vertex AI answers: JSON, server-sent events, or the message of an INVALID_ARGUMENT. */
export type Answer = { json: JsonObject } | { events: string[] } | { refused: string };

export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The pieces in which a text is streamed. */
export function words(text: string): string[] {
  return text.split(/(?<= )/);
}

/** About four characters each. */
export function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}
