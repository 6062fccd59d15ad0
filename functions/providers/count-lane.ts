import { isObject, parseJson } from '../core/json.ts';
import type { AnswerLane } from './http-upstream.ts';

/** Reads how many tokens a request has from the answer's field of that name. */
export function countLane(field: string): AnswerLane {
  return {
    readAnswer(text) {
      const body = parseJson(text);
      const count = isObject(body) ? body[field] : undefined;
      if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) return null;
      return { answer: { body: { input_tokens: count }, usage: null, finishReason: null } };
    },
    createRelay: () => ({ push: () => [], finish: () => [], done: () => true }),
  };
}
