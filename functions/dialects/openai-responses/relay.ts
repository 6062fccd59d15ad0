import type { AnswerHead, NativeRelay, StreamErrorReader } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { bringsContent } from './content-events.ts';
import { finishReasonOf, readResponseUsage } from './usage.ts';

/** Watches a stream of OpenAI's own (https://platform.openai.com/docs/api-reference/responses-streaming). */
export function createRelay(head: AnswerHead, readError: StreamErrorReader): NativeRelay {
  let ended = false;

  const fail = (failure: Failure): Frame[] => {
    ended = true;
    return [{ type: 'failure', failure }];
  };

  const finish = (event: JsonObject, type: string, response: JsonObject): Frame[] => {
    ended = true;
    const usage = readResponseUsage(response.usage);
    const reason = finishReasonOf(response);
    const write = (extras: JsonObject) =>
      eventText(type, JSON.stringify({ ...event, response: { ...response, ...addTo(response.usage, extras) } }));
    return [
      ...(reason === null ? [] : [{ type: 'finish' as const, reason }]),
      usage === null
        ? { type: 'event', text: write({}), content: true, closing: true, ...following(event.sequence_number) }
        : { type: 'usage', usage, write },
      { type: 'end', text: '' },
    ];
  };

  const relay = (data: string): Frame[] => {
    const event = parseJson(data);
    if (!isObject(event)) return fail(unreadable);
    const { type, response } = event;
    if (type === 'error' || (type === undefined && isObject(event.error))) return fail(readError(errorIn(event)));
    if (typeof type !== 'string') return [];
    if (!isObject(response)) return [frame(type, data, bringsContent(type, event), event)];
    if (type === 'response.failed') return fail(readError(isObject(response.error) ? response.error : unexplained));
    const renamed = {
      ...response,
      ...('model' in response && { model: head.callerModel }),
      ...ownValues(response, head),
    };
    if (type === 'response.completed' || type === 'response.incomplete') return finish(event, type, renamed);
    return [frame(type, JSON.stringify({ ...event, response: renamed }), false, event)];
  };

  return {
    push(data) {
      if (ended || data === '' || data === '[DONE]') return [];
      // Deltas are most of a stream and hold nothing to edit. A quote inside a JSON string is escaped, so what looks like the
      // field is the field.
      const delta = deltaType.exec(data)?.[1];
      if (delta === undefined || !data.endsWith('}')) return relay(data);
      const number = sequenceNumber.exec(data)?.[1];
      const numbered = number === undefined ? undefined : Number(number);
      return [frame(delta, data, !data.includes('"delta":""'), { sequence_number: numbered })];
    },
    ended: () => ended,
  };
}

/** The caller's own values of what the platform was sent in their place, as far as the response repeats them. */
export function ownValues(response: JsonObject, { told }: AnswerHead): JsonObject {
  if (told === undefined) return {};
  return Object.fromEntries(Object.entries(told).filter(([field]) => field in response));
}

const deltaType = /^\{"type":"(response\.[a-z_.]+\.delta)",/;
const sequenceNumber = /"sequence_number":(\d+)/;

function frame(type: string, data: string, content: boolean, { sequence_number: sequence }: JsonObject): Frame {
  return { type: 'event', text: eventText(type, data), content, closing: false, ...following(sequence) };
}

function following(sequence: unknown): { next?: number } {
  return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? { next: sequence + 1 } : {};
}

/** Line breaks can stand between the tokens of JSON alone, where a blank means the same. */
function eventText(type: string, data: string): string {
  return `event: ${type}\ndata: ${data.includes('\n') ? data.replaceAll('\n', ' ') : data}\n\n`;
}

function addTo(usage: unknown, extras: JsonObject): JsonObject {
  return isObject(usage) ? { usage: { ...usage, ...extras } } : {};
}

/** The published type is flat; what OpenAI sends has the error inside. */
function errorIn({ error, code, message, param }: JsonObject): unknown {
  return isObject(error) ? error : { code, message, param };
}

const unexplained: JsonObject = { code: 'server_error', message: 'The provider said that the answer failed, not why.' };

const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'The provider sent a stream event that is no JSON.',
  providerRequestId: null,
  garbled: true,
};
