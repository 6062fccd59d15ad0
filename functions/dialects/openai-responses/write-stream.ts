import type { ChatPart, FinishReason } from '../../core/chat/answer.ts';
import type { ChatRequest } from '../../core/chat/conversation.ts';
import type { AnswerHead } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
import { createOutput } from './answer/output.ts';
import { incompleteReason, writeResponse } from './answer/response-object.ts';
import { bringsContent } from './content-events.ts';
import { finishWord } from './usage.ts';

/**
 * The events of an answer (https://platform.openai.com/docs/api-reference/responses-streaming), numbered from nought. Nothing is
 * held back but the last event: only that says that the answer is complete.
 */
export function createStreamWriter(head: AnswerHead, request: ChatRequest): (parts: ChatPart[]) => Frame[] {
  let sequence = 0;
  let pending = '';
  let content = false;
  let finish: FinishReason | null = null;
  let usage: TokenUsage | null = null;
  let serviceTier: string | null = null;
  let extra: JsonObject = {};
  let done = false;

  const eventText = (type: string, fields: JsonObject, number: number) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...fields })}\n\n`;
  const emit = (type: string, fields: JsonObject) => {
    pending += eventText(type, fields, sequence++);
    content ||= bringsContent(type, fields);
  };
  const output = createOutput(head.mintedId, request, emit);
  const response = (items: JsonObject[]) =>
    writeResponse(head, request, { output: items, finish, usage, serviceTier, extra });

  /** What has been told since the last frame. */
  const flush = (): Frame[] => {
    if (pending === '') return [];
    const frame: Frame = { type: 'event', text: pending, content, closing: false, next: sequence };
    pending = '';
    content = false;
    return [frame];
  };

  const end = (): Frame[] => {
    done = true;
    const items = output.finish();
    finish ??= 'stop';
    const type = incompleteReason(finish) === null ? 'response.completed' : 'response.incomplete';
    const number = sequence;
    const frames = flush();
    const whole = response(items);
    const counted = usage;
    const write = (extras: JsonObject) =>
      eventText(type, { response: { ...whole, usage: { ...(whole.usage as JsonObject), ...extras } } }, number);
    frames.push(
      counted === null
        ? { type: 'event', text: eventText(type, { response: whole }, number), content: true, closing: true }
        : { type: 'usage', usage: counted, write },
      { type: 'end', text: '' },
    );
    return frames;
  };

  const take = (part: ChatPart): Frame[] => {
    if (part.type === 'end') return end();
    if (part.type === 'failure') {
      done = true;
      return [part];
    }
    if (part.type === 'usage') {
      usage = part.usage;
      return [{ type: 'usage', usage, write: () => null }];
    }
    if (part.choice !== 0) return [];
    if (part.type === 'finish') {
      finish = part.finish.reason;
      serviceTier = part.serviceTier ?? null;
      extra = part.extra ?? {};
      output.finish();
      return [...flush(), { type: 'finish', reason: finishWord(finish) }];
    }
    if (part.type === 'open') output.open(part.block);
    else if (part.type === 'delta') output.delta(part.text, part.logprobs);
    else if (part.type === 'close') output.close(part);
    else output.whole(part.block);
    return flush();
  };

  return (parts) => {
    const frames: Frame[] = [];
    for (const part of parts) {
      if (done) break;
      if (sequence === 0 && part.type !== 'failure') {
        const begun = { response: response([]) };
        emit('response.created', begun);
        emit('response.in_progress', begun);
        frames.push(...flush());
      }
      frames.push(...take(part));
    }
    return frames;
  };
}
