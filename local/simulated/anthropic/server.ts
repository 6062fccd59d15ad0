import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { claudeEvents } from '../claude/events.ts';
import { claude } from '../claude/message.ts';
import { promptTokens } from '../claude/usage.ts';
import { type FailureWord, failingKeys, failureOf, sendAnswer } from '../failing-keys.ts';
import type { SimulatedHandler } from '../server.ts';

const prefix = 'sk-ant-sim-';

export const simulatedAnthropicKeys = failingKeys(prefix, {
  invalid: 'is refused (401 authentication_error)',
  denied: 'lacks the permission (403 permission_error)',
  ratelimited: 'is throttled (429 rate_limit_error, retry-after 1)',
  quota: 'has no credit left (400, credit balance is too low)',
  overloaded: 'meets an overloaded service (529 overloaded_error)',
  slow: 'gets no answer',
  cut: 'has its answers cut in the middle',
});

/** https://docs.anthropic.com/en/api/errors */
const refusals: Record<Exclude<FailureWord, 'slow' | 'cut'>, [status: number, type: string, message: string]> = {
  invalid: [401, 'authentication_error', 'invalid x-api-key'],
  denied: [403, 'permission_error', 'Your API key does not have permission to use the specified resource.'],
  ratelimited: [429, 'rate_limit_error', "This request would exceed your organization's rate limit."],
  quota: [
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ],
  overloaded: [529, 'overloaded_error', 'Overloaded'],
};

/** The Messages API and count_tokens (https://docs.anthropic.com/en/api/messages), over the same Claude as at the other hosts. */
export const simulateAnthropic: SimulatedHandler = (request, bytes, response) => {
  const requestId = `req_sim_${randomBytes(12).toString('hex')}`;
  response.setHeader('request-id', requestId);
  const refuse = (status: number, type: string, message: string) =>
    sendError(response, status, { type: 'error', error: { type, message }, request_id: requestId });

  const key = request.headers['x-api-key'];
  const failure = failureOf(typeof key === 'string' ? key : undefined, prefix);
  if (failure === 'slow') return;
  if (failure !== null && failure !== 'cut') {
    if (failure === 'ratelimited') response.setHeader('retry-after', '1');
    return refuse(...refusals[failure]);
  }
  if (request.headers['anthropic-version'] === undefined)
    return refuse(400, 'invalid_request_error', 'anthropic-version: header is required');
  const [path] = (request.url ?? '').split('?', 1);
  const parsed = parseJson(bytes.toString());
  const body: JsonObject = isObject(parsed) ? parsed : {};
  const model = typeof body.model === 'string' ? body.model : '';
  if (request.method !== 'POST' || !/^\/v1\/messages(?:\/count_tokens)?$/.test(path ?? ''))
    return refuse(404, 'not_found_error', 'Not Found');
  if (model === '') return refuse(400, 'invalid_request_error', 'model: Field required');
  if (!model.startsWith('claude-')) return refuse(404, 'not_found_error', `model: ${model}`);
  if (path?.endsWith('/count_tokens'))
    return sendAnswer(response, { json: { input_tokens: promptTokens(body) } }, false);
  const betas = String(request.headers['anthropic-beta'] ?? '').split(/\s*,\s*/);
  const answer = claude(body, { model, road: 'sim', betas });
  if ('refused' in answer) return refuse(400, 'invalid_request_error', answer.refused);
  const events = () =>
    claudeEvents(answer.message).map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
  sendAnswer(response, body.stream === true ? { events: events() } : { json: answer.message }, failure === 'cut');
};

function sendError(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
