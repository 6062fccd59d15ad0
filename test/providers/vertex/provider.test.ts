import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Provider, ProviderResult, StreamPart } from '../../../functions/core/routing/provider.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createVertex } from '../../../functions/providers/vertex/provider.ts';
import {
  callWith,
  events,
  type GoogleServer,
  json,
  type Script,
  serviceAccount,
  startGoogle,
} from './google-server.ts';

let google: GoogleServer;
let vertex: Provider;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());
beforeEach(() => {
  vertex = createVertex({ baseUrl: google.url, tokenUrl: google.tokenUrl });
  google.calls.length = 0;
  google.assertions.length = 0;
  google.scriptToken(null);
});

const counts = { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12 };
const answer = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'pong' }] }, finishReason: 'STOP' }],
  usageMetadata: counts,
  responseId: 'r-1',
};
const part = (text: string, more: JsonObject = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, ...more }],
  usageMetadata: { trafficType: 'ON_DEMAND' },
});
const exhausted = {
  error: { code: 429, message: 'Resource exhausted. Please try again later.', status: 'RESOURCE_EXHAUSTED' },
};

function failureOf(result: ProviderResult) {
  if (result.type !== 'failure') throw new Error(`The result is ${result.type}.`);
  return result.failure;
}

async function partsOf(result: ProviderResult): Promise<StreamPart[]> {
  if (result.type !== 'stream') throw new Error(`The result is ${JSON.stringify(result)}.`);
  const parts: StreamPart[] = [];
  for await (const batch of result.parts) parts.push(...batch);
  return parts;
}

function textOf(parts: StreamPart[]): string {
  return parts
    .map((streamed) => (streamed.type === 'chunk' ? (JSON.parse(streamed.json).choices[0].delta.content ?? '') : ''))
    .join('');
}

describe('a chat completion', () => {
  it('is one call of generateContent with an access token', async () => {
    google.script(json(answer));
    const result = await vertex.chat(callWith({}));
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'r-1',
      droppedParams: [],
      body: {
        model: 'vertex/gemini-2.5-flash',
        choices: [{ message: { content: 'pong' }, finish_reason: 'stop' }],
        usage: { total_tokens: 12 },
      },
    });
    expect(google.calls).toMatchObject([
      {
        url: '/v1beta1/projects/test-project/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
        authorization: 'Bearer token-1',
        body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
      },
    ]);
  });

  it('is streamed as server-sent events, usage after the finish, then the end', async () => {
    google.script(events([part('po'), { ...part('ng', { finishReason: 'STOP' }), usageMetadata: counts }]));
    const parts = await partsOf(await vertex.chat(callWith({}, { stream: true, region: 'europe-west4' })));
    expect(google.calls[0]?.url).toBe(
      '/v1beta1/projects/test-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    );
    expect(textOf(parts)).toBe('pong');
    expect(parts.map(({ type }) => type)).toEqual(['chunk', 'chunk', 'chunk', 'usage', 'end']);
    expect(parts[2]).toMatchObject({ content: false, finishReason: 'stop' });
  });

  it('of a model id that could leave its place is refused without a call', async () => {
    const failure = failureOf(await vertex.chat(callWith({}, { model: '../../../secret' })));
    expect(failure).toMatchObject({ kind: 'bad_request', param: 'model', local: true });
    expect(google.calls).toHaveLength(0);
  });

  it.each([
    ['a project', { credential: new Secret<JsonObject>({ ...serviceAccount, project_id: '../x' }) }],
    ['a region', { region: 'evil.example/' }],
  ])('with %s that could leave its place is refused without a call, even if it was stored', async (_name, changes) => {
    expect(failureOf(await vertex.chat(callWith({}, changes)))).toMatchObject({ kind: 'credential', local: true });
    expect(google.assertions).toHaveLength(0);
  });

  it('that cannot be said to the model is refused without a call', async () => {
    const failure = failureOf(
      await vertex.chat(
        callWith({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://x' } }] }] }),
      ),
    );
    expect(failure).toMatchObject({ kind: 'bad_request', param: 'messages.0.content.0.image_url', local: true });
    expect(google.assertions).toHaveLength(0);
  });
});

describe('what comes back broken', () => {
  it.each<[string, Script, object]>([
    [
      'a page instead of JSON',
      json('<html>maintenance</html>', 200, { 'content-type': 'text/html' }),
      { kind: 'overloaded', status: 200, garbled: true },
    ],
    [
      'an error page',
      json('<html>502</html>', 502, { 'content-type': 'text/html' }),
      { kind: 'overloaded', status: 502, garbled: true },
    ],
    ['an empty object', json({}), { kind: 'overloaded', garbled: true }],
    ['an error inside a success', json([exhausted]), { kind: 'rate_limit', status: 429 }],
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      { kind: 'overloaded', status: 302, garbled: true },
    ],
    ['a reset connection', (_request, response) => response.destroy(), { kind: 'network', status: null }],
    [
      'a body cut off',
      (_request, response) =>
        response.writeHead(200, { 'content-length': '400' }).write('{"candidates"', () => response.destroy()),
      { kind: 'network', status: null },
    ],
  ])('%s is a failure', async (_name, reply, expected) => {
    google.script(reply);
    expect(failureOf(await vertex.chat(callWith({})))).toMatchObject(expected);
  });

  it('names the provider’s request and how long to wait', async () => {
    google.script(json(exhausted, 429, { 'retry-after': '9', 'request-id': 'req_vrtx_1' }));
    expect(failureOf(await vertex.chat(callWith({})))).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 9000,
      providerRequestId: 'req_vrtx_1',
    });
  });

  it.each<[string, Script, string[]]>([
    ['an error before any content', events([exhausted]), ['failure']],
    ['an error after content', events([part('one '), exhausted]), ['chunk', 'failure']],
    ['no answer at all', events([]), []],
    ['no finish reason', events([part('one '), part('two ')]), ['chunk', 'chunk']],
    ['a reset after content', events([part('one ')], 'reset'), ['chunk', 'failure']],
    ['nonsense', events(['text']), ['failure']],
  ])('in a stream, %s never looks complete', async (_name, reply, types) => {
    google.script(reply);
    const parts = await partsOf(await vertex.chat(callWith({}, { stream: true })));
    expect(parts.map(({ type }) => type)).toEqual(types);
  });

  it('half an event is a cut, not an answer', async () => {
    google.script((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${JSON.stringify(part('one'))}\r\n\r\ndata: {"candidates":[{"fini`),
    );
    expect((await partsOf(await vertex.chat(callWith({}, { stream: true })))).map(({ type }) => type)).toEqual([
      'chunk',
    ]);
  });

  it('a page instead of a stream is a failure before the stream', async () => {
    google.script(json('<html>', 200, { 'content-type': 'text/html' }));
    expect(failureOf(await vertex.chat(callWith({}, { stream: true })))).toMatchObject({
      kind: 'overloaded',
      garbled: true,
    });
  });
});

describe('a caller who leaves', () => {
  it('ends the upstream call before the answer', async () => {
    const leave = new AbortController();
    google.script(() => leave.abort());
    expect(failureOf(await vertex.chat(callWith({}, { signal: leave.signal })))).toMatchObject({ kind: 'cancelled' });
    await google.calls[0]?.closed;
  });

  it('ends the upstream call in the middle of a stream, without waiting for its next bytes', async () => {
    google.script(events([part('one ')], 'hang'));
    const result = await vertex.chat(callWith({}, { stream: true }));
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.parts[Symbol.asyncIterator]();
    expect(textOf((await iterator.next()).value)).toBe('one ');
    const waiting = iterator.next();
    await iterator.return?.();
    await google.calls[0]?.closed;
    expect((await waiting).value?.[0]?.type ?? 'none').toMatch(/failure|none/);
  });

  it('by the signal, too', async () => {
    const leave = new AbortController();
    google.script(events([part('one ')], 'hang'));
    const result = await vertex.chat(callWith({}, { stream: true, signal: leave.signal }));
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.parts[Symbol.asyncIterator]();
    await iterator.next();
    leave.abort();
    expect((await iterator.next()).value).toMatchObject([{ type: 'failure', failure: { kind: 'cancelled' } }]);
    await google.calls[0]?.closed;
  });
});

describe('the formats of other publishers', () => {
  it('Claude is asked by rawPredict and streamRawPredict', async () => {
    google.script(
      json({
        id: 'msg_vrtx_1',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'text', text: 'pong' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 3, output_tokens: 1 },
      }),
    );
    const result = await vertex.chat(callWith({}, { model: 'anthropic/claude-sonnet-4@20250514' }));
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'msg_vrtx_1',
      body: { choices: [{ message: { content: 'pong' } }] },
    });
    expect(google.calls[0]?.url).toBe(
      '/v1beta1/projects/test-project/locations/global/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict',
    );
    expect(google.calls[0]?.body).toMatchObject({ anthropic_version: 'vertex-2023-10-16' });
    google.script(
      events(
        [
          { type: 'message_start', message: { usage: { input_tokens: 3 } } },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
          { type: 'message_stop' },
        ],
        'hang',
      ),
    );
    const parts = await partsOf(await vertex.chat(callWith({}, { model: 'anthropic/claude-sonnet-4', stream: true })));
    expect(parts.map(({ type }) => type)).toEqual(['chunk', 'usage', 'end']);
    expect(google.calls[1]?.url).toMatch(/:streamRawPredict$/);
  });

  it('open models are asked through the OpenAI endpoint, unknown fields untouched', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }];
    google.script(
      json({
        id: 'x-1',
        object: 'chat.completion',
        created: 1,
        model: 'meta/llama',
        choices,
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
    const result = await vertex.chat(
      callWith({ logit_bias: { 1: 1 } }, { model: 'meta/llama-4-maas', callerModel: 'vertex/meta/llama-4-maas' }),
    );
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'x-1',
      droppedParams: [],
      body: { model: 'vertex/meta/llama-4-maas', choices, usage: { total_tokens: 2 } },
    });
    expect(google.calls[0]).toMatchObject({
      url: '/v1beta1/projects/test-project/locations/global/endpoints/openapi/chat/completions',
      body: { model: 'meta/llama-4-maas', logit_bias: { 1: 1 }, stream: false },
    });
  });

  it('open models stream with one id, their usage apart, and end at [DONE]', async () => {
    const chunk = (delta: JsonObject, finish: string | null, more: JsonObject = {}) => ({
      id: 'x-1',
      model: 'meta/llama',
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...more,
    });
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    google.script((_request, response) => {
      const chunks = [
        chunk({ role: 'assistant', content: '' }, null),
        chunk({ content: 'pong' }, null),
        chunk({}, 'stop', { usage }),
      ];
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')}data: [DONE]\n\n`);
    });
    const parts = await partsOf(await vertex.chat(callWith({}, { model: 'meta/llama-4-maas', stream: true })));
    expect(google.calls[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(parts.map(({ type }) => type)).toEqual(['chunk', 'chunk', 'chunk', 'usage', 'end']);
    expect(parts.map((streamed) => streamed.type === 'chunk' && streamed.content)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(parts[3]).toMatchObject({ chunk: { choices: [], usage } });
  });
});
