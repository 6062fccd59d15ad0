import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { Door } from '../../../functions/core/chat/dialect.ts';
import type { Upstream, UpstreamCall } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { openaiCompletions } from '../../../functions/dialects/openai-completions/door.ts';
import { createOpenAiUpstream } from '../../../functions/providers/openai/upstream.ts';
import { eventsOf, fold } from '../../dialects/openai-chat/samples.ts';
import { failureOf, framesOf, sendTo, upstreamCall } from './call.ts';
import {
  bodyOf,
  fakeKey,
  jsonAnswer,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from './scripted-server.ts';

let server: ScriptedServer;
let openai: Upstream;

beforeAll(async () => {
  server = await startScriptedServer();
  openai = createOpenAiUpstream({ baseUrl: `${server.url}/v1`, now: () => 0 });
});
afterAll(() => server.close());
beforeEach(() => {
  server.received.length = 0;
});

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 7,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { content: 'Grüße 😀' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1 },
};
const event = (delta: object, finishReason: string | null = null) =>
  `data: ${JSON.stringify({ model: 'gpt-4o-mini-2024-07-18', choices: [{ index: 0, delta, finish_reason: finishReason }], usage: null })}\n\n`;
const done = 'data: [DONE]\n\n';
const ask = (change: Partial<UpstreamCall> = {}) => sendTo(openai, upstreamCall(change));
const streamed = (change: Partial<UpstreamCall> = {}) => ask({ stream: true, ...change });
const kinds = (frames: Awaited<ReturnType<typeof framesOf>>) =>
  frames.map((frame) => (frame.type === 'failure' ? frame.failure.kind : frame.type));

describe('the request', () => {
  beforeEach(() => {
    server.answer = jsonAnswer(200, completion);
  });

  it('is the caller’s body with the model’s own name', async () => {
    const body = {
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'Grüße 😀 \u2028 \ud800' }],
      unknown: { deep: [1.5, null, ''] },
      temperature: 0,
    };
    await ask({ body });
    expect(bodyOf(server.received[0])).toEqual({ ...body, model: 'gpt-4o-mini' });
    expect(server.received[0]?.path).toBe('/v1/chat/completions');
    expect(body.model).toBe('openai/gpt-4o-mini');
  });

  it('asks for usage in a stream, whatever the caller asked for', async () => {
    server.answer = streamAnswer([done]);
    for (const streamOptions of [
      undefined,
      null,
      { include_usage: false },
      { include_usage: true, include_obfuscation: false },
    ]) {
      await framesOf(await streamed({ body: { stream: true, stream_options: streamOptions } }));
    }
    expect(server.received.map((each) => bodyOf(each).stream_options)).toEqual([
      { include_usage: true },
      { include_usage: true },
      { include_usage: true },
      { include_usage: true, include_obfuscation: false },
    ]);
  });

  it('carries the key and nothing of the gateway’s caller', async () => {
    await ask({ credential: new Secret({ apiKey: fakeKey, organization: 'org-1', project: 'proj-1' }) });
    const {
      host: _host,
      connection: _connection,
      'content-length': _length,
      ...headers
    } = server.received[0]?.headers ?? {};
    expect(headers).toEqual({
      authorization: `Bearer ${fakeKey}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
    });
  });

  it('may be large', async () => {
    const content = 'é'.repeat(3_000_000);
    await ask({ body: { messages: [{ role: 'user', content }] } });
    expect(bodyOf(server.received[0]).messages).toEqual([{ role: 'user', content }]);
  });

  it('for embeddings goes to its own path', async () => {
    server.answer = jsonAnswer(200, {
      object: 'list',
      data: [{ embedding: 'AAAA' }],
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 1 },
    });
    const result = await ask({
      operation: 'embed',
      door: null,
      body: { input: ['a'] },
      model: 'text-embedding-3-small',
      head: { ...upstreamCall().head, callerModel: 'mine' },
    });
    expect(server.received[0]?.path).toBe('/v1/embeddings');
    expect(result).toMatchObject({
      type: 'json',
      answer: { body: { data: [{ embedding: 'AAAA' }], model: 'mine' }, usage: { prompt: 1 }, finishReason: null },
    });
  });
});

describe('a JSON answer', () => {
  it('passes with every field, under the caller’s model', async () => {
    server.answer = jsonAnswer(
      200,
      { ...completion, unknown: { deep: [1.5, null] } },
      { 'x-request-id': 'provider-1' },
    );
    expect(await ask()).toEqual({
      type: 'json',
      answer: {
        body: { ...completion, unknown: { deep: [1.5, null] }, model: 'openai/gpt-4o-mini' },
        usage: expect.objectContaining({ prompt: 1 }),
        finishReason: 'stop',
      },
      providerRequestId: 'provider-1',
    });
  });

  test.each<[string, string, object]>([
    ['a page instead of JSON', '<html>maintenance</html>', { kind: 'overloaded', status: 200, garbled: true }],
    ['an empty body', '', { kind: 'overloaded', status: 200, garbled: true }],
    ['JSON that is no object', '[]', { kind: 'overloaded', status: 200, garbled: true }],
    [
      'an error with status 200',
      '{"error":{"message":"m","code":"insufficient_quota"}}',
      { kind: 'quota', message: 'm' },
    ],
  ])('%s is a failure', async (_, body, expected) => {
    server.answer = jsonAnswer(200, body, { 'x-request-id': 'provider-1' });
    expect(await failureOf(ask())).toMatchObject({
      ...expected,
      providerRequestId: 'provider-1',
    });
    expect((await failureOf(streamed())).kind).toBe((expected as { kind: string }).kind);
  });

  it('with an error status is a failure, whether or not a stream was asked for', async () => {
    server.answer = jsonAnswer(
      429,
      { error: { message: 'Slow down', type: 'requests', code: 'rate_limit_exceeded' } },
      { 'retry-after': '3', 'x-request-id': 'provider-1' },
    );
    const expected = { kind: 'rate_limit', status: 429, retryAfterMs: 3000, providerRequestId: 'provider-1' };
    expect(await failureOf(ask())).toMatchObject(expected);
    expect(await failureOf(streamed())).toMatchObject(expected);
  });

  it('is not followed elsewhere', async () => {
    server.answer = (response) => void response.writeHead(302, { location: `${server.url}/elsewhere` }).end();
    expect((await failureOf(ask())).status).toBe(302);
    expect(server.received).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('gives its parts, the usage last, however the bytes come', async () => {
    const text =
      event({ role: 'assistant', content: '' }) +
      event({ content: 'Grüße 😀' }) +
      event({}, 'stop') +
      `data: ${JSON.stringify({ model: 'm', choices: [], usage: { prompt_tokens: 1 } })}\n\n${done}`;
    const bytes = Buffer.from(text);
    for (const size of [1, 3, 7, 100, bytes.length]) {
      server.answer = streamAnswer(
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size)),
      );
      const frames = await framesOf(await streamed());
      expect(kinds(frames)).toEqual(['event', 'event', 'event', 'finish', 'usage', 'end']);
      expect(eventsOf(frames)[1]).toMatchObject({
        model: 'openai/gpt-4o-mini',
        choices: [{ delta: { content: 'Grüße 😀' } }],
      });
    }
  });

  test.each<[string, string[], 'end' | 'reset', string[]]>([
    ['nothing at all', [], 'end', []],
    ['an end without [DONE]', [event({ content: 'a' })], 'end', ['event']],
    ['an end inside an event', [event({ content: 'a' }), event({ content: 'b' }).slice(0, 20)], 'end', ['event']],
    ['a reset after content', [event({ content: 'a' })], 'reset', ['event', 'network']],
    [
      'a reset inside an event',
      [event({ content: 'a' }), event({ content: 'b' }).slice(0, 20)],
      'reset',
      ['event', 'network'],
    ],
    [
      'an error after content',
      [event({ content: 'a' }), 'data: {"error":{"type":"server_error"}}\n\n', done],
      'end',
      ['event', 'overloaded'],
    ],
  ])('%s is never taken for a good end', async (_, pieces, then, expected) => {
    server.answer = streamAnswer(pieces, then);
    expect(kinds(await framesOf(await streamed()))).toEqual(expected);
  });

  it.each([false, true])(
    'gives its connection back for the next call (the end of the body comes after [DONE]: %s)',
    async (late) => {
      server.answer = async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event({ content: 'a' }) + done);
        if (late) await new Promise((resolve) => setImmediate(resolve));
        response.end();
      };
      await vi.waitFor(async () => {
        await framesOf(await streamed());
        expect(new Set(server.received.map(({ socket }) => socket)).size).toBeLessThan(server.received.length);
      });
    },
  );
});

describe('a connection', () => {
  it('that is refused is a network failure', async () => {
    const nobody = await startScriptedServer();
    await nobody.close();
    expect(
      await failureOf(sendTo(createOpenAiUpstream({ baseUrl: nobody.url, now: () => 0 }), upstreamCall())),
    ).toMatchObject({
      kind: 'network',
      status: null,
    });
  });

  it('that is reset before the answer is a network failure that shows nothing of the request', async () => {
    server.answer = (_response, { socket }) => void socket.resetAndDestroy();
    const failure = await failureOf(ask());
    expect(failure.kind).toBe('network');
    expect(JSON.stringify(failure)).not.toContain(fakeKey);
  });

  it('that breaks inside a JSON answer is a network failure', async () => {
    server.answer = (response, { socket }) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': '1000',
        'x-request-id': 'provider-1',
      });
      response.write('{"choices":', () => socket.resetAndDestroy());
    };
    expect(await failureOf(ask())).toMatchObject({
      kind: 'network',
      providerRequestId: 'provider-1',
    });
  });
});

describe('a call that is given up', () => {
  it('before the answer ends at the provider', async () => {
    const controller = new AbortController();
    let seen: Promise<void> = Promise.resolve();
    server.answer = (_response, { given }) => {
      seen = given;
      controller.abort();
    };
    expect((await failureOf(ask({ signal: controller.signal }))).kind).toBe('network');
    await seen;
  });

  it('in the middle of a stream ends at the provider', async () => {
    const controller = new AbortController();
    server.answer = streamAnswer([event({ content: 'a' })], 'stay');
    const result = await streamed({ signal: controller.signal });
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.frames[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject([{ type: 'event' }]);
    controller.abort();
    expect((await iterator.next()).value).toMatchObject([{ type: 'failure', failure: { kind: 'network' } }]);
    await server.received[0]?.given;
  });

  it('by whoever reads the stream ends at the provider', async () => {
    server.answer = streamAnswer([event({ content: 'a' })], 'stay');
    const result = await streamed();
    if (result.type !== 'stream') throw new Error('no stream');
    for await (const _ of result.frames) break;
    await server.received[0]?.given;
  });
});

describe('the formats', () => {
  test.each<[string, Door, string, object]>([
    ['chats', openaiChat, '/v1/chat/completions', { stream_options: { include_usage: true } }],
    ['the old completions', openaiCompletions, '/v1/completions', { stream_options: { include_usage: true } }],
  ])('that OpenAI speaks go on as they came: %s', async (_, door, path, more) => {
    server.answer = streamAnswer([done]);
    await framesOf(await streamed({ door, body: { model: 'openai/m', anything: 1 }, model: 'm' }));
    expect(server.received.at(-1)?.path).toBe(path);
    expect(bodyOf(server.received.at(-1))).toEqual({ model: 'm', anything: 1, ...more });
  });

  it('that it does not speak are translated, both ways', async () => {
    const door: Door = { ...openaiChat, dialect: 'anthropic-messages' };
    const conversation = () => openaiChat.readRequest({ messages: [{ role: 'user', content: 'ping' }], top_k: 3 });
    const prepared = await openai.prepare(upstreamCall({ door, conversation, stream: true }));
    if (prepared.type !== 'ready') throw new Error(prepared.type);
    expect(prepared.dropped).toEqual(['top_k']);
    expect(prepared.bounds.textBytes).toBeGreaterThan(4);
    expect(server.received).toHaveLength(0);
    server.answer = streamAnswer([
      event({ role: 'assistant', content: 'a' }) + event({ content: 'b' }).slice(0, 9),
      `${event({ content: 'b' }).slice(9)}${event({}, 'stop')}`,
      done,
    ]);
    const frames = await framesOf(await prepared.send(new AbortController().signal));
    expect(bodyOf(server.received[0])).toEqual({
      model: 'gpt-4o-mini',
      store: false,
      messages: [{ role: 'user', content: 'ping' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(kinds(frames)).toEqual(['event', 'event', 'event', 'finish', 'end']);
    expect(fold(eventsOf(frames))).toEqual([{ role: 'assistant', content: 'ab' }]);
  });

  it('that it does not speak come back as errors of the same kinds', async () => {
    const door: Door = { ...openaiChat, dialect: 'anthropic-messages' };
    const conversation = () => openaiChat.readRequest({ messages: [{ role: 'user', content: 'ping' }] });
    server.answer = jsonAnswer(200, { error: { code: 'insufficient_quota' } });
    expect((await failureOf(ask({ door, conversation }))).kind).toBe('quota');
    server.answer = jsonAnswer(200, { choices: [] });
    expect(await failureOf(ask({ door, conversation }))).toMatchObject({ kind: 'overloaded', garbled: true });
    server.answer = streamAnswer([event({ content: 'a' }), 'data: {"error":{"code":"insufficient_quota"}}\n\n', done]);
    expect(kinds(await framesOf(await streamed({ door, conversation })))).toEqual(['event', 'quota']);
  });

  test.each<[string, string[], 'end' | 'reset', string[]]>([
    ['an end before the choice is finished', [event({ content: 'a' })], 'end', ['event']],
    ['a reset before it', [event({ content: 'a' })], 'reset', ['event', 'network']],
    ['an end behind it', [event({ content: 'a' }), event({}, 'stop')], 'end', ['event', 'event', 'finish', 'end']],
    ['a reset behind it', [event({ content: 'a' }), event({}, 'stop')], 'reset', ['event', 'event', 'finish', 'end']],
    [
      'an end in the last event’s blank line',
      [event({ content: 'a' }), event({}, 'stop').slice(0, -1)],
      'end',
      ['event', 'event', 'finish', 'end'],
    ],
    ['half an event', [event({ content: 'a' }), event({}, 'stop').slice(0, 30)], 'end', ['event']],
  ])('that it does not speak know a good end: %s', async (_, pieces, then, expected) => {
    const door: Door = { ...openaiChat, dialect: 'anthropic-messages' };
    const conversation = () => openaiChat.readRequest({ messages: [{ role: 'user', content: 'ping' }] });
    server.answer = streamAnswer(pieces, then);
    expect(kinds(await framesOf(await streamed({ door, conversation })))).toEqual(expected);
  });

  it('refuse what cannot be said, before any call', async () => {
    const door: Door = { ...openaiChat, dialect: 'anthropic-messages' };
    const conversation = () => openaiChat.readRequest({ messages: [] });
    expect(await failureOf(ask({ door, conversation }))).toMatchObject({
      kind: 'bad_request',
      param: 'messages',
      local: true,
    });
    expect(server.received).toHaveLength(0);
  });

  it('count nothing: OpenAI cannot', async () => {
    expect(await openai.prepare(upstreamCall({ operation: 'count' }))).toEqual({ type: 'uncountable' });
  });

  it('tell what a request may cost, before any call', async () => {
    const body = { messages: [{ role: 'user', content: 'Grüße' }], max_tokens: 7, n: 2 };
    const prepared = await openai.prepare(upstreamCall({ body }));
    expect(prepared).toMatchObject({
      type: 'ready',
      dropped: [],
      bounds: { maxOutputTokens: 7, choices: 2, images: 0 },
    });
    expect(server.received).toHaveLength(0);
  });

  it('leave the vectors of a large answer as text', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: Array.from({ length: 20_000 }, (_, i) => i) }];
    server.answer = jsonAnswer(200, { object: 'list', data, model: 'm', usage: { prompt_tokens: 3 } });
    const result = await ask({ operation: 'embed', door: null, body: { input: 'a' } });
    if (result.type !== 'json') throw new Error(result.type);
    const { preface, body, usage } = result.answer;
    expect(JSON.parse(`${preface},${JSON.stringify(body).slice(1)}`)).toMatchObject({
      data,
      model: 'openai/gpt-4o-mini',
    });
    expect(usage).toMatchObject({ prompt: 3 });
  });
});
