import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { AnswerLane } from '../http-upstream.ts';

/**
 * The native lane for servers that speak chat completions more or less: a stream is complete when every choice that was asked
 * for is finished, because not all servers say `[DONE]`, and an answer without choices is none.
 */
export function tolerantLane(lane: AnswerLane, request: JsonObject): AnswerLane {
  return {
    readAnswer(text) {
      const read = lane.readAnswer(text);
      return Array.isArray(read?.answer.body.choices) ? read : null;
    },
    createRelay(readError) {
      const relay = lane.createRelay(readError);
      const finished = new Set<unknown>();
      return {
        push(data) {
          if (hasReason.test(data)) for (const index of finishedIn(data)) finished.add(index);
          return relay.push(data);
        },
        finish: () => (!relay.done() && finished.size >= choicesOf(request) ? relay.push('[DONE]') : relay.finish()),
        done: relay.done,
      };
    },
  };
}

/** Cheap for the many chunks that finish nothing. In a text the quotes would be escaped. */
const hasReason = /"finish_reason"\s*:\s*"/;

function finishedIn(data: string): unknown[] {
  const chunk = parseJson(data);
  const choices = isObject(chunk) && Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
  return choices.flatMap(({ finish_reason: reason, index }, position) =>
    typeof reason === 'string' && reason !== '' ? [index ?? position] : [],
  );
}

/** The old completions answer each of several prompts. */
function choicesOf({ n, prompt }: JsonObject): number {
  const prompts = Array.isArray(prompt) && prompt.every((each) => typeof each !== 'number') ? prompt.length : 1;
  return (typeof n === 'number' && n > 1 ? n : 1) * Math.max(1, prompts);
}
