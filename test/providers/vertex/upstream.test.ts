import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { anthropicMessages } from '../../../functions/dialects/anthropic-messages/door.ts';
import { createVertexUpstream } from '../../../functions/providers/vertex/upstream.ts';
import { ImageFetchError } from '../../../functions/transport/image-fetch.ts';
import { ask, failureOf, framesOf, kindsOf, textOf, upstreamCall } from './call.ts';
import { events, type GoogleServer, json, type Script, serviceAccount, startGoogle } from './google-server.ts';

let google: GoogleServer;
let vertex: Upstream;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());
beforeEach(() => {
  vertex = createVertexUpstream({ baseUrl: google.url, tokenUrl: google.tokenUrl });
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
  responseId: 'r-2',
});
const exhausted = {
  error: { code: 429, message: 'Resource exhausted. Please try again later.', status: 'RESOURCE_EXHAUSTED' },
};
const models = '/v1beta1/projects/test-project/locations/global/publishers';

describe('an answer of Gemini', () => {
  it('is one call of generateContent with an access token, whose traces are known', async () => {
    google.script(json(answer));
    const tokens: string[] = [];
    const authenticated = (derived: Secret<string>) => tokens.push(derived.reveal());
    const result = await ask(vertex, upstreamCall({}, { authenticated }));
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'r-1',
      answer: {
        body: {
          model: 'vertex/gemini-2.5-flash',
          choices: [{ message: { content: 'pong' }, finish_reason: 'stop' }],
          usage: { total_tokens: 12 },
        },
        usage: { prompt: 5, completion: 7 },
        finishReason: 'stop',
      },
    });
    expect(google.calls).toMatchObject([
      {
        url: `${models}/google/models/gemini-2.5-flash:generateContent`,
        authorization: 'Bearer token-1',
        body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
      },
    ]);
    expect(tokens).toEqual(['token-1']);
  });

  it('is prepared without a call, with its bounds and what was dropped', async () => {
    const prepared = await vertex.prepare(upstreamCall({ logit_bias: { 1: 1 }, max_tokens: 9 }));
    expect(prepared).toMatchObject({
      type: 'ready',
      dropped: ['logit_bias'],
      bounds: { textBytes: 2, maxOutputTokens: 9 },
    });
    expect(google.assertions).toHaveLength(0);
  });

  it('is streamed as server-sent events, usage after the finish, then the end', async () => {
    google.script(events([part('po'), { ...part('ng', { finishReason: 'STOP' }), usageMetadata: counts }]));
    const result = await ask(vertex, upstreamCall({}, { stream: true, region: 'europe-west4' }));
    expect(result).toMatchObject({ providerRequestId: 'r-2' });
    const frames = await framesOf(result);
    expect(google.calls[0]?.url).toBe(
      '/v1beta1/projects/test-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    );
    expect(textOf(frames)).toBe('pong');
    const kinds = kindsOf(frames);
    expect(kinds.slice(-2)).toEqual(['usage', 'end']);
    expect(frames).toContainEqual({ type: 'finish', reason: 'stop' });
  });

  it('calls tools under ids of its own', async () => {
    const parts = [{ functionCall: { name: 'f', args: {} } }];
    google.script(json({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }));
    expect(await ask(vertex, upstreamCall({}))).toMatchObject({
      answer: { body: { choices: [{ message: { tool_calls: [{ id: 'call_01JABCDEFGHJKMNPQRSTVWXYZ0_0' }] } }] } },
    });
  });

  it('of a model id that could leave its place is refused without a call', async () => {
    const failure = failureOf(await ask(vertex, upstreamCall({}, { model: '../../../secret' })));
    expect(failure).toMatchObject({ kind: 'bad_request', param: 'model', local: true });
    expect(google.calls).toHaveLength(0);
  });

  it.each([
    ['a project', { credential: new Secret<JsonObject>({ ...serviceAccount, project_id: '../x' }) }],
    ['a region', { region: 'evil.example/' }],
  ])('with %s that could leave its place is refused without a call, even if it was stored', async (_name, changes) => {
    expect(failureOf(await ask(vertex, upstreamCall({}, changes)))).toMatchObject({ kind: 'credential', local: true });
    expect(google.assertions).toHaveLength(0);
  });

  it('that cannot be asked for is refused without a call', async () => {
    const image = { type: 'image_url', image_url: { url: 'ftp://x' } };
    const refused = await ask(vertex, upstreamCall({ messages: [{ role: 'user', content: [image] }] }));
    expect(failureOf(refused)).toMatchObject({
      kind: 'bad_request',
      param: expect.stringMatching(/^messages\.0\.content\.0/),
      local: true,
    });
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
    [
      'a malformed call and nothing else',
      json({ candidates: [{ content: {}, finishReason: 'MALFORMED_FUNCTION_CALL' }] }),
      { kind: 'overloaded', garbled: true, code: 'MALFORMED_FUNCTION_CALL' },
    ],
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
    expect(failureOf(await ask(vertex, upstreamCall({})))).toMatchObject(expected);
  });

  it('names the provider’s request and how long to wait', async () => {
    google.script(json(exhausted, 429, { 'retry-after': '9', 'request-id': 'req_vrtx_1' }));
    expect(failureOf(await ask(vertex, upstreamCall({})))).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 9000,
      providerRequestId: 'req_vrtx_1',
    });
  });

  it.each<[string, Script, RegExp]>([
    ['an error before any content', events([exhausted]), /^failure$/],
    ['an error after content', events([part('one '), exhausted]), /content.*,failure$/],
    ['no answer at all', events([]), /^$/],
    ['no finish reason', events([part('one '), part('two ')]), /content$/],
    ['a reset after content', events([part('one ')], 'reset'), /content,failure$/],
    ['nonsense', events(['text']), /^failure$/],
    ['a malformed call alone', events([{ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] }]), /^failure$/],
  ])('in a stream, %s never looks complete', async (_name, reply, kinds) => {
    google.script(reply);
    const frames = await framesOf(await ask(vertex, upstreamCall({}, { stream: true })));
    expect(kindsOf(frames).join()).toMatch(kinds);
    expect(kindsOf(frames)).not.toContain('end');
  });

  it('half an event is a cut, not an answer', async () => {
    google.script((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${JSON.stringify(part('one'))}\r\n\r\ndata: {"candidates":[{"fini`),
    );
    const kinds = kindsOf(await framesOf(await ask(vertex, upstreamCall({}, { stream: true }))));
    expect(kinds.at(-1)).toBe('content');
  });

  it('a page instead of a stream is a failure before the stream', async () => {
    google.script(json('<html>', 200, { 'content-type': 'text/html' }));
    const result = await ask(vertex, upstreamCall({}, { stream: true }));
    expect(failureOf(result)).toMatchObject({ kind: 'overloaded', garbled: true });
  });
});

describe('a caller who leaves', () => {
  it('ends the upstream call before the answer', async () => {
    const leave = new AbortController();
    google.script(() => leave.abort());
    const result = await ask(vertex, upstreamCall({}, { signal: leave.signal }));
    expect(failureOf(result)).toMatchObject({ kind: 'cancelled' });
    await google.calls[0]?.closed;
  });

  it('ends the upstream call in the middle of a stream, without waiting for its next bytes', async () => {
    google.script(events([part('one ')], 'hang'));
    const result = await ask(vertex, upstreamCall({}, { stream: true }));
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.frames[Symbol.asyncIterator]();
    expect(textOf((await iterator.next()).value)).toBe('one ');
    const waiting = iterator.next();
    await iterator.return?.();
    await google.calls[0]?.closed;
    expect((await waiting).value?.[0]?.type ?? 'none').toMatch(/failure|none/);
  });

  it('by the signal, too', async () => {
    const leave = new AbortController();
    google.script(events([part('one ')], 'hang'));
    const result = await ask(vertex, upstreamCall({}, { stream: true, signal: leave.signal }));
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.frames[Symbol.asyncIterator]();
    await iterator.next();
    leave.abort();
    expect((await iterator.next()).value).toMatchObject([{ type: 'failure' }]);
    await google.calls[0]?.closed;
  });
});

const message = {
  id: 'msg_vrtx_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4',
  content: [{ type: 'text', text: 'pong' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 1 },
};
const claude = { model: 'anthropic/claude-sonnet-4@20250514' };
const claudeModels = `${models}/anthropic/models`;

describe('Claude through the Messages door', () => {
  const native = { ...claude, door: anthropicMessages, headers: { 'anthropic-beta': 'context-1m-2025-08-07,x' } };
  const body = { model: 'anthropic/claude-sonnet-4', max_tokens: 9, future_field: { a: 1 } };

  it('is asked in its own format with rawPredict: fields that nobody knows stay, betas are a header', async () => {
    google.script(json(message));
    const prepared = await vertex.prepare(upstreamCall(body, native));
    expect(prepared).toMatchObject({ dropped: ['anthropic-beta'], bounds: { maxOutputTokens: 9 } });
    expect(await ask(vertex, upstreamCall(body, native))).toMatchObject({
      type: 'json',
      providerRequestId: 'msg_vrtx_1',
      answer: { body: { ...message, model: 'vertex/gemini-2.5-flash' }, finishReason: 'stop' },
    });
    const { model: _model, ...rest } = body;
    expect(google.calls).toMatchObject([
      { url: `${claudeModels}/claude-sonnet-4@20250514:rawPredict`, beta: 'context-1m-2025-08-07' },
    ]);
    expect(google.calls[0]?.body).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      messages: [{ role: 'user', content: 'hi' }],
      ...rest,
    });
  });

  it('has the request id of the header where there is one', async () => {
    google.script(json(message, 200, { 'request-id': 'req_vrtx_2' }));
    expect(await ask(vertex, upstreamCall(body, native))).toMatchObject({ providerRequestId: 'req_vrtx_2' });
  });

  it('is streamed with streamRawPredict, and read no further than its end', async () => {
    google.script(
      events(
        [
          { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
          { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
          { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'pong' } },
          { type: 'content_block_stop', index: 0 },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
          { type: 'message_stop' },
        ],
        'hang',
      ),
    );
    const result = await ask(vertex, upstreamCall({ ...body, stream: true }, { ...native, stream: true }));
    expect(result).toMatchObject({ providerRequestId: 'msg_vrtx_1' });
    const frames = await framesOf(result);
    expect(kindsOf(frames)).toContain('content');
    expect(kindsOf(frames).at(-1)).toBe('end');
    expect(google.calls[0]).toMatchObject({
      url: `${claudeModels}/claude-sonnet-4@20250514:streamRawPredict`,
      body: { stream: true },
    });
  });

  it('is counted by the count-tokens model, which is told the model in the body', async () => {
    google.script(json({ input_tokens: 17 }));
    const { max_tokens: _limit, ...counted } = body;
    expect(await ask(vertex, upstreamCall(counted, { ...native, operation: 'count' }))).toMatchObject({
      type: 'json',
      answer: { body: { input_tokens: 17 }, usage: null },
    });
    expect(google.calls[0]).toMatchObject({
      url: `${claudeModels}/count-tokens:rawPredict`,
      body: { model: 'claude-sonnet-4@20250514', anthropic_version: 'vertex-2023-10-16', future_field: { a: 1 } },
    });
  });
});

describe('Claude through chat completions', () => {
  it('is asked by rawPredict and streamRawPredict, and translated', async () => {
    google.script(json(message));
    const call = upstreamCall({ user: 'u' }, claude);
    expect(await vertex.prepare(call)).toMatchObject({ dropped: ['user'] });
    expect(await ask(vertex, call)).toMatchObject({
      type: 'json',
      providerRequestId: 'msg_vrtx_1',
      answer: { body: { choices: [{ message: { content: 'pong' } }], usage: { total_tokens: 4 } } },
    });
    expect(google.calls[0]).toMatchObject({
      url: `${claudeModels}/claude-sonnet-4@20250514:rawPredict`,
      body: { anthropic_version: 'vertex-2023-10-16', max_tokens: 16_384 },
    });
    expect(google.calls[0]?.body).not.toHaveProperty('model');
    google.script(
      events(
        [
          { type: 'message_start', message: { id: 'msg_vrtx_2', usage: { input_tokens: 3 } } },
          { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
          { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'pong' } },
          { type: 'content_block_stop', index: 0 },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
          { type: 'message_stop' },
        ],
        'hang',
      ),
    );
    const frames = await framesOf(await ask(vertex, upstreamCall({}, { ...claude, stream: true })));
    expect(textOf(frames)).toBe('pong');
    expect(kindsOf(frames).slice(-2)).toEqual(['usage', 'end']);
    expect(google.calls[1]).toMatchObject({ url: expect.stringMatching(/:streamRawPredict$/), body: { stream: true } });
  });

  const image = { type: 'image_url', image_url: { url: 'https://x.example/a' } };
  const pictured = { messages: [{ role: 'user', content: [{ type: 'text', text: 'what?' }, image] }] };

  it('gets the bytes of pictures behind addresses, which it does not take, before the call', async () => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    const settings = { baseUrl: google.url, tokenUrl: google.tokenUrl, fetchImage: async () => png };
    google.script(json(message));
    await ask(createVertexUpstream(settings), upstreamCall(pictured, claude));
    expect(google.calls[0]?.body).toMatchObject({
      messages: [
        {
          content: [
            { text: 'what?' },
            { source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } },
          ],
        },
      ],
    });
  });

  it.each(['answer', 'count'] as const)('gets them through its own door, too: %s', async (operation) => {
    const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    const settings = { baseUrl: google.url, tokenUrl: google.tokenUrl, fetchImage: async () => png };
    google.script(json(operation === 'count' ? { input_tokens: 5 } : message));
    const content = [
      { type: 'text', text: 'what?', odd: [1] },
      { type: 'image', source: { type: 'url', url: 'https://x.example/a' }, cache_control: { type: 'ephemeral' } },
    ];
    const body = { max_tokens: 5, unknown: { a: 1 }, messages: [{ role: 'user', content }] };
    await ask(createVertexUpstream(settings), upstreamCall(body, { ...claude, operation, door: anthropicMessages }));
    const source = { type: 'base64', media_type: 'image/png', data: png.toString('base64') };
    expect(google.calls[0]?.body).toMatchObject({
      unknown: { a: 1 },
      messages: [{ role: 'user', content: [content[0], { ...content[1], source }] }],
    });
  });

  it('is not asked about pictures that cannot be fetched', async () => {
    const fetchImage = () => Promise.reject(new ImageFetchError('The image is gone.'));
    const settings = { baseUrl: google.url, tokenUrl: google.tokenUrl, fetchImage };
    const failure = failureOf(await ask(createVertexUpstream(settings), upstreamCall(pictured, claude)));
    expect(failure).toMatchObject({ kind: 'bad_request', message: 'The image is gone.', local: true });
    expect(google.assertions).toHaveLength(0);
  });
});

describe('counting', () => {
  it('of Gemini is countTokens with what the model would read', async () => {
    google.script(json({ totalTokens: 23, totalBillableCharacters: 80 }));
    const body = {
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      temperature: 1,
    };
    const result = await ask(vertex, upstreamCall(body, { operation: 'count' }));
    expect(result).toMatchObject({ type: 'json', answer: { body: { input_tokens: 23 } } });
    expect(google.calls).toMatchObject([{ url: `${models}/google/models/gemini-2.5-flash:countTokens` }]);
    expect(google.calls[0]?.body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      systemInstruction: { parts: [{ text: 'be brief' }] },
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
    });
  });

  it.each([{}, { totalTokens: '23' }, { totalTokens: -1 }])('with %j makes no sense', async (reply) => {
    google.script(json(reply));
    const result = await ask(vertex, upstreamCall({}, { operation: 'count' }));
    expect(failureOf(result)).toMatchObject({ kind: 'overloaded', garbled: true });
  });

  it('of open models is not possible', async () => {
    const call = upstreamCall({}, { operation: 'count', model: 'meta/llama-4-maas' });
    expect(await vertex.prepare(call)).toEqual({ type: 'uncountable' });
  });
});

describe('open models through chat completions', () => {
  const head = { mintedId: 'x', created: 5, callerModel: 'vertex/meta/llama-4-maas', includeUsage: true };
  const open = { model: 'meta/llama-4-maas', head };

  it('are asked through the OpenAI endpoint, unknown fields untouched', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    google.script(json({ id: 'x-1', object: 'chat.completion', created: 1, model: 'meta/llama', choices, usage }));
    const call = upstreamCall({ logit_bias: { 1: 1 }, model: 'x', max_tokens: 4 }, open);
    expect(await vertex.prepare(call)).toMatchObject({ dropped: [], bounds: { maxOutputTokens: 4 } });
    expect(await ask(vertex, call)).toMatchObject({
      type: 'json',
      providerRequestId: 'x-1',
      answer: {
        body: { id: 'chatcmpl-x', created: 5, model: 'vertex/meta/llama-4-maas', choices, usage },
        usage: { prompt: 1, completion: 1 },
        finishReason: 'stop',
      },
    });
    expect(google.calls[0]).toMatchObject({
      url: '/v1beta1/projects/test-project/locations/global/endpoints/openapi/chat/completions',
      body: { model: 'meta/llama-4-maas', logit_bias: { 1: 1 }, stream: false },
    });
  });

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral and https://docs.mistral.ai/api
  it.each([
    [
      'mistralai/mistral-medium-3',
      false,
      'mistral-medium-3:rawPredict',
      { max_tokens: 4, random_seed: 7, stream: false },
    ],
    [
      'mistralai/codestral-2@001',
      true,
      'codestral-2@001:streamRawPredict',
      { max_tokens: 4, random_seed: 7, stream: true },
    ],
    [
      'ai21/jamba-1.5-mini@001',
      false,
      'jamba-1.5-mini@001:rawPredict',
      { max_completion_tokens: 4, seed: 7, stream: false },
    ],
  ])('%s is asked at its model (stream: %j)', async (model, stream, address, body) => {
    google.script(json({ error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT' } }, 400));
    await ask(vertex, upstreamCall({ model: 'x', max_completion_tokens: 4, seed: 7 }, { model, head, stream }));
    const [publisher, id = ''] = model.split('/');
    expect(google.calls[0]?.url).toBe(
      `/v1beta1/projects/test-project/locations/global/publishers/${publisher}/models/${address}`,
    );
    expect({ ...google.calls[0]?.body, messages: [] }).toEqual({
      ...body,
      model: id.replace('@001', ''),
      messages: [],
    });
  });

  const chunk = (delta: JsonObject, finish: string | null, more: JsonObject = {}) => ({
    id: 'x-1',
    model: 'meta/llama',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

  it.each(['data: [DONE]\n\n', ''])(
    'stream with one id, their usage apart, and end when all choices have finished: %j',
    async (mark) => {
      google.script((_request, response) => {
        const chunks = [
          chunk({ role: 'assistant', content: '' }, null),
          chunk({ content: 'pong' }, ''),
          chunk({}, 'stop', { usage }),
        ];
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`${chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')}${mark}`);
        if (mark === '') response.end();
      });
      const frames = await framesOf(await ask(vertex, upstreamCall({}, { ...open, stream: true })));
      expect(google.calls[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
      expect(kindsOf(frames)).toEqual(['event', 'content', 'event', 'finish', 'usage', 'end']);
      for (const frame of frames.filter(({ type }) => type === 'event'))
        expect(frame).toMatchObject({ text: expect.stringContaining('"id":"chatcmpl-x"') });
      expect(frames[1]).toMatchObject({ text: expect.stringContaining('"finish_reason":null'), closing: false });
      expect(frames[2]).toMatchObject({ closing: true });
      const counted = frames[4];
      if (counted?.type !== 'usage') throw new Error('no usage');
      expect(counted.usage).toMatchObject({ prompt: 1, completion: 2 });
      expect(JSON.parse(counted.write({ cost: 1 })?.slice(6) ?? '')).toMatchObject({
        choices: [],
        usage: { ...usage, cost: 1 },
      });
    },
  );

  it('say nothing of usage to callers who did not ask', async () => {
    google.script(events([chunk({ content: 'pong' }, 'stop', { usage })]));
    const call = upstreamCall({}, { ...open, head: { ...head, includeUsage: false }, stream: true });
    const counted = (await framesOf(await ask(vertex, call))).find(({ type }) => type === 'usage');
    expect(counted?.type === 'usage' && counted.write({})).toBeNull();
  });

  it.each<[string, Script, string[]]>([
    ['no finish reason', events([chunk({ content: 'x' }, null)]), ['content']],
    ['an error', events([chunk({ content: 'x' }, null), [exhausted]]), ['content', 'failure']],
    ['nonsense', events(['x']), ['failure']],
  ])('with %s never look complete', async (_name, reply, kinds) => {
    google.script(reply);
    const frames = await framesOf(await ask(vertex, upstreamCall({}, { ...open, stream: true })));
    expect(kindsOf(frames)).toEqual(kinds);
  });
});

describe('open models through the Messages door', () => {
  const open = { model: 'meta/llama-4-maas', door: anthropicMessages };
  const body = { max_tokens: 9, top_k: 3, stop_sequences: ['END'] };

  it('are asked through the OpenAI endpoint, and translated', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };
    google.script(json({ id: 'x-1', object: 'chat.completion', created: 1, model: 'meta/llama', choices, usage }));
    expect(await ask(vertex, upstreamCall(body, open))).toMatchObject({
      type: 'json',
      providerRequestId: 'x-1',
      answer: { body: { type: 'message', content: [{ type: 'text', text: 'pong' }], stop_reason: 'end_turn' } },
    });
    expect(google.calls[0]).toMatchObject({
      url: '/v1beta1/projects/test-project/locations/global/endpoints/openapi/chat/completions',
      body: { model: 'meta/llama-4-maas', max_tokens: 9, stop: ['END'], stream: false },
    });
  });

  it('stream, and look complete only when they are', async () => {
    const chunk = (delta: JsonObject, finish: string | null) => ({
      id: 'x-1',
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    google.script(events([chunk({ content: 'pong' }, null), chunk({}, 'stop')]));
    const whole = kindsOf(await framesOf(await ask(vertex, upstreamCall(body, { ...open, stream: true }))));
    expect(whole).toContain('content');
    expect(whole.at(-1)).toBe('end');
    expect(google.calls[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    google.script(events([chunk({ content: 'pong' }, null)]));
    const cut = kindsOf(await framesOf(await ask(vertex, upstreamCall(body, { ...open, stream: true }))));
    expect(cut).not.toContain('end');
  });
});

describe('Gemini through the Messages door', () => {
  it('calls tools with their signatures, which come back with the next turn', async () => {
    const native = { model: 'gemini-3-flash-preview', door: anthropicMessages };
    const tools = [{ name: 'f', input_schema: { type: 'object' } }];
    const question = { role: 'user', content: 'call f' };
    const called = [{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' }];
    google.script(json({ candidates: [{ content: { parts: called }, finishReason: 'STOP' }] }), json(answer));
    const first = await ask(vertex, upstreamCall({ max_tokens: 9, tools, messages: [question] }, native));
    if (first.type !== 'json') throw new Error('no answer');
    const content = first.answer.body.content as JsonObject[];
    const id = content.find(({ type }) => type === 'tool_use')?.id;
    const results = [{ type: 'tool_result', tool_use_id: id, content: 'done' }];
    const messages = [question, { role: 'assistant', content }, { role: 'user', content: results }];
    await ask(vertex, upstreamCall({ max_tokens: 9, tools, messages }, native));
    expect(google.calls[1]?.body.contents).toEqual([
      { role: 'user', parts: [{ text: 'call f' }] },
      { role: 'model', parts: called },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'done' } } }] },
    ]);
  });
});
