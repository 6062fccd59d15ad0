import type { AnswerHead, NativeLane, WholeAnswer } from '../../../core/chat/dialect.ts';
import { readUsage } from '../../../core/chat/usage.ts';
import { isObject, parseJson } from '../../../core/json.ts';
import { chatBounds } from '../bounds.ts';
import { createRelay } from './relay.ts';

/** Chat completions and the old completions pass alike; they differ in the ids that stand in for missing ones. */
export function createNativeLane(idPrefix: string): NativeLane {
  return {
    bounds: chatBounds,
    readAnswer,
    createRelay: (head, readError) => createRelay(head, readError, idPrefix),
  };
}

function readAnswer(text: string, head: AnswerHead): WholeAnswer | null {
  const body = parseJson(text);
  if (!isObject(body) || isObject(body.error)) return null;
  body.model = head.callerModel;
  const first: unknown = Array.isArray(body.choices) ? body.choices[0] : undefined;
  const reason = isObject(first) ? first.finish_reason : null;
  return {
    body,
    usage: readUsage(body.usage),
    finishReason: typeof reason === 'string' && reason !== '' ? reason : null,
  };
}
