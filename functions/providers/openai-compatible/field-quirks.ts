import { isObject, isPresent, type JsonObject } from '../../core/json.ts';

/** Where a server that speaks chat completions differs from OpenAI's own. */
export interface FieldQuirks {
  /** Fields that it refuses: they are left out, and named. */
  refuses?: readonly string[];
  /** Its own names of OpenAI's fields. */
  renames?: Readonly<Record<string, string>>;
  /** False: it refuses `stream_options`, and tells usage unasked. */
  streamOptions?: false;
  /** False: it refuses names of messages' authors. */
  messageNames?: false;
}

/** A chat completions request as the server takes it, the same object when it is that already. */
export function adaptFields(body: JsonObject, quirks: FieldQuirks): { body: JsonObject; dropped: string[] } {
  const { refuses = [], renames = {} } = quirks;
  const dropped = refuses.filter((name) => isPresent(body[name]));
  const named = quirks.messageNames === false && Array.isArray(body.messages) && body.messages.some(isNamed);
  const changed =
    named ||
    refuses.some((name) => name in body) ||
    Object.keys(renames).some((name) => name in body) ||
    (quirks.streamOptions === false && 'stream_options' in body);
  if (!changed) return { body, dropped: [] };
  const adapted: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (refuses.includes(name) || (name === 'stream_options' && quirks.streamOptions === false)) continue;
    const own = Object.hasOwn(renames, name) ? renames[name] : undefined;
    // What the caller wrote under the server's own name counts.
    if (own === undefined) adapted[name] = value;
    else if (!isPresent(body[own])) adapted[own] = value;
  }
  if (named && Array.isArray(body.messages))
    adapted.messages = body.messages.map((message) => (isNamed(message) ? withoutName(message) : message));
  return { body: adapted, dropped: [...dropped, ...(named ? ['messages[].name'] : [])].sort() };
}

/** Answers of tools carry the tool's name in older requests; that is no author's. */
function isNamed(message: unknown): message is JsonObject {
  return isObject(message) && isPresent(message.name);
}

function withoutName({ name: _name, ...message }: JsonObject): JsonObject {
  return message;
}
