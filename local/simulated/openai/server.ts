import { randomBytes } from 'node:crypto';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import type { SimulatedHandler } from '../server.ts';
import { object } from '../values.ts';
import { answerChat, type SimulatedAnswer } from './chat.ts';
import { sendChat } from './chat-answer.ts';
import { chatProblem } from './chat-problems.ts';
import { answerCompletion } from './completions.ts';
import { answerEmbeddings } from './embeddings.ts';
import { invalid, keyFailure, missing, type OpenAiError, sendError, unknownModel } from './failures.ts';
import { isKnownModel, listedModels } from './models.ts';
import { countResponse, createResponse } from './responses/create.ts';
import { responseEvents } from './responses/events.ts';
import { createStoredResponses, type StoredResponses } from './responses/stored.ts';
import { sendEvents, sendJson } from './send.ts';

/**
 * The simulated OpenAI: formats, headers and errors as recorded and documented (platform.openai.com/docs/api-reference).
 * `paceMs`: pause between the words of a stream.
 */
export function createSimulatedOpenAi({ paceMs = 20 }: { paceMs?: number } = {}): SimulatedHandler {
  const stored = createStoredResponses();
  return async (request, body, response) => {
    for (const [name, value] of Object.entries(usualHeaders())) response.setHeader(name, value);
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
    if (key === 'sk-sim-slow') return;
    const input = request.method === 'POST' ? parseJson(body.toString()) : {};
    const named = isObject(input) && typeof input.model === 'string' ? input.model : '';
    const refused = keyFailure(key, named);
    if (refused) return sendError(response, refused);
    const answer = answerTo(`${request.method} ${request.url?.replace(/\?.*$/s, '')}`, input, key ?? '', stored);
    const cut = key === 'sk-sim-cut';
    if ('status' in answer) return sendError(response, answer);
    if ('chat' in answer) return sendChat(response, answer.request, answer.chat, cut, paceMs);
    if ('events' in answer) return sendEvents(response, answer.events, cut, paceMs);
    sendJson(response, answer.json, cut);
  };
}

type Answer =
  | { json: JsonObject }
  | { events: string[] }
  | { chat: SimulatedAnswer; request: JsonObject }
  | OpenAiError;

function answerTo(operation: string, input: unknown, key: string, stored: StoredResponses): Answer {
  const [, method = '', kind, asked = ''] =
    /^(GET|DELETE) \/v1\/(models|responses)(?:\/([^/]+))?$/.exec(operation) ?? [];
  if (kind === 'models' && method === 'GET') return modelsOr404(decodeURIComponent(asked));
  if (kind === 'responses' && asked !== '') return storedOr404(method, asked, key, stored);
  const answer = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (answer === undefined)
    return { status: 404, message: `Invalid URL (${operation})`, type: 'invalid_request_error', code: null };
  if (!isObject(input))
    return invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload.)",
      null,
    );
  if (typeof input.model !== 'string' || input.model === '') return invalid('you must provide a model parameter', null);
  return answer(input, key, stored);
}

const operations: Record<string, (input: JsonObject, key: string, stored: StoredResponses) => Answer> = {
  'POST /v1/chat/completions': (input) => {
    if (!isKnownModel(String(input.model))) return unknownModel(String(input.model));
    return chatProblem(input) ?? { chat: answerChat(input), request: input };
  },
  'POST /v1/completions': (input) =>
    isKnownModel(String(input.model)) ? answerCompletion(input) : unknownModel(String(input.model)),
  'POST /v1/embeddings': (input) => {
    if (!isKnownModel(String(input.model))) return unknownModel(String(input.model));
    const json = answerEmbeddings(input);
    if (json !== null) return { json };
    const message =
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.";
    return { ...missing('input'), message, code: null, param: null };
  },
  'POST /v1/responses': (input, key, stored) => {
    const json = createResponse(input, key, stored);
    if (isError(json)) return json;
    if (input.stream !== true) return { json };
    return { events: responseEvents(json, object(input.stream_options).include_obfuscation !== false) };
  },
  'POST /v1/responses/input_tokens': (input, key, stored) => {
    const json = countResponse(input, key, stored);
    return isError(json) ? json : { json };
  },
};

/** A response has a status, too, which is a word. */
function isError(answer: JsonObject | OpenAiError): answer is OpenAiError {
  return typeof answer.status === 'number';
}

function modelsOr404(id: string): Answer {
  if (id === '') return { json: { object: 'list', data: listedModels } };
  const json = listedModels.find((model) => model.id === id);
  return json ? { json } : { ...invalid(`The model '${id}' does not exist`, 'model', 'model_not_found'), status: 404 };
}

function storedOr404(method: string, id: string, key: string, stored: StoredResponses): Answer {
  const found = stored.find(key, id);
  if (found === null) return { ...invalid(`Response with id '${id}' not found.`, null), status: 404 };
  if (method === 'GET') return { json: found.response };
  stored.remove(key, id);
  return { json: { id, object: 'response', deleted: true } };
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
