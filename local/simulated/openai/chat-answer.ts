import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { SimulatedAnswer } from './chat.ts';
import { sendJson } from './send.ts';

/** Sends an answer whole, or word by word. `cut`: it breaks off in the middle. */
export async function sendChat(
  response: ServerResponse,
  request: JsonObject,
  answer: SimulatedAnswer,
  cut: boolean,
  paceMs: number,
): Promise<void> {
  const id = `chatcmpl-${randomBytes(12).toString('hex')}`;
  const head = {
    id,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  };
  const count = typeof request.n === 'number' ? request.n : 1;
  const usage = usageOf(answer, count);
  if (request.stream !== true) {
    const choices = Array.from({ length: count }, (_, index) => ({
      index,
      message: messageOf(answer),
      logprobs: null,
      finish_reason: answer.finishReason,
    }));
    return sendJson(response, { ...head, object: 'chat.completion', choices, usage }, cut);
  }
  const withUsage = isObject(request.stream_options) && request.stream_options.include_usage === true;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const send = (choices: JsonObject[], more: JsonObject = withUsage ? { usage: null } : {}) =>
    response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
  const deltas = deltasOf(answer);
  for (const [i, delta] of deltas.entries()) {
    if (response.destroyed) return;
    if (cut && i > 0 && i >= deltas.length / 2) {
      response.destroy();
      return;
    }
    for (let index = 0; index < count; index++) send([{ index, delta, logprobs: null, finish_reason: null }]);
    await delay(paceMs);
  }
  for (let index = 0; index < count; index++)
    send([{ index, delta: {}, logprobs: null, finish_reason: answer.finishReason }]);
  if (withUsage) send([], { usage });
  response.end('data: [DONE]\n\n');
}

export function messageOf({ content, toolCalls }: SimulatedAnswer): JsonObject {
  const called = toolCalls.map((call) => ({ id: callId(), ...calledAs(call, call.arguments) }));
  return {
    role: 'assistant',
    content,
    refusal: null,
    annotations: [],
    ...(called.length > 0 && { tool_calls: called }),
  };
}

/** Words, or for each call its name and then its arguments in pieces. */
export function deltasOf({ content, toolCalls }: SimulatedAnswer): JsonObject[] {
  const words = (content ?? '').match(/\S*\s*/g)?.filter(Boolean) ?? [];
  return [
    { role: 'assistant', content: toolCalls.length > 0 ? null : '', refusal: null },
    ...words.map((word) => ({ content: word })),
    ...toolCalls.flatMap((call, index) => [
      { tool_calls: [{ index, id: callId(), ...calledAs(call, '') }] },
      ...(call.arguments.match(/.{1,8}/gs) ?? []).map((piece) => ({
        tool_calls: [{ index, ...(call.custom ? { custom: { input: piece } } : { function: { arguments: piece } }) }],
      })),
    ]),
  ];
}

function calledAs({ name, custom }: SimulatedAnswer['toolCalls'][number], input: string): JsonObject {
  return custom
    ? { type: 'custom', custom: { name, input } }
    : { type: 'function', function: { name, arguments: input } };
}

function callId(): string {
  return `call_${randomBytes(12).toString('hex')}`;
}

function usageOf({ promptTokens, completionTokens }: SimulatedAnswer, count: number): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens * count,
    total_tokens: promptTokens + completionTokens * count,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
