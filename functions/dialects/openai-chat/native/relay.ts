import type { AnswerHead, NativeRelay, StreamErrorReader } from '../../../core/chat/dialect.ts';
import type { Frame } from '../../../core/chat/frame.ts';
import { readUsage } from '../../../core/chat/usage.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { type Mould, recast, takeMould } from './mould.ts';

/**
 * OpenAI's chunks on their way to the caller. Only the model's name changes in them, so after the first chunk they are
 * edited as text, not parsed: an unescaped quote cannot occur inside a JSON string, so `"model":"…"` is the field itself.
 * `idPrefix` and the head stand in where the provider gives no id or time: a stream has one of each, whatever its chunks say.
 */
export function createRelay(
  { mintedId, created, callerModel, includeUsage }: AnswerHead,
  readError: StreamErrorReader,
  idPrefix: string,
): NativeRelay {
  const ownModel = `"model":${JSON.stringify(callerModel)}`;
  let theirModel: string | null = null;
  let head: StreamHead | null = null;
  let headTexts: string[] = [];
  let mould: Mould | null = null;
  let committed = false;
  let ended = false;
  let usage: JsonObject | null = null;

  /** The chunk under the caller's model, without `usage: null` unless asked for; null when a field is not where it is expected. */
  const edit = (payload: string, theirs: string): string | null => {
    const at = payload.indexOf(theirs);
    // Before `choices` it is the chunk's own field, whatever may be nested in them.
    if (at === -1 || at > payload.indexOf('"choices":') || !headTexts.every((field) => payload.includes(field)))
      return null;
    const json = payload.slice(0, at) + ownModel + payload.slice(at + theirs.length);
    if (includeUsage) return json;
    const unused = json.indexOf(noUsage);
    if (unused === -1) return json;
    return json.includes(noUsage, unused + 1) ? null : json.slice(0, unused) + json.slice(unused + noUsage.length);
  };

  const fail = (failure: Failure): Frame[] => {
    ended = true;
    return [...counted(), { type: 'failure', failure }];
  };

  const counted = (): Frame[] => {
    const counts = readUsage(usage?.usage);
    if (usage === null || counts === null) return [];
    const chunk = usage;
    const write = (extras: JsonObject) =>
      includeUsage ? event(JSON.stringify({ ...chunk, usage: { ...(chunk.usage as JsonObject), ...extras } })) : null;
    return [{ type: 'usage', usage: counts, write }];
  };

  const relay = (payload: string): Frame[] => {
    if (payload === '[DONE]') {
      ended = true;
      return [...counted(), { type: 'end', text: 'data: [DONE]\n\n' }];
    }
    const edited = committed && theirModel !== null && isPlain(payload) ? edit(payload, theirModel) : null;
    if (edited !== null) {
      mould = takeMould(payload, edited);
      return [frame(edited, true, false)];
    }
    const parsed = parseJson(payload);
    if (!isObject(parsed)) return fail(unreadable);
    if (parsed.error !== undefined && parsed.error !== null) return fail(readError(parsed.error));
    if (typeof parsed.model === 'string') theirModel = `"model":${JSON.stringify(parsed.model)}`;
    const { usage: given, ...rest } = parsed;
    rest.model = callerModel;
    if (head === null) {
      head = readHead(parsed, { id: idPrefix + mintedId, created });
      headTexts = [`"id":${JSON.stringify(head.id)},`, `"created":${head.created},`];
    }
    rest.id = head.id;
    rest.created = head.created;
    const choices = Array.isArray(rest.choices) ? rest.choices.filter(isObject) : [];
    if (isObject(given)) {
      usage = { ...rest, choices: [], usage: given };
      if (choices.length === 0) return [];
    }
    const reason = choices.map((choice) => choice.finish_reason).find(isText);
    const content = reason !== undefined || choices.some(bearsContent);
    committed ||= content;
    const json = JSON.stringify(includeUsage && 'usage' in parsed ? { ...rest, usage: null } : rest);
    const chunk = frame(json, content, reason !== undefined);
    return reason === undefined ? [chunk] : [chunk, { type: 'finish', reason }];
  };

  return {
    push(payload) {
      if (ended || payload === '') return [];
      // An event of several lines is left to the parser, which makes one of them.
      const cast = mould === null || payload.includes('\n') ? null : recast(payload, mould);
      return cast === null ? relay(payload) : [frame(cast, true, false)];
    },
    ended: () => ended,
  };
}

/** What all chunks of a stream have in common: the first one's, as far as it has them (Azure begins with a chunk that is empty). */
interface StreamHead {
  id: string;
  created: number;
}

function readHead({ id, created }: JsonObject, own: StreamHead): StreamHead {
  return {
    id: isText(id) ? id : own.id,
    created: typeof created === 'number' && Number.isSafeInteger(created) && created > 0 ? created : own.created,
  };
}

const noUsage = ',"usage":null';

/** A chunk in the middle of an answer: no usage, no error, nothing finished, one line. */
function isPlain(payload: string): boolean {
  return (
    payload.includes('"finish_reason":null') &&
    !payload.includes('"finish_reason":"') &&
    !payload.includes('"usage":{') &&
    !payload.includes('"error":') &&
    !payload.includes('\n')
  );
}

function bearsContent(choice: JsonObject): boolean {
  if (!isObject(choice.delta)) return isText(choice.text);
  const { role: _role, ...delta } = choice.delta;
  return Object.values(delta).some(
    (value) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function frame(json: string, content: boolean, closing: boolean): Frame {
  return { type: 'event', text: event(json), content, closing };
}

function event(json: string): string {
  return `data: ${json}\n\n`;
}

const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'The provider sent a stream event that is no JSON.',
  providerRequestId: null,
  garbled: true,
};
