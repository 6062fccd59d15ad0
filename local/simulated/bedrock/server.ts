import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { converse } from './converse.ts';
import { converseEvents } from './converse-events.ts';
import { identify } from './credentials.ts';
import { embed } from './embeddings.ts';
import { eventFrame, type StreamEvent } from './event-stream.ts';
import { modelBehind, profileOf } from './inference-profiles.ts';
import { countHeaders, countTokens, invokeClaude, invokeEvents } from './invoke-claude.ts';

/**
 * A Bedrock on the desk: Converse and ConverseStream, InvokeModel, InvokeModelWithResponseStream and CountTokens of Claude, and
 * InvokeModel of embedding models, and GetInferenceProfile of the control plane, with the real wire formats, signatures and errors.
 * A user, an access key id or a model id that holds one of these words fails in its way: `invalid`, `denied`, `ratelimited`, `quota`,
 * `overloaded`, `slow` (no answer), `cut` (the answer breaks off). `prefix` is the path under which it is mounted.
 */
export async function simulateBedrock(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  prefix = '/bedrock',
): Promise<void> {
  const url = request.url ?? '';
  const path = url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : url;
  const profile = /^\/inference-profiles\/([^/?]+)$/.exec(path)?.[1];
  if (profile !== undefined && request.method === 'GET')
    return describe(decodeURIComponent(profile), identify(request, body, prefix, new Date()), response);
  const [, encoded = '', operation = ''] =
    /^\/model\/([^/?]+)\/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)(?:\?|$)/.exec(
      path,
    ) ?? [];
  if (operation === '' || request.method !== 'POST')
    return refuse(
      response,
      404,
      'UnknownOperationException',
      'The simulated Bedrock serves Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream and CountTokens.',
    );
  const model = decodeURIComponent(encoded);
  const caller = identify(request, body, prefix, new Date());
  if ('exception' in caller) return refuse(response, 403, caller.exception, caller.message);
  const failing = howToFail(caller.name, model);
  if (failing === 'slow') return;
  if (failing !== null && failing !== 'cut') return refuse(response, ...failing);
  const input = parseJson(body.toString());
  if (!isObject(input)) return refuse(response, 400, 'SerializationException', 'The request body is not JSON.');
  if (!knownModel.test(model))
    return refuse(response, 400, 'ValidationException', 'The provided model identifier is invalid.');
  return answerTo(operation, modelBehind(model) ?? model, input, response, failing === 'cut');
}

/** The makers of models, behind the prefix of an inference profile, and names of resources. */
const knownModel =
  /^arn:aws[\w-]*:|^(?:[a-z]{2,6}(?:-gov)?\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer|zai)\../;

function answerTo(
  operation: string,
  model: string,
  input: JsonObject,
  response: ServerResponse,
  cut: boolean,
): void | Promise<void> {
  if (operation === 'invoke' && !model.includes('anthropic.')) {
    const { answer, tokens } = embed(model, input);
    return sendJson(response, answer, cut, { 'x-amzn-bedrock-input-token-count': String(tokens) });
  }
  const invokes = operation.startsWith('invoke');
  const result = invokes
    ? invokeClaude(model, input)
    : operation === 'count-tokens'
      ? countTokens(model, input)
      : converse(model, input);
  if ('refusal' in result) return refuse(response, 400, 'ValidationException', result.refusal);
  const { answer } = result;
  if (operation === 'converse-stream') return sendFrames(response, converseEvents(answer), cut);
  if (operation === 'invoke-with-response-stream') return sendFrames(response, invokeEvents(answer), cut);
  return sendJson(response, answer, cut, invokes ? countHeaders(answer) : {});
}

/** GetInferenceProfile. Users with `sealed` in their names may not ask. */
function describe(arn: string, caller: ReturnType<typeof identify>, response: ServerResponse): void {
  const profile = profileOf(arn);
  if ('exception' in caller) refuse(response, 403, caller.exception, caller.message);
  else if (/sealed/i.test(caller.name)) refuse(response, 403, 'AccessDeniedException', sealed);
  else if (profile === null) refuse(response, 404, 'ResourceNotFoundException', 'The inference profile was not found.');
  else sendJson(response, profile, false);
}

const sealed =
  'User: arn:aws:iam::000000000000:user/sim is not authorized to perform: bedrock:GetInferenceProfile because no identity-based policy allows the bedrock:GetInferenceProfile action';

type Failing = [status: number, exception: string, message: string] | 'slow' | 'cut' | null;

const failures: Record<string, { caller: Exclude<Failing, null>; model: Exclude<Failing, null> }> = {
  invalid: {
    caller: [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'],
    model: [400, 'ValidationException', 'The provided model identifier is invalid.'],
  },
  denied: {
    caller: [
      403,
      'AccessDeniedException',
      'User: arn:aws:iam::000000000000:user/sim is not authorized to perform: bedrock:InvokeModel because no identity-based policy allows the bedrock:InvokeModel action',
    ],
    model: [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID."],
  },
  ratelimited: always([429, 'ThrottlingException', 'Too many requests, please wait before trying again.']),
  quota: always([400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.']),
  overloaded: always([503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.']),
  slow: always('slow'),
  cut: always('cut'),
};

function always(failing: Exclude<Failing, null>) {
  return { caller: failing, model: failing };
}

function howToFail(caller: string, model: string): Failing {
  for (const [word, failing] of Object.entries(failures)) {
    if (caller.toLowerCase().includes(word)) return failing.caller;
    if (model.toLowerCase().includes(word)) return failing.model;
  }
  return null;
}

function refuse(response: ServerResponse, status: number, exception: string, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amzn-errortype': exception,
  });
  response.end(JSON.stringify({ message }));
}

function sendJson(response: ServerResponse, answer: unknown, cut: boolean, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(answer);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  });
  if (cut) response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.end(text);
}

/** Each frame is made when the one before it has left, so that nothing is made for a caller who is gone. */
async function sendFrames(response: ServerResponse, events: StreamEvent[], cut: boolean): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': randomUUID() });
  const sent = cut ? events.slice(0, Math.ceil(events.length / 2)) : events;
  for (const { type, payload } of sent) {
    if (response.destroyed) return;
    await new Promise<void>((done) => response.write(eventFrame(type, payload), () => done()));
  }
  if (cut) response.destroy();
  else response.end();
}
