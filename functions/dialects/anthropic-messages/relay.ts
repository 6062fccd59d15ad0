import type { AnswerHead, NativeRelay, StreamErrorReader } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { chatFinish, mergeCounts, readFinish, readTokens } from './usage.ts';

/**
 * Anthropic's events on their way to the caller (https://docs.anthropic.com/en/docs/build-with-claude/streaming). The model's
 * name changes in the first one and the usage in the last delta; what is in between passes as the text it is, unparsed where
 * its beginning says what it is.
 */
export function createRelay(head: AnswerHead, readError: StreamErrorReader): NativeRelay {
  let counts: JsonObject | null = null;
  let ended = false;
  /** The last `message_delta`: which one that is shows at the end. */
  let closing: JsonObject | null = null;

  const fail = (failure: Failure): Frame[] => {
    ended = true;
    return [{ type: 'failure', failure }];
  };

  /** The `message_delta` that is held back, once it is known whether another one follows. */
  const release = (last: boolean): Frame[] => {
    const event = closing;
    closing = null;
    if (event === null) return [];
    const usage = readTokens(counts);
    if (!last || usage === null) return [passed('message_delta', JSON.stringify(event), { closing: true })];
    const own = isObject(event.usage) ? event.usage : {};
    return [
      {
        type: 'usage',
        usage,
        write: (extras) => passed('message_delta', JSON.stringify({ ...event, usage: { ...own, ...extras } })).text,
      },
    ];
  };

  const relay = (data: string): Frame[] => {
    const parsed = parseJson(data);
    if (!isObject(parsed)) return fail(unreadable);
    // Google's gateway in front of Claude says errors in its own shape.
    if (parsed.type === 'error' || (parsed.type === undefined && isObject(parsed.error)))
      return fail(readError(parsed.error ?? parsed));
    if (typeof parsed.type !== 'string') return fail(unreadable);
    switch (parsed.type) {
      case 'message_start': {
        const message = isObject(parsed.message) ? parsed.message : {};
        counts = isObject(message.usage) ? mergeCounts({}, message.usage) : counts;
        return [passed(parsed.type, renamed(data, parsed, message, head.callerModel))];
      }
      case 'content_block_start':
        return [passed(parsed.type, data, { content: bearsContent(parsed.content_block) })];
      case 'content_block_delta':
        return [passed(parsed.type, data, { content: true })];
      case 'message_delta': {
        const before = release(false);
        if (isObject(parsed.usage)) counts = mergeCounts(counts ?? {}, parsed.usage);
        closing = parsed;
        const finish = isObject(parsed.delta) ? readFinish(parsed.delta.stop_reason) : null;
        return finish === null ? before : [...before, { type: 'finish', reason: chatFinish(finish) }];
      }
      case 'message_stop': {
        ended = true;
        // Bedrock's own count of the call, which says no more than `message_delta` did.
        const { 'amazon-bedrock-invocationMetrics': metrics, ...rest } = parsed;
        const text = passed(parsed.type, metrics === undefined ? data : JSON.stringify(rest)).text;
        return [...release(true), { type: 'end', text }];
      }
      // `ping`, and events to come.
      default:
        return [passed(parsed.type, data)];
    }
  };

  return {
    push(data) {
      if (ended || data === '') return [];
      const line = data.includes('\n') || data.includes('\r') ? data.replace(/[\r\n]+/g, ' ') : data;
      return line.startsWith(plainDelta) && line.endsWith('}')
        ? [passed('content_block_delta', line, { content: true })]
        : relay(line);
    },
    ended: () => ended,
  };
}

/** Nearly all events of a long answer begin like this on every host. */
const plainDelta = '{"type":"content_block_delta","index":';

function passed(
  type: string,
  data: string,
  { content = false, closing = false }: { content?: boolean; closing?: boolean } = {},
): Extract<Frame, { type: 'event' }> {
  return { type: 'event', text: `event: ${type}\ndata: ${data}\n\n`, content, closing };
}

/** The first event under the caller's model: as text where the field is found once, else written anew. */
function renamed(data: string, event: JsonObject, message: JsonObject, callerModel: string): string {
  const theirs = typeof message.model === 'string' ? `"model":${JSON.stringify(message.model)}` : null;
  const at = theirs === null ? -1 : data.indexOf(theirs);
  if (theirs === null || at === -1 || data.includes(theirs, at + 1))
    return JSON.stringify({ ...event, message: { ...message, model: callerModel } });
  return `${data.slice(0, at)}"model":${JSON.stringify(callerModel)}${data.slice(at + theirs.length)}`;
}

/** Text and thoughts start empty; whatever else starts is content in itself. */
function bearsContent(block: unknown): boolean {
  if (!isObject(block)) return false;
  if (block.type === 'text') return typeof block.text === 'string' && block.text !== '';
  if (block.type === 'thinking') return typeof block.thinking === 'string' && block.thinking !== '';
  return true;
}

export const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'The provider sent a stream event that makes no sense.',
  providerRequestId: null,
  garbled: true,
};
