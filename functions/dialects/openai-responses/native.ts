import type { AnswerHead, NativeLane, WholeAnswer } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { responseBounds } from './bounds.ts';
import { withoutCarried } from './carrier.ts';
import { createRelay } from './relay.ts';
import { finishReasonOf, readResponseUsage } from './usage.ts';

/**
 * OpenAI's own answers on their way to the caller, as they came but for the model's name and what the gateway adds to the usage
 * (https://platform.openai.com/docs/api-reference/responses).
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

/** Below this a body is written anew: that costs less than is worth a second way. */
const leastChars = 64 * 1024;

/**
 * The request for a provider that speaks the Responses API: the caller's body with the model's name at the provider in it, fields
 * that the gateway does not know included, without thoughts of other makers' models. `bodyText`: the JSON text that `body` was
 * parsed from, if it is still that.
 */
export function editRequest(body: JsonObject, bodyText: string | undefined, { model }: { model: string }): string {
  const input = withoutCarried(body.input);
  if (input !== body.input) return JSON.stringify({ ...body, model, input });
  return editLarge(body, bodyText, model) ?? JSON.stringify({ ...body, model });
}

/**
 * A large body with its model replaced in the text, because writing a picture as JSON takes longer than all the rest; null when
 * that is not safe. `"model"` cannot stand inside a JSON string, where its quotes would be escaped. When it occurs once, and no
 * letter of it is written as an escape anywhere (`\u006d`), it is the field whose value was parsed.
 */
function editLarge(body: JsonObject, bodyText: string | undefined, model: string): string | null {
  if (bodyText === undefined || bodyText.length < leastChars) return null;
  const name = bodyText.indexOf(modelName);
  if (name === -1 || bodyText.includes(modelName, name + 1) || bodyText.includes('\\u006')) return null;
  const value = JSON.stringify(body.model);
  colon.lastIndex = name + modelName.length;
  if (value === undefined || !colon.test(bodyText) || !bodyText.startsWith(value, colon.lastIndex)) return null;
  return bodyText.slice(0, colon.lastIndex) + JSON.stringify(model) + bodyText.slice(colon.lastIndex + value.length);
}

const modelName = '"model"';
const colon = /\s*:\s*/y;
