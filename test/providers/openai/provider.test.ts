import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { parseJson } from '../../../functions/core/json.ts';
import type { Provider, ProviderCall } from '../../../functions/core/routing/provider.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createOpenAi } from '../../../functions/providers/openai/provider.ts';
import {
  bodyOf,
  fakeKey,
  jsonAnswer,
  partsOf,
  providerCall,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from './scripted-server.ts';

let server: ScriptedServer;
let openai: Provider;

beforeAll(async () => {
  server = await startScriptedServer();
  openai = createOpenAi({ baseUrl: `${server.url}/v1`, now: () => 0 });
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
  choices: [{ index: 0, message: { content: 'Grüße 😀' } }],
  usage: { prompt_tokens: 1 },
};
const event = (delta: object, finishReason: string | null = null) =>
  `data: ${JSON.stringify({ model: 'gpt-4o-mini-2024-07-18', choices: [{ index: 0, delta, finish_reason: finishReason }], usage: null })}\n\n`;
const done = 'data: [DONE]\n\n';
const streamed = (change: Partial<ProviderCall> = {}) => openai.chat(providerCall({ stream: true, ...change }));

async function failureOf(result: Promise<Awaited<ReturnType<Provider['chat']>>>) {
  const got = await result;
  if (got.type !== 'failure') throw new Error(`no failure: ${got.type}`);
  return got.failure;
}

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
    await openai.chat(providerCall({ body }));
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
      await partsOf(await streamed({ body: { stream: true, stream_options: streamOptions } }));
    }
    expect(server.received.map((each) => bodyOf(each).stream_options)).toEqual([
      { include_usage: true },
      { include_usage: true },
      { include_usage: true },
      { include_usage: true, include_obfuscation: false },
    ]);
  });

  it('carries the key and nothing of the gateway’s caller', async () => {
    await openai.chat(
      providerCall({ credential: new Secret({ apiKey: fakeKey, organization: 'org-1', project: 'proj-1' }) }),
    );
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
    await openai.chat(providerCall({ body: { messages: [{ role: 'user', content }] } }));
    expect(bodyOf(server.received[0]).messages).toEqual([{ role: 'user', content }]);
  });

  it('for embeddings goes to its own path', async () => {
    server.answer = jsonAnswer(200, {
      object: 'list',
      data: [{ embedding: 'AAAA' }],
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 1 },
    });
    const result = await openai.embeddings(
      providerCall({ body: { input: ['a'] }, model: 'text-embedding-3-small', callerModel: 'mine' }),
    );
    expect(server.received[0]?.path).toBe('/v1/embeddings');
    expect(result).toMatchObject({ type: 'json', body: { data: [{ embedding: 'AAAA' }], model: 'mine' } });
  });
});

describe('a JSON answer', () => {
  it('passes with every field, under the caller’s model', async () => {
    server.answer = jsonAnswer(
      200,
      { ...completion, unknown: { deep: [1.5, null] } },
      { 'x-request-id': 'provider-1' },
    );
    expect(await openai.chat(providerCall())).toEqual({
      type: 'json',
      body: { ...completion, unknown: { deep: [1.5, null] }, model: 'openai/gpt-4o-mini' },
      providerRequestId: 'provider-1',
      droppedParams: [],
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
    expect(await failureOf(openai.chat(providerCall()))).toMatchObject({
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
    expect(await failureOf(openai.chat(providerCall()))).toMatchObject(expected);
    expect(await failureOf(streamed())).toMatchObject(expected);
  });

  it('is not followed elsewhere', async () => {
    server.answer = (response) => void response.writeHead(302, { location: `${server.url}/elsewhere` }).end();
    expect((await failureOf(openai.chat(providerCall()))).status).toBe(302);
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
      const parts = await partsOf(await streamed({ includeUsage: true }));
      expect(parts.map(({ type }) => type)).toEqual(['chunk', 'chunk', 'chunk', 'usage', 'end']);
      expect(parts.map((part) => (part.type === 'chunk' ? parseJson(part.json) : null))[1]).toMatchObject({
        model: 'openai/gpt-4o-mini',
        choices: [{ delta: { content: 'Grüße 😀' } }],
      });
    }
  });

  test.each<[string, string[], 'end' | 'reset', string[]]>([
    ['nothing at all', [], 'end', []],
    ['an end without [DONE]', [event({ content: 'a' })], 'end', ['chunk']],
    ['an end inside an event', [event({ content: 'a' }), event({ content: 'b' }).slice(0, 20)], 'end', ['chunk']],
    ['a reset after content', [event({ content: 'a' })], 'reset', ['chunk', 'network']],
    [
      'a reset inside an event',
      [event({ content: 'a' }), event({ content: 'b' }).slice(0, 20)],
      'reset',
      ['chunk', 'network'],
    ],
    [
      'an error after content',
      [event({ content: 'a' }), 'data: {"error":{"type":"server_error"}}\n\n', done],
      'end',
      ['chunk', 'overloaded'],
    ],
  ])('%s is never taken for a good end', async (_, pieces, then, expected) => {
    server.answer = streamAnswer(pieces, then);
    const parts = await partsOf(await streamed());
    expect(parts.map((part) => (part.type === 'failure' ? part.failure.kind : part.type))).toEqual(expected);
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
        await partsOf(await streamed());
        expect(new Set(server.received.map(({ socket }) => socket)).size).toBeLessThan(server.received.length);
      });
    },
  );
});

describe('a connection', () => {
  it('that is refused is a network failure', async () => {
    const nobody = await startScriptedServer();
    await nobody.close();
    expect(await failureOf(createOpenAi({ baseUrl: nobody.url, now: () => 0 }).chat(providerCall()))).toMatchObject({
      kind: 'network',
      status: null,
    });
  });

  it('that is reset before the answer is a network failure that shows nothing of the request', async () => {
    server.answer = (_response, { socket }) => void socket.resetAndDestroy();
    const failure = await failureOf(openai.chat(providerCall()));
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
    expect(await failureOf(openai.chat(providerCall()))).toMatchObject({
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
    expect((await failureOf(openai.chat(providerCall({ signal: controller.signal })))).kind).toBe('network');
    await seen;
  });

  it('in the middle of a stream ends at the provider', async () => {
    const controller = new AbortController();
    server.answer = streamAnswer([event({ content: 'a' })], 'stay');
    const result = await streamed({ signal: controller.signal });
    if (result.type !== 'stream') throw new Error('no stream');
    const iterator = result.parts[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject([{ type: 'chunk' }]);
    controller.abort();
    expect((await iterator.next()).value).toMatchObject([{ type: 'failure', failure: { kind: 'network' } }]);
    await server.received[0]?.given;
  });

  it('by whoever reads the stream ends at the provider', async () => {
    server.answer = streamAnswer([event({ content: 'a' })], 'stay');
    const result = await streamed();
    if (result.type !== 'stream') throw new Error('no stream');
    for await (const _ of result.parts) break;
    await server.received[0]?.given;
  });
});
