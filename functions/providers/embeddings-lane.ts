import type { WholeAnswer } from '../core/chat/dialect.ts';
import { readUsage } from '../core/chat/usage.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { AnswerLane } from './http-upstream.ts';
import { splitVectors } from './openai/vectors.ts';

/** Embeddings in OpenAI's format. The vectors of a large answer are not parsed. */
export function embeddingsLane(callerModel: string): AnswerLane {
  return {
    readAnswer(text) {
      const split = splitVectors(text);
      const body = split === null ? parseJson(text) : split.body;
      if (!isObject(body) || isObject(body.error)) return null;
      body.model = callerModel;
      const answer: WholeAnswer = { body, usage: readUsage(body.usage), finishReason: null };
      return { answer: split === null ? answer : { ...answer, preface: split.preface } };
    },
    createRelay: () => ({ push: () => [], finish: () => [], done: () => true }),
  };
}
