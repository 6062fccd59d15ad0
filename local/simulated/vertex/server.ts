import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import type { Answer } from '../values.ts';
import { answers, type Operation } from './answers.ts';
import { accountOfToken } from './google-token.ts';

export { simulatedServiceAccount, simulateGoogleToken, trustServiceAccount } from './google-token.ts';

/** How to make the simulated Vertex AI fail: a word in the account's address (before the @) or in the model's id. */
export const simulatedVertexFailures: { word: string; happens: string }[] = [
  {
    word: 'invalid',
    happens: 'in an address: the token endpoint refuses the account (invalid_grant); in a model: 400 INVALID_ARGUMENT',
  },
  { word: 'denied', happens: '403 PERMISSION_DENIED: the role is missing' },
  { word: 'ratelimited', happens: '429 RESOURCE_EXHAUSTED, with a delay to retry after' },
  { word: 'quota', happens: '403: billing is disabled' },
  { word: 'overloaded', happens: '503 UNAVAILABLE' },
  { word: 'slow', happens: 'the first byte takes 30 seconds' },
  { word: 'cut', happens: 'the connection breaks in the middle of the answer' },
];

/** Milliseconds before the first byte of a `slow` answer. */
const slowMs = 30_000;

const infoType = 'type.googleapis.com/google.rpc.ErrorInfo';

interface Refusal {
  code: number;
  status: string;
  message: string;
  details?: JsonObject[];
}

const refusals: Record<string, Refusal> = {
  invalid: {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'Unable to submit request because the simulated model takes nothing.',
  },
  denied: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: "Permission 'aiplatform.endpoints.predict' denied on resource (or it may not exist).",
    details: [
      {
        '@type': infoType,
        reason: 'IAM_PERMISSION_DENIED',
        domain: 'aiplatform.googleapis.com',
        metadata: { permission: 'aiplatform.endpoints.predict' },
      },
    ],
  },
  ratelimited: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'Resource exhausted. Please try again later.',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }],
  },
  quota: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'This API method requires billing to be enabled.',
    details: [{ '@type': infoType, reason: 'BILLING_DISABLED', domain: 'googleapis.com' }],
  },
  overloaded: { code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
};

const unauthenticated: Refusal = {
  code: 401,
  status: 'UNAUTHENTICATED',
  message:
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  details: [{ '@type': infoType, reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED', domain: 'googleapis.com' }],
};

/** Vertex AI in the real wire format: Gemini, Claude, open models and embeddings, which repeat what they are told. */
export async function simulateVertex(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const key = request.headers['x-goog-api-key'];
  const email = typeof key === 'string' ? accountOfKey(key) : accountOfToken(request.headers.authorization);
  if (email === null) return refuse(response, typeof key === 'string' ? unknownKey : unauthenticated);
  const target = readTarget(request.url ?? '', body);
  if (target === null)
    return refuse(response, {
      code: 404,
      status: 'NOT_FOUND',
      message: 'The requested URL was not found on this server.',
    });
  const words = `${email.split('@', 1)[0]} ${target.model}`;
  const refusal = Object.keys(refusals).find((word) => words.includes(word));
  if (refusal !== undefined) return refuse(response, refusals[refusal] ?? unauthenticated);
  if (!isServed(target)) return refuse(response, notFound(request.url ?? '', target.model));
  const betas = String(request.headers['anthropic-beta'] ?? '').split(/\s*,\s*/);
  const answer = answers[target.operation](target.body, target.model, betas);
  if ('refused' in answer) return refuseAs(target.operation, answer.refused, response);
  if (words.includes('slow') && !(await waited(response))) return;
  send(response, answer, words.includes('cut'));
}

/** Keys of express mode, which fail by the word behind their prefix; null: nobody's. */
function accountOfKey(key: string): string | null {
  const [, word = null] = /^AQ\.Sim-([\w-]+)$/.exec(key) ?? [];
  return word === null || word.startsWith('invalid') ? null : `${word}@express`;
}

const unknownKey: Refusal = {
  code: 400,
  status: 'INVALID_ARGUMENT',
  message: 'API key not valid. Please pass a valid API key.',
  details: [{ '@type': infoType, reason: 'API_KEY_INVALID', domain: 'googleapis.com' }],
};

interface Target {
  operation: Operation;
  model: string;
  body: JsonObject;
}

function readTarget(url: string, bytes: Buffer): Target | null {
  const parsed = parseJson(bytes.toString());
  const body = isObject(parsed) ? parsed : {};
  const [path = '', query = ''] = url.split('?', 2);
  if (/\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/endpoints\/openapi\/chat\/completions$/.test(path))
    return { operation: 'completions', model: String(body.model), body };
  const found =
    /\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/models|endpoints)\/([^/:]+):([A-Za-z]+)$/.exec(
      path,
    );
  const [, model = '', operation = ''] = found ?? [];
  // Without alt=sse the real service streams a JSON array, which nobody here asks for.
  if (!Object.hasOwn(answers, operation) || (operation === 'streamGenerateContent' && query !== 'alt=sse')) return null;
  return { operation: operation as Operation, model, body };
}

/** Whether Google has such a model: the makers' families, open models that it hosts, and endpoints of one's own, which have numbers. */
function isServed({ operation, model, body }: Target): boolean {
  if (operation === 'completions') return /^[\w-]+\/./.test(model);
  const name = model === 'count-tokens' ? String(body.model) : model;
  if (operation.toLowerCase().endsWith('rawpredict')) return name.startsWith('claude-');
  return /^(gemini-|gemma-|text-embedding-|text-multilingual-embedding-|multimodalembedding|\d+$)/.test(name);
}

function notFound(url: string, model: string): Refusal {
  const [, place = '', publisher = 'google'] = /(projects\/.*?)\/publishers\/([^/]+)/.exec(url) ?? [];
  return {
    code: 404,
    status: 'NOT_FOUND',
    message: `Publisher Model \`${place}/publishers/${publisher}/models/${model}\` was not found or your project does not have access to it. Ensure you are using a valid model name. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions`,
  };
}

/** What Anthropic's models refuse, Google passes on in their words. */
function refuseAs(operation: Operation, message: string, response: ServerResponse): void {
  const byAnthropic = operation.toLowerCase().endsWith('rawpredict');
  if (!byAnthropic) refuse(response, { code: 400, status: 'INVALID_ARGUMENT', message });
  else sendClaudeRefusal(response, message);
}

function sendClaudeRefusal(response: ServerResponse, message: string): void {
  const error = { type: 'invalid_request_error', message };
  const request_id = `req_vrtx_${randomBytes(12).toString('hex')}`;
  response
    .writeHead(400, { 'content-type': 'application/json' })
    .end(JSON.stringify({ type: 'error', error, request_id }));
}

/** False when the caller left in the meantime. */
async function waited(response: ServerResponse): Promise<boolean> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  return wait(slowMs, true, { signal: left.signal, ref: false }).catch(() => false);
}

function send(response: ServerResponse, answer: Exclude<Answer, { refused: string }>, cut: boolean): void {
  const pieces = 'json' in answer ? [JSON.stringify(answer.json)] : answer.events;
  const type = 'json' in answer ? 'application/json; charset=UTF-8' : 'text/event-stream';
  response.writeHead(200, { 'content-type': type });
  if (!cut) return void response.end(pieces.join(''));
  const text = pieces.join('');
  response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
}

function refuse(response: ServerResponse, error: Refusal): void {
  response.writeHead(error.code, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify({ error }));
}
