/** A JSON object from outside: every field has to be looked at before it is believed. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a field was given: callers send `null` for what they do not mean to set. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The parsed JSON, or undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
