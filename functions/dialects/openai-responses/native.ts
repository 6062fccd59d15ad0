import type { AnswerHead, NativeLane, NativeRelay, StreamErrorReader, WholeAnswer } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { responseBounds } from './bounds.ts';
import { readResponseUsage } from './usage.ts';

/**
 * OpenAI's own answers on their way to the caller, as they came but for the model's name and what the gateway adds to the usage
 * (https://platform.openai.com/docs/api-reference/responses-streaming).
 */
export const native: NativeLane = { bounds: responseBounds, readAnswer, createRelay };

function readAnswer(text: string, head: AnswerHead): WholeAnswer | null {
  const body = parseJson(text);
  if (!isObject(body) || isObject(body.error) || !(body.object === 'response' || Array.isArray(body.output)))
    return null;
  return {
    body: { ...body, model: head.callerModel },
    usage: readResponseUsage(body.usage),
    finishReason: finishReasonOf(body),
  };
}

/** In the words of chat completions; null while the answer is still made in the background. */
function finishReasonOf({ status, incomplete_details: details, output }: JsonObject): string | null {
  if (status === 'incomplete')
    return isObject(details) && details.reason === 'content_filter' ? 'content_filter' : 'length';
  if (status === 'queued' || status === 'in_progress' || status === 'cancelled') return null;
  return Array.isArray(output) && output.some((item) => isObject(item) && isCall(item.type)) ? 'tool_calls' : 'stop';
}

/** Calls that wait for the caller's result; hosted tools have run when the answer is there. */
const calls = ['function_call', 'custom_tool_call', 'local_shell_call', 'computer_call', 'apply_patch_call'];

function isCall(type: unknown): boolean {
  return typeof type === 'string' && calls.includes(type);
}

/** Items that bring nothing by being begun: what they hold comes in deltas, or is not for the caller to read. */
const emptyAtFirst = ['message', 'reasoning', 'function_call', 'custom_tool_call'];

function createRelay(head: AnswerHead, readError: StreamErrorReader): NativeRelay {
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
    if (!isObject(response))
      return [frame(type, data, type === 'response.output_item.added' && bringsContent(event.item), event)];
    if (type === 'response.failed') return fail(readError(isObject(response.error) ? response.error : unexplained));
    const renamed = 'model' in response ? { ...response, model: head.callerModel } : response;
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

function bringsContent(item: unknown): boolean {
  return isObject(item) && typeof item.type === 'string' && !emptyAtFirst.includes(item.type);
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
