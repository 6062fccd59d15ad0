import { isObject, type JsonObject } from '../../../core/json.ts';
import { writeWithSource } from '../../../core/json-text.ts';

/** What a provider that speaks the door's format is told differently. */
export interface NativeEdit {
  /** The model's name at the provider. */
  model: string;
  stream: boolean;
  /** A JSON text that holds the long strings of the body. */
  source?: string;
}

/** Below this a body is written anew: that costs less than is worth a second way. */
const leastChars = 64 * 1024;

/**
 * The request as JSON text: the caller's fields as they came, but for the model's name and, in streams, the usage chunk, which
 * is metered whether or not the caller wants it. `bodyText`: the JSON text that `body` was parsed from, if it is still that.
 */
export function editRequest(body: JsonObject, bodyText: string | undefined, edit: NativeEdit): string {
  return editLarge(body, bodyText, edit) ?? write(body, edit);
}

function write(body: JsonObject, { model, stream, source }: NativeEdit): string {
  const edited = {
    ...body,
    model,
    ...(stream && {
      stream_options: { ...(isObject(body.stream_options) ? body.stream_options : {}), include_usage: true },
    }),
  };
  return writeWithSource(edited, source);
}

/**
 * A large body with its model replaced in the text, because writing a picture as JSON takes longer than all the rest; null when
 * that is not safe. `"model"` cannot stand inside a JSON string, where its quotes would be escaped. When it occurs once, and no
 * letter of it is written as an escape anywhere (`\u006d`), it is the field whose value was parsed.
 */
function editLarge(body: JsonObject, bodyText: string | undefined, { model, stream }: NativeEdit): string | null {
  if (bodyText === undefined || bodyText.length < leastChars) return null;
  if (stream && !(isObject(body.stream_options) && body.stream_options.include_usage === true)) return null;
  const name = bodyText.indexOf(nameBegin);
  if (!bodyText.startsWith(modelName, name) || bodyText.includes(nameBegin, name + 1) || bodyText.includes('\\u006'))
    return null;
  const value = JSON.stringify(body.model);
  colon.lastIndex = name + modelName.length;
  if (!colon.test(bodyText) || !bodyText.startsWith(value, colon.lastIndex)) return null;
  return bodyText.slice(0, colon.lastIndex) + JSON.stringify(model) + bodyText.slice(colon.lastIndex + value.length);
}

const modelName = '"model"';
/** V8 looks for up to six characters with memchr, for more with a table, which in a picture takes thirty times as long. */
const nameBegin = '"model';
const colon = /\s*:\s*/y;
