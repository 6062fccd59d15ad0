import type { AnswerHead, NativeLane, WholeAnswer } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { writeWithSource } from '../../core/json-text.ts';
import { editRequest as editModel, type NativeEdit } from '../openai-chat/native/edit-request.ts';
import { responseBounds } from './bounds.ts';
import { withoutCarried } from './carrier.ts';
import { createRelay, ownValues } from './relay.ts';
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
    body: { ...body, model: head.callerModel, ...ownValues(body, head) },
    usage: readResponseUsage(body.usage),
    finishReason: finishReasonOf(body),
  };
}

/**
 * The request for a provider that speaks the Responses API: the caller's body with the model's name at the provider in it, fields
 * that the gateway does not know included, without thoughts of other makers' models. `bodyText`: the JSON text that `body` was
 * parsed from, if it is still that.
 */
export function editRequest(
  body: JsonObject,
  bodyText: string | undefined,
  { model, source }: Pick<NativeEdit, 'model' | 'source'>,
): string {
  const input = withoutCarried(body.input);
  if (input !== body.input) return writeWithSource({ ...body, model, input }, source);
  return editModel(body, bodyText, { model, stream: false, ...(source !== undefined && { source }) });
}
