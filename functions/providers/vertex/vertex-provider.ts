import { isObject } from '../../core/json.ts';
import { brokenAnswer } from '../../dialects/gemini/read-answer.ts';
import type { HttpProvider } from '../http-upstream.ts';
import type { Place } from './errors/error-rules.ts';
import { findError, readError, readNonsense, readRefusal } from './errors/errors.ts';
import { headersOf } from './errors/headers.ts';

/** Vertex AI and its errors, whatever the model speaks. */
export function vertexProvider(place: Place): HttpProvider {
  return {
    name: 'Vertex AI',
    // Models of partners give it, Gemini does not.
    requestIdHeader: 'request-id',
    readErrorAnswer: (status, headers, text) => readRefusal({ status, text, headers: headersOf(headers) }, place),
    // An answer of Gemini may say in its place why there is none.
    findError: (parsed) =>
      findError(parsed) ?? (isObject(parsed) && brokenAnswer(parsed) !== null ? parsed : undefined),
    readError(error) {
      if (!isObject(error)) return readNonsense(200);
      return brokenAnswer(error) ?? readError(error, place, 200);
    },
  };
}
