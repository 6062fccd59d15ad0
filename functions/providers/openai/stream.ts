import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { StreamPart } from '../../core/routing/provider.ts';
import { createSseReader } from '../../transport/sse-reader.ts';
import { fromErrorObject } from './errors.ts';

/**
 * OpenAI's chunks on their way to the caller. Only the model's name changes in them, so after the first chunk they are
 * edited as text, not parsed: an unescaped quote cannot occur inside a JSON string, so `"model":"…"` is the field itself.
 */
export interface ChunkRelay {
  /** The parts that a piece of the upstream body completes. */
  push(text: string): StreamPart[];
  /** Whether the stream has come to its end, a good one or a bad one; what comes after it is not looked at. */
  ended(): boolean;
}

/** `own` stands in where the provider gives no id or time: a stream has one of each, whatever its chunks say. */
export function createChunkRelay(callerModel: string, includeUsage: boolean, own: StreamHead): ChunkRelay {
  const reader = createSseReader();
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

  const fail = (failure: Failure): StreamPart[] => {
    ended = true;
    return [{ type: 'failure', failure }];
  };

  const relay = (payload: string): StreamPart[] => {
    if (ended || payload === '') return [];
    if (payload === '[DONE]') {
      ended = true;
      return usage === null ? [{ type: 'end' }] : [{ type: 'usage', chunk: usage }, { type: 'end' }];
    }
    const edited = committed && theirModel !== null && isPlain(payload) ? edit(payload, theirModel) : null;
    if (edited !== null) {
      mould = takeMould(payload, edited);
      return [chunk(edited, true, null)];
    }
    const parsed = parseJson(payload);
    if (!isObject(parsed)) return fail(unreadable);
    if (parsed.error !== undefined && parsed.error !== null) return fail(fromErrorObject(parsed.error, null));
    if (typeof parsed.model === 'string') theirModel = `"model":${JSON.stringify(parsed.model)}`;
    const { usage: counted, ...rest } = parsed;
    rest.model = callerModel;
    if (head === null) {
      head = readHead(parsed, own);
      headTexts = [`"id":${JSON.stringify(head.id)},`, `"created":${head.created},`];
    }
    rest.id = head.id;
    rest.created = head.created;
    const choices = Array.isArray(rest.choices) ? rest.choices.filter(isObject) : [];
    if (isObject(counted)) {
      usage = { ...rest, choices: [], usage: counted };
      if (choices.length === 0) return [];
    }
    const finishReason =
      choices
        .map((choice) => choice.finish_reason)
        .find((reason): reason is string => typeof reason === 'string' && reason !== '') ?? null;
    const content = finishReason !== null || choices.some(bearsContent);
    committed ||= content;
    return [
      chunk(JSON.stringify(includeUsage && 'usage' in parsed ? { ...rest, usage: null } : rest), content, finishReason),
    ];
  };

  return {
    push(text) {
      const parts: StreamPart[] = [];
      for (const payload of reader.push(text)) {
        const cast = mould === null || ended ? null : recast(payload, mould);
        if (cast !== null) parts.push(chunk(cast, true, null));
        else parts.push(...relay(payload));
      }
      return parts;
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
    id: typeof id === 'string' && id !== '' ? id : own.id,
    created: typeof created === 'number' && Number.isSafeInteger(created) && created > 0 ? created : own.created,
  };
}

const noUsage = ',"usage":null';

/**
 * What the chunks of a stream have in common around the text that each brings: as it comes, and as it goes to the caller.
 * Nearly all are alike but for that text and the padding (`obfuscation`), so comparing them with the last one says as much
 * as looking through them.
 */
interface Mould {
  before: string;
  after: string;
  ownBefore: string;
  ownAfter: string;
  padded: boolean;
}

const contentField = '"delta":{"content":"';
const paddingField = '"obfuscation":"';

function takeMould(payload: string, edited: string): Mould | null {
  const start = payload.indexOf(contentField) + contentField.length;
  const end = stringEnd(payload, start);
  const ownStart = edited.indexOf(contentField) + contentField.length;
  if (start < contentField.length || ownStart < contentField.length || end === -1) return null;
  const padding = payload.indexOf(paddingField, end);
  const padded = padding !== -1;
  const rest = padded ? payload.length - padding - paddingField.length : 0;
  const mould = {
    before: payload.slice(0, start),
    after: payload.slice(end, payload.length - rest),
    ownBefore: edited.slice(0, ownStart),
    ownAfter: edited.slice(ownStart + end - start, edited.length - rest),
    padded,
  };
  return recast(payload, mould) === edited ? mould : null;
}

/** The chunk for the caller; null when it is not of this mould. Slices are compared, because `startsWith` takes several times as long in V8 13. */
function recast(payload: string, { before, after, ownBefore, ownAfter, padded }: Mould): string | null {
  if (payload.slice(0, before.length) !== before) return null;
  const end = stringEnd(payload, before.length);
  if (end === -1 || payload.slice(end, end + after.length) !== after) return null;
  const rest = end + after.length;
  const last = padded ? stringEnd(payload, rest) + '"}'.length : rest;
  if (last !== payload.length || (padded && !payload.endsWith('}'))) return null;
  return ownBefore + payload.slice(before.length, end) + ownAfter + payload.slice(rest);
}

/** Where the JSON string ends that `from` is inside of; -1 when it holds a quote, which is left to the parser. */
function stringEnd(text: string, from: number): number {
  const quote = text.indexOf('"', from);
  return quote > from && text.charCodeAt(quote - 1) === 92 ? -1 : quote;
}

function chunk(json: string, content: boolean, finishReason: string | null): StreamPart {
  return { type: 'chunk', json, content, finishReason };
}

/** A chunk in the middle of an answer: no usage, no error, nothing finished. */
function isPlain(payload: string): boolean {
  return (
    payload.includes('"finish_reason":null') &&
    !payload.includes('"finish_reason":"') &&
    !payload.includes('"usage":{') &&
    !payload.includes('"error":')
  );
}

function bearsContent(choice: JsonObject): boolean {
  if (!isObject(choice.delta)) return typeof choice.text === 'string' && choice.text !== '';
  const { role: _role, ...delta } = choice.delta;
  return Object.values(delta).some(
    (value) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
}

const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'OpenAI sent a stream event that is no JSON.',
  providerRequestId: null,
  garbled: true,
};
