import type { Dialect } from './dialect.ts';
import { fromGemini, fromGeminiStream } from './from-gemini.ts';
import { toGemini } from './to-gemini.ts';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference */
export const gemini: Dialect = {
  operation: (stream) => (stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
  toRequest: (call, model) => toGemini(call.body, model.endpoint ? '' : model.id),
  fromAnswer: (answer, call) => fromGemini(answer, call),
  fromStream: (call, _request, place) => fromGeminiStream(call, place),
};
