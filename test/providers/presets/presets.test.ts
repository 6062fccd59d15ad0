import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { anthropicMessages } from '../../../functions/dialects/anthropic-messages/door.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { adaptFields } from '../../../functions/providers/openai-compatible/field-quirks.ts';
import { createUpstreamLoader } from '../../../functions/providers/upstreams.ts';
import { failureOf, framesOf, sendTo, upstreamCall } from '../openai/call.ts';
import {
  bodyOf,
  fakeKey,
  jsonAnswer,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from '../openai/scripted-server.ts';

const paths: Record<string, string> = {
  mistral: '/v1',
  groq: '/openai/v1',
  deepseek: '',
  xai: '/v1',
  openrouter: '/api/v1',
  together: '/v1',
  fireworks: '/inference/v1',
  cerebras: '/v1',
  moonshot: '/v1',
  zai: '/api/paas/v4',
};
const messages = [{ role: 'user', content: 'ping', name: 'someone' }];
const completion = { choices: [{ index: 0, message: { content: 'pong' }, finish_reason: 'stop' }] };

describe('fields that a server differs in', () => {
  it('stay as they are, the same object, where it does not', () => {
    const body = { model: 'm', messages };
    expect(adaptFields(body, { refuses: ['user'], renames: { seed: 'random_seed' }, streamOptions: false }).body).toBe(
      body,
    );
  });

  it('are left out and named, or renamed, and what the caller wrote under the own name counts', () => {
    const quirks = { refuses: ['user', 'store'], renames: { seed: 'random_seed' }, messageNames: false } as const;
    const body = { messages, user: 'u', store: null, seed: 1 };
    expect(adaptFields(body, quirks)).toEqual({
      body: { messages: [{ role: 'user', content: 'ping' }], random_seed: 1 },
      dropped: ['messages[].name', 'user'],
    });
    expect(adaptFields({ seed: 1, random_seed: 2 }, quirks).body).toEqual({ random_seed: 2 });
    expect(body.messages).toBe(messages);
  });
});

describe('a provider that speaks chat completions', () => {
  let server: ScriptedServer;
  let load: (name: string) => Promise<Upstream>;
  beforeAll(async () => {
    server = await startScriptedServer();
    load = createUpstreamLoader(
      readEnvironment(
        Object.fromEntries(
          Object.entries(paths).map(([name, path]) => [
            `${name.toUpperCase()}_BASE_URL`,
            server.url.replace(/\/$/, '') + path,
          ]),
        ),
      ),
    );
  });
  afterAll(() => server.close());

  const ask = async (name: string, body: JsonObject = {}, change: Parameters<typeof upstreamCall>[0] = {}) => {
    const call = upstreamCall({ model: 'some/model', body: { messages, ...body }, ...change });
    return sendTo(await load(name), call);
  };

  it.each(Object.entries(paths))('%s is called where it is, with the key', async (name, path) => {
    server.answer = jsonAnswer(200, completion);
    expect((await ask(name)).type).toBe('json');
    expect(server.received.at(-1)).toMatchObject({
      path: `${path}/chat/completions`,
      headers: { authorization: `Bearer ${fakeKey}` },
    });
    expect(bodyOf(server.received.at(-1)).model).toBe('some/model');
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['mistral', { seed: 1, max_completion_tokens: 5, user: 'u' }, { random_seed: 1, max_tokens: 5 }],
    ['groq', { logprobs: true, n: 1 }, { n: 1 }],
    ['cerebras', { frequency_penalty: 1, seed: 1 }, { seed: 1 }],
    ['zai', { max_completion_tokens: 5 }, { max_tokens: 5 }],
  ])('%s is not sent what it refuses: %j', async (name, given, expected) => {
    server.answer = jsonAnswer(200, completion);
    await ask(name, given);
    const { model: _model, messages: _messages, ...sent } = bodyOf(server.received.at(-1));
    expect(sent).toEqual(expected);
  });

  it('mistral is not asked for usage, which it tells unasked', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const chunk = { id: 'c', choices: [{ index: 0, delta: { content: 'pong' }, finish_reason: 'stop' }], usage };
    server.answer = streamAnswer([`data: ${JSON.stringify(chunk)}\n\n`, 'data: [DONE]\n\n']);
    const frames = await framesOf(await ask('mistral', { stream: true }, { stream: true }));
    expect(frames.map(({ type }) => type)).toEqual(['event', 'finish', 'usage', 'end']);
    expect(bodyOf(server.received.at(-1))).not.toHaveProperty('stream_options');
  });

  it('takes the other doors translated', async () => {
    server.answer = jsonAnswer(200, completion);
    const body = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'ping' }] };
    const conversation = () => anthropicMessages.readRequest(body);
    const result = await ask('groq', {}, { door: anthropicMessages, body, conversation });
    expect(result).toMatchObject({ type: 'json', answer: { body: { type: 'message' } } });
  });

  it.each<[string, number, unknown, string]>([
    ['mistral', 401, { message: 'Unauthorized' }, 'credential'],
    ['mistral', 422, { detail: [{ type: 'extra_forbidden' }] }, 'bad_request'],
    ['groq', 401, { error: { message: 'Invalid API Key', code: 'invalid_api_key' } }, 'credential'],
    ['deepseek', 402, { error: { message: 'Insufficient Balance' } }, 'quota'],
    [
      'xai',
      400,
      { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: x' },
      'credential',
    ],
    ['xai', 400, { error: 'Invalid temperature' }, 'bad_request'],
    ['openrouter', 402, { error: { code: 402, message: 'Insufficient credits' } }, 'quota'],
    ['openrouter', 403, { error: { code: 403, message: 'Your input was flagged' } }, 'content_filter'],
    ['openrouter', 403, { error: { code: 403, message: 'Forbidden' } }, 'permission'],
    ['together', 403, { error: { message: 'too long' } }, 'bad_request'],
    ['fireworks', 412, { error: { message: 'suspended' } }, 'quota'],
    ['fireworks', 403, {}, 'credential'],
    ['cerebras', 429, {}, 'rate_limit'],
    ['moonshot', 429, { error: { type: 'exceeded_current_quota_error', message: 'm' } }, 'quota'],
    ['moonshot', 429, { error: { type: 'engine_overloaded_error', message: 'm' } }, 'overloaded'],
    ['zai', 429, { error: { code: '1113', message: 'Insufficient balance' } }, 'quota'],
    ['zai', 434, {}, 'permission'],
  ])('%s says with %d %j what is wrong', async (name, status, body, kind) => {
    server.answer = jsonAnswer(status, body);
    expect(await failureOf(ask(name))).toMatchObject({ kind, status });
  });
});
