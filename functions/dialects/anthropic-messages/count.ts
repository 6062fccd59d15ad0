import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { type EditedRequest, editRequest, hosts, type MessagesHost } from './edit-request.ts';

/** What a request to count tokens must not say: how to answer (https://docs.anthropic.com/en/api/messages-count-tokens). */
const ofAnswers = [
  'max_tokens',
  'metadata',
  'service_tier',
  'stop_sequences',
  'stream',
  'temperature',
  'top_k',
  'top_p',
  'container',
  'inference_geo',
];

/** Fields that would be refused without their betas; the count is then that of the whole conversation. */
const ofBetas = ['context_management'];

/**
 * The body that asks how many tokens a request has. Bedrock counts what InvokeModel would have been sent, which has a limit
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html); elsewhere the model stands in the body, because the
 * address is the same for all.
 */
export function countRequest(
  body: JsonObject,
  { host, model, betaHeader }: { host: MessagesHost; model: string; betaHeader?: string },
): EditedRequest {
  const edited = editRequest(body, { host, model, stream: false, ...(betaHeader !== undefined && { betaHeader }) });
  if (hosts[host].countsWhole) return { ...edited, body: { max_tokens: leastLimit(body), ...edited.body } };
  const out = hosts[host].countsBetas ? ofAnswers : [...ofAnswers, ...ofBetas];
  const left = Object.entries(edited.body).filter(([name]) => !out.includes(name));
  return { ...edited, ...(!hosts[host].countsBetas && { betas: [] }), body: { ...Object.fromEntries(left), model } };
}

/** Thinking must fit into it. */
function leastLimit({ thinking }: JsonObject): number {
  return isObject(thinking) && typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens + 1 : 1;
}

/** A body without a limit, as callers who count send it, for the door's reader, which wants one. */
export function withLimit(body: JsonObject): JsonObject {
  return 'max_tokens' in body ? body : { ...body, max_tokens: leastLimit(body) };
}

/** Null: the answer makes no sense. */
export function readCount(text: string): number | null {
  const answer = parseJson(text);
  const count = isObject(answer) ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : null;
}
