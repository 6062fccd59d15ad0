import type { ChatPart } from '../../../core/chat/answer.ts';
import type { StreamErrorReader, StreamReader } from '../../../core/chat/dialect.ts';
import { readUsage, type TokenUsage } from '../../../core/chat/usage.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { type BlockOrder, createBlockOrder } from './block-order.ts';
import { finishOf, saidIn, textIn, thoughtsIn } from './read-answer.ts';

interface Choice {
  order: BlockOrder;
  reason: string | null;
}

/** Chunks as parts of an answer. Servers of open models do not all send `[DONE]`, but all finish every choice. */
export function createStreamReader(readError: StreamErrorReader): StreamReader {
  const choices = new Map<number, Choice>();
  let usage: TokenUsage | null = null;
  let done = false;
  let finished = false;

  const choiceAt = (index: number, id: string): Choice => {
    const known = choices.get(index) ?? { order: createBlockOrder(index, `call${id}_${index}`), reason: null };
    choices.set(index, known);
    return known;
  };

  const readChoice = (choice: JsonObject, position: number, id: string): ChatPart[] => {
    const state = choiceAt(typeof choice.index === 'number' ? choice.index : position, id);
    state.reason ??= textIn(choice.finish_reason) || null;
    const { order } = state;
    const delta = isObject(choice.delta) ? choice.delta : isObject(choice.message) ? choice.message : {};
    const logprobs = isObject(choice.logprobs) ? choice.logprobs : undefined;
    const parts = order.say('reasoning', thoughtsIn(delta));
    for (const [type, text] of saidIn(delta.content)) parts.push(...order.say(type, text, logprobs));
    parts.push(...order.say('refusal', textIn(delta.refusal), logprobs));
    const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls.filter(isObject) : [];
    for (const call of calls) parts.push(...order.call(call));
    return parts;
  };

  const fail = (failure: Failure): ChatPart[] => {
    done = true;
    finished = true;
    return [{ type: 'failure', failure }];
  };

  return {
    push(data) {
      if (done || data === '') return [];
      if (data === '[DONE]') {
        done = true;
        return [];
      }
      const chunk = parseJson(data);
      if (!isObject(chunk)) return fail(unreadable);
      if (chunk.error !== undefined && chunk.error !== null) return fail(readError(chunk.error));
      usage = readUsage(chunk.usage) ?? usage;
      const { choices: given } = chunk;
      return Array.isArray(given)
        ? given.filter(isObject).flatMap((choice, i) => readChoice(choice, i, textIn(chunk.id)))
        : [];
    },
    finish() {
      const all = [...choices.entries()];
      if (finished || all.length === 0 || all.some(([, { reason }]) => reason === null)) return [];
      finished = true;
      return [
        ...all.flatMap(([choice, { order, reason }]): ChatPart[] => [
          ...order.close(),
          { type: 'finish', choice, finish: { reason: finishOf(reason, order.called()) } },
        ]),
        ...(usage === null ? [] : [{ type: 'usage' as const, usage }]),
        { type: 'end' },
      ];
    },
    done: () => done,
  };
}

const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'The provider sent a stream event that is no JSON.',
  providerRequestId: null,
  garbled: true,
};
