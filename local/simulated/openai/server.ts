import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import type { SimulatedHandler } from '../server.ts';
import { answerChat, type SimulatedAnswer } from './chat.ts';
import { answerEmbeddings } from './embeddings.ts';
import { keyFailure, missing, type OpenAiError, sendError, unknownModel } from './failures.ts';

const models = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1-mini', 'text-embedding-3-small', 'text-embedding-3-large'].map(
  (id) => ({
    id,
    object: 'model',
    created: 1_735_689_600,
    owned_by: 'system',
  }),
);

/**
 * The simulated OpenAI: formats, headers and errors as recorded and documented (platform.openai.com/docs/api-reference).
 * `paceMs`: pause between the words of a stream.
 */
export function createSimulatedOpenAi({ paceMs = 20 }: { paceMs?: number } = {}): SimulatedHandler {
  return async (request, body, response) => {
    for (const [name, value] of Object.entries(usualHeaders())) response.setHeader(name, value);
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
    if (key === 'sk-sim-slow') return;
    const input = request.method === 'POST' ? parseJson(body.toString()) : {};
    const named = isObject(input) && typeof input.model === 'string' ? input.model : '';
    const refused = keyFailure(key, named);
    if (refused) return sendError(response, refused);
    const answer = answerTo(`${request.method} ${request.url?.replace(/\?.*$/s, '')}`, input);
    if ('status' in answer) return sendError(response, answer);
    if ('chat' in answer) return sendChat(response, answer.request, answer.chat, key === 'sk-sim-cut', paceMs);
    sendJson(response, answer.json, key === 'sk-sim-cut');
  };
}

type Answer = { json: JsonObject } | { chat: SimulatedAnswer; request: JsonObject } | OpenAiError;

function answerTo(operation: string, input: unknown): Answer {
  if (operation === 'GET /v1/models') return { json: { object: 'list', data: models } };
  const asked = /^GET \/v1\/models\/(.+)$/.exec(operation)?.[1];
  if (asked !== undefined) return modelOr404(decodeURIComponent(asked));
  if (operation !== 'POST /v1/chat/completions' && operation !== 'POST /v1/embeddings') {
    return { status: 404, message: `Invalid URL (${operation})`, type: 'invalid_request_error', code: null };
  }
  if (!isObject(input)) {
    const message =
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload.)";
    return { status: 400, message, type: 'invalid_request_error', code: null };
  }
  if (typeof input.model !== 'string' || input.model === '')
    return { status: 400, message: 'you must provide a model parameter', type: 'invalid_request_error', code: null };
  if (input.model === 'sim-missing') return unknownModel(input.model);
  if (operation === 'POST /v1/embeddings') {
    const json = answerEmbeddings(input);
    return json
      ? { json }
      : {
          ...missing('input'),
          message:
            "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
          code: null,
          param: null,
        };
  }
  if (!Array.isArray(input.messages) || input.messages.length === 0) return missing('messages');
  return { chat: answerChat(input), request: input };
}

function modelOr404(id: string): Answer {
  const json = models.find((model) => model.id === id);
  return json
    ? { json }
    : {
        status: 404,
        message: `The model '${id}' does not exist`,
        type: 'invalid_request_error',
        code: 'model_not_found',
        param: 'model',
      };
}

function usualHeaders(): Record<string, string> {
  return {
    'x-request-id': `req_${randomBytes(16).toString('hex')}`,
    'openai-processing-ms': '7',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '5000',
    'x-ratelimit-remaining-requests': '4999',
    'x-ratelimit-reset-requests': '12ms',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-tokens': '1999985',
    'x-ratelimit-reset-tokens': '0s',
  };
}

/** `cut`: the head and half of the body leave, then the connection breaks. */
function sendJson(response: ServerResponse, body: JsonObject, cut: boolean): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  if (cut) response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.end(text);
}

async function sendChat(
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

function messageOf({ content, toolCalls }: SimulatedAnswer): JsonObject {
  const called = toolCalls.map((call) => ({ id: callId(), type: 'function', function: call }));
  return {
    role: 'assistant',
    content,
    refusal: null,
    annotations: [],
    ...(called.length > 0 && { tool_calls: called }),
  };
}

/** Words, or for each call its name and then its arguments in pieces. */
function deltasOf({ content, toolCalls }: SimulatedAnswer): JsonObject[] {
  const words = (content ?? '').match(/\S*\s*/g)?.filter(Boolean) ?? [];
  return [
    { role: 'assistant', content: toolCalls.length > 0 ? null : '', refusal: null },
    ...words.map((word) => ({ content: word })),
    ...toolCalls.flatMap((call, index) => [
      { tool_calls: [{ index, id: callId(), type: 'function', function: { name: call.name, arguments: '' } }] },
      ...(call.arguments.match(/.{1,8}/gs) ?? []).map((piece) => ({
        tool_calls: [{ index, function: { arguments: piece } }],
      })),
    ]),
  ];
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
