import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../../functions/core/chat/dialect.ts';
import type { Upstream, UpstreamCall } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { anthropicMessages } from '../../../functions/dialects/anthropic-messages/door.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { anthropic } from '../../../functions/providers/anthropic/definition.ts';
import { createUpstreamLoader } from '../../../functions/providers/upstreams.ts';
import { failureOf, framesOf, sendTo, upstreamCall } from '../openai/call.ts';
import {
  bodyOf,
  jsonAnswer,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from '../openai/scripted-server.ts';

const key = 'sk-ant-api03-FAKE-0123456789';
let server: ScriptedServer;
let upstream: Upstream;

beforeAll(async () => {
  server = await startScriptedServer();
  const environment = readEnvironment({ ANTHROPIC_BASE_URL: server.url });
  upstream = await createUpstreamLoader(environment)('anthropic');
});
afterAll(() => server.close());
beforeEach(() => {
  server.received = [];
});

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5-20251001',
  content: [{ type: 'text', text: 'pong' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1, cache_read_input_tokens: 2, novelty: { a: 1 } },
};

function ask(door: Door, body: UpstreamCall['body'], change: Partial<UpstreamCall> = {}) {
  return upstreamCall({
    door,
    body,
    conversation: () => door.readRequest(body),
    head: { mintedId: '01J', created: 1, callerModel: 'anthropic/claude-haiku-4-5', includeUsage: true },
    model: 'claude-haiku-4-5',
    credential: new Secret({ apiKey: key }),
    ...change,
  });
}

const messages = [{ role: 'user', content: 'ping' }];
const native = { model: 'anthropic/claude-haiku-4-5', max_tokens: 9, messages, novelty: [1] };

describe('the Messages door', () => {
  it('passes as it is, with the key and the version in headers', async () => {
    server.answer = jsonAnswer(200, message, { 'request-id': 'req_1' });
    const result = await sendTo(upstream, ask(anthropicMessages, native));
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'req_1',
      answer: { body: { ...message, model: 'anthropic/claude-haiku-4-5' } },
    });
    const [received] = server.received;
    expect(received?.path).toBe('/v1/messages');
    expect(received?.headers).toMatchObject({ 'x-api-key': key, 'anthropic-version': '2023-06-01' });
    expect(received?.headers).not.toHaveProperty('authorization');
    expect(bodyOf(received)).toEqual({ ...native, model: 'claude-haiku-4-5' });
  });

  it("passes the caller's version and betas on", async () => {
    server.answer = jsonAnswer(200, message);
    const headers = { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a-1, b-2' };
    await sendTo(upstream, ask(anthropicMessages, native, { headers }));
    expect(server.received[0]?.headers).toMatchObject({
      'anthropic-version': '2024-01-01',
      'anthropic-beta': 'a-1,b-2',
    });
  });

  it('counts tokens at the provider', async () => {
    server.answer = jsonAnswer(200, { input_tokens: 14 });
    const result = await sendTo(upstream, ask(anthropicMessages, native, { operation: 'count' }));
    expect(result).toMatchObject({ type: 'json', answer: { body: { input_tokens: 14 } } });
    expect(server.received[0]?.path).toBe('/v1/messages/count_tokens');
    expect(bodyOf(server.received[0])).toEqual({ model: 'claude-haiku-4-5', messages, novelty: [1] });
  });

  const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const begin = event({ type: 'message_start', message: { ...message, content: [] } } as { type: string });
  const call = () => ask(anthropicMessages, { ...native, stream: true }, { stream: true });

  it('reads an error in the middle of a stream by its type', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    server.answer = streamAnswer([begin, event(error)]);
    const frames = await framesOf(await sendTo(upstream, call()));
    expect(bodyOf(server.received[0]).stream).toBe(true);
    expect(frames.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'overloaded', code: 'overloaded_error' } });
  });

  it('takes no cut stream for a whole one', async () => {
    server.answer = streamAnswer([begin], 'reset');
    expect((await framesOf(await sendTo(upstream, call()))).at(-1)).toMatchObject({ type: 'failure' });
  });
});

describe('the other doors', () => {
  it('are translated', async () => {
    server.answer = jsonAnswer(200, message);
    const content = [{ type: 'image_url', image_url: { url: 'https://images.example/cat.png' } }];
    const body = { model: 'x', messages: [{ role: 'user', content }], max_tokens: 9, user: 'u-1' };
    const result = await sendTo(upstream, ask(openaiChat, body));
    expect(result).toMatchObject({ answer: { body: { choices: [{ message: { content: 'pong' } }] } } });
    expect(bodyOf(server.received[0])).toMatchObject({
      model: 'claude-haiku-4-5',
      max_tokens: 9,
      metadata: { user_id: 'u-1' },
      messages: [{ content: [{ type: 'image', source: { type: 'url', url: 'https://images.example/cat.png' } }] }],
    });
  });

  it.each([
    ['claude-haiku-4-5', true],
    ['claude-opus-5-5', true],
    ['claude-sonnet-4-5-20250929', true],
    ['claude-opus-4-1-20250805', false],
    ['claude-sonnet-4-20250514', false],
    ['claude-sonnet-4', false],
    ['claude-3-7-sonnet-latest', false],
  ])('ask %s for a structured answer in the way that it knows', async (model, structured) => {
    server.answer = jsonAnswer(200, message);
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    await sendTo(upstream, ask(openaiChat, { model: 'x', messages, response_format: format }, { model }));
    expect('output_config' in bodyOf(server.received[0])).toBe(structured);
  });

  it('have no embeddings', async () => {
    const call = ask(openaiChat, { model: 'x', input: 'a' }, { operation: 'embed', door: null });
    expect(await failureOf(sendTo(upstream, call))).toMatchObject({ kind: 'bad_request', local: true });
    expect(server.received).toEqual([]);
  });
});

describe('errors', () => {
  const error = (type: string, text: string) => ({
    type: 'error',
    error: { type, message: text },
    request_id: 'req_9',
  });
  const credit = 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.';

  it.each([
    [401, error('authentication_error', 'invalid x-api-key'), 'credential'],
    [403, error('permission_error', 'Your API key does not have permission.'), 'permission'],
    [404, error('not_found_error', 'model: claude-none'), 'model_access'],
    [413, error('request_too_large', 'Request exceeds the maximum size'), 'bad_request'],
    [413, '<html>nginx</html>', 'bad_request'],
    [429, error('rate_limit_error', 'This request would exceed your rate limit.'), 'rate_limit'],
    [529, error('overloaded_error', 'Overloaded'), 'overloaded'],
    [500, error('api_error', 'Internal server error'), 'overloaded'],
    [504, error('timeout_error', 'Timed out'), 'timeout'],
    [402, error('billing_error', 'Check your payment'), 'quota'],
    [400, error('invalid_request_error', credit), 'quota'],
    [400, error('invalid_request_error', 'You have reached your specified API usage limits.'), 'quota'],
    [400, error('invalid_request_error', 'This organization has been disabled.'), 'credential'],
    [400, error('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'), 'bad_request'],
    [400, error('invalid_request_error', 'Output blocked by content filtering policy'), 'content_filter'],
  ])('%i %j is %s', async (status, body, kind) => {
    server.answer = jsonAnswer(status, body);
    const failure = await failureOf(sendTo(upstream, ask(anthropicMessages, native)));
    expect(failure).toMatchObject({ kind, status });
  });

  it('tell how long to wait: by retry-after, else by the limit that is used up', async () => {
    const body = error('rate_limit_error', 'Slow down.');
    const waitOf = async (headers: Record<string, string>) => {
      server.answer = jsonAnswer(429, body, headers);
      return (await failureOf(sendTo(upstream, ask(anthropicMessages, native)))).retryAfterMs;
    };
    const reset = new Date(Date.now() + 3_600_000).toISOString();
    const limits = {
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': reset,
      'anthropic-ratelimit-requests-remaining': '4',
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + 7_200_000).toISOString(),
    };
    expect(await waitOf({ 'retry-after': '7', ...limits })).toBe(7000);
    const waited = await waitOf(limits);
    expect(waited).toBeGreaterThan(3_500_000);
    expect(waited).toBeLessThanOrEqual(3_600_000);
    expect(await waitOf({})).toBeUndefined();
  });
});

describe('a credential', () => {
  it.each([key, { apiKey: key }, JSON.stringify({ apiKey: key })])('may be %j', (input) => {
    expect(anthropic.form.parse(input)).toEqual({
      value: { apiKey: key },
      type: 'api_key',
      hint: '…6789',
      region: null,
    });
  });

  it.each([
    ['sk-ant-admin01-FAKE-0123456789', 'admin key'],
    ['sk-ant-oat01-FAKE-0123456789', 'subscription'],
    ['sk-ant with spaces', 'printable'],
    [{ apiKey: 5 }, 'printable'],
    [{}, 'missing'],
    [[], 'API key'],
  ])('may not be %j', (input, says) => {
    expect(() => anthropic.form.parse(input)).toThrow(says);
  });
});
