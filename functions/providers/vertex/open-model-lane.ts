import type { AnswerHead } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { readUsage } from '../../core/chat/usage.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import type { AnswerLane } from '../http-upstream.ts';
import { findError, readNonsense } from './errors/errors.ts';

/**
 * Answers of open models through the door that speaks their format. They pass as they are, but one id, time and model stand in
 * all chunks, usage goes apart, and a stream is complete when all its choices are: not every model says `[DONE]`.
 */
export function openModelLane({ mintedId, created, callerModel, includeUsage }: AnswerHead): AnswerLane {
  const head = { id: `chatcmpl-${mintedId}`, created, model: callerModel };

  return {
    readAnswer(text) {
      const answer = parseJson(text);
      if (!isObject(answer) || !Array.isArray(answer.choices)) return null;
      const first: unknown = answer.choices[0];
      const body = { ...answer, ...head, object: 'chat.completion' };
      const finishReason = isObject(first) ? reasonOf(first) : null;
      return { answer: { body, usage: readUsage(answer.usage), finishReason } };
    },

    createRelay(readError) {
      const finished = new Map<unknown, boolean>();
      let usage: JsonObject | null = null;
      let done = false;

      function readChoice(rest: JsonObject, choice: JsonObject): Frame[] {
        const delta = isObject(choice.delta) ? choice.delta : {};
        const reason = reasonOf(choice);
        finished.set(choice.index, finished.get(choice.index) === true || reason !== null);
        const chunk = { ...rest, choices: [{ ...choice, finish_reason: reason }] };
        return [
          { type: 'event', text: event(chunk), content: hasContent(delta), closing: reason !== null },
          ...(reason === null ? [] : [{ type: 'finish', reason } as const]),
        ];
      }

      return {
        push(data) {
          if (data === '[DONE]') {
            done = true;
            return [];
          }
          const chunk = parseJson(data);
          const error = findError(chunk);
          if (error) return [{ type: 'failure', failure: readError(error) }];
          if (!isObject(chunk)) return [{ type: 'failure', failure: readNonsense(200) }];
          const { usage: counts, choices, ...rest } = chunk;
          if (isObject(counts)) usage = counts;
          const own = { ...rest, ...head, object: 'chat.completion.chunk' };
          return Array.isArray(choices) ? choices.filter(isObject).flatMap((choice) => readChoice(own, choice)) : [];
        },
        done: () => done,
        finish() {
          if (finished.size === 0 || ![...finished.values()].every(Boolean)) return [];
          const counts = usage;
          const read = readUsage(counts);
          const write = (extras: JsonObject) =>
            includeUsage
              ? event({ ...head, object: 'chat.completion.chunk', choices: [], usage: { ...counts, ...extras } })
              : null;
          return [
            ...(read ? [{ type: 'usage', usage: read, write } as const] : []),
            { type: 'end', text: 'data: [DONE]\n\n' },
          ];
        },
      };
    },
  };
}

function event(chunk: JsonObject): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function reasonOf({ finish_reason: reason }: JsonObject): string | null {
  return typeof reason === 'string' && reason !== '' ? reason : null;
}

const contentFields = ['content', 'reasoning_content', 'reasoning', 'refusal', 'tool_calls'];

function hasContent(delta: JsonObject): boolean {
  return contentFields.some(
    (name) => isPresent(delta[name]) && delta[name] !== '' && !(Array.isArray(delta[name]) && delta[name].length === 0),
  );
}
