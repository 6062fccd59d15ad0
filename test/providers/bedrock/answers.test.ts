import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { createBedrockUpstream } from '../../../functions/providers/bedrock/upstream.ts';
import { errorFrame, eventFrame, exceptionFrame } from '../../../local/simulated/bedrock/event-stream.ts';
import { collect, fold, ask as send, upstreamCall } from './call.ts';
import { type ReplayServer, type Reply, requestId, startReplayServer } from './replay-server.ts';

let server: ReplayServer;
let reply: Reply | 'reset' | 'hang';
beforeAll(async () => {
  server = await startReplayServer(() => reply);
});
afterAll(() => server.close());

const bedrock = () => createBedrockUpstream({ endpoint: server.url, defaultRegion: 'us-east-1' });
const usage = {
  inputTokens: 5,
  outputTokens: 7,
  cacheReadInputTokens: 1000,
  cacheWriteInputTokens: 200,
  totalTokens: 1212,
};
const openaiUsage = {
  prompt_tokens: 1205,
  completion_tokens: 7,
  total_tokens: 1212,
  prompt_tokens_details: { cached_tokens: 1000, cache_write_tokens: 200 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

async function ask(content: unknown[], stopReason = 'end_turn', body: JsonObject = {}) {
  reply = {
    body: { metrics: { latencyMs: 1 }, output: { message: { role: 'assistant', content } }, stopReason, usage },
  };
  const result = await send(bedrock(), upstreamCall({ body: { messages: [{ role: 'user', content: 'x' }], ...body } }));
  if (result.type !== 'json') throw new Error(JSON.stringify(result));
  return { result, choice: (result.body.choices as { message: JsonObject; finish_reason: string }[])[0] };
}

const delta = (contentBlockIndex: number, value: unknown) =>
  eventFrame('contentBlockDelta', { contentBlockIndex, delta: value, p: 'abc' });
const start = (contentBlockIndex: number, value: unknown) =>
  eventFrame('contentBlockStart', { contentBlockIndex, start: value });
const stop = (contentBlockIndex: number) => eventFrame('contentBlockStop', { contentBlockIndex });
const opening = eventFrame('messageStart', { role: 'assistant' });
const messageStop = (stopReason: string) => eventFrame('messageStop', { stopReason });
const metadata = eventFrame('metadata', { usage, metrics: { latencyMs: 1 } });

async function stream(frames: Uint8Array[], more: Partial<Reply> = {}, body: JsonObject = {}) {
  reply = { body: frames, ...more };
  return send(bedrock(), upstreamCall({ stream: true, body: { messages: [{ role: 'user', content: 'x' }], ...body } }));
}

const tool = (input: JsonObject) => ({ toolUse: { toolUseId: 't', name: 'json', input } });

function blockFrames(block: JsonObject, at: number): Uint8Array[] {
  if (typeof block.text === 'string') return [delta(at, { text: block.text }), stop(at)];
  const { input, ...use } = block.toolUse as JsonObject;
  return [start(at, { toolUse: use }), delta(at, { toolUse: { input: JSON.stringify(input) } }), stop(at)];
}

const jsonBody = { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } } };

describe('Converse answers', () => {
  it('become a chat completion with the caller’s model and the usage summed up', async () => {
    const { result } = await ask([{ text: 'one ' }, { text: 'two' }]);
    expect(result).toEqual({
      type: 'json',
      providerRequestId: requestId,
      dropped: [],
      body: {
        id: 'chatcmpl-test',
        object: 'chat.completion',
        created: 1_764_000_000,
        model: 'bedrock/anthropic.claude-test',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'one two', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: openaiUsage,
      },
    });
  });

  it('keep tool calls, digits included, and leave out the provider’s own tools', async () => {
    const { choice } = await ask(
      [
        { toolUse: { toolUseId: 't0', name: 'code', input: { a: 1 }, type: 'server_tool_use' } },
        { toolUse: { toolUseId: 't1', name: 'now', input: {} } },
        { toolUse: { toolUseId: 't2', name: 'find', input: { half: 0.5, deep: ['é😀', null] } } },
      ],
      'tool_use',
    );
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(choice?.message.tool_calls).toEqual([
      { id: 't1', type: 'function', function: { name: 'now', arguments: '{}' } },
      { id: 't2', type: 'function', function: { name: 'find', arguments: '{"half":0.5,"deep":["é😀",null]}' } },
    ]);
  });

  it('keep integers that a double cannot hold', async () => {
    reply = {
      body: '{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"id":12345678901234567890,"x":0.1234567890123456789}}}]}},"stopReason":"tool_use"}',
    };
    const result = await send(bedrock(), upstreamCall());
    expect(JSON.stringify(result)).toContain('12345678901234567890');
    expect(JSON.stringify(result)).toContain('0.1234567890123456789');
  });

  it('keep reasoning apart from the text, with its signature for the next turn', async () => {
    const { choice } = await ask([
      { reasoningContent: { reasoningText: { text: 'let me think', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: 'AAEC' } },
      { text: 'answer' },
    ]);
    expect(choice?.message).toMatchObject({
      content: 'answer',
      reasoning_content: 'let me think',
      reasoning_details: [
        { type: 'reasoning.text', text: 'let me think', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'AAEC', format: 'anthropic-claude-v1', index: 1 },
      ],
    });
  });

  it('give the input of the forced tool as text', async () => {
    const { choice } = await ask(
      [{ toolUse: { toolUseId: 't', name: 'json', input: { city: 'Oslo' } } }],
      'tool_use',
      jsonBody,
    );
    expect(choice).toMatchObject({ finish_reason: 'stop', message: { content: '{"city":"Oslo"}' } });
    expect(choice?.message).not.toHaveProperty('tool_calls');
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
  ])('with stop reason %s finish with %s', async (reason, finish) => {
    expect((await ask([{ text: 'x' }], reason)).choice?.finish_reason).toBe(finish);
  });

  it.each([
    ['a page with status 200', { headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' }],
    ['JSON that is no answer', { body: { hello: 1 } }],
    ['JSON that breaks off', { body: '{"output":{"mess' }],
    [
      'an answer that Bedrock itself could not read',
      { body: { output: { message: { role: 'assistant', content: [] } }, stopReason: 'malformed_tool_use' } },
    ],
  ])('%s is garbled', async (_name, answer) => {
    reply = answer;
    expect(await send(bedrock(), upstreamCall())).toMatchObject({
      type: 'failure',
      failure: { kind: 'overloaded', garbled: true },
    });
  });

  it('a page instead of a stream is garbled, too', async () => {
    reply = { headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' };
    expect(await send(bedrock(), upstreamCall({ stream: true }))).toMatchObject({
      type: 'failure',
      failure: { kind: 'overloaded', garbled: true },
    });
  });

  it('a broken connection is a network failure', async () => {
    reply = 'reset';
    expect(await send(bedrock(), upstreamCall())).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
    reply = { headers: { 'content-length': '400' }, body: '{"output"', end: 'reset' };
    expect(await send(bedrock(), upstreamCall())).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
  });
});

const whole = [
  opening,
  delta(0, { reasoningContent: { text: 'hm ' } }),
  delta(0, { reasoningContent: { text: 'yes' } }),
  delta(0, { reasoningContent: { signature: 'c2ln' } }),
  stop(0),
  delta(1, { text: 'It is ' }),
  delta(1, { text: 'né😀' }),
  stop(1),
  start(2, { toolUse: { toolUseId: 'tooluse_A', name: 'now' } }),
  stop(2),
  start(3, { toolUse: { toolUseId: 'tooluse_B', name: 'weather' } }),
  delta(3, { toolUse: { input: '' } }),
  delta(3, { toolUse: { input: '{"city": ' } }),
  delta(3, { toolUse: { input: '"Paris"}' } }),
  stop(3),
  start(4, { toolUse: { toolUseId: 'srv', name: 'code', type: 'server_tool_use' } }),
  delta(4, { toolUse: { input: '{"hidden":1}' } }),
  stop(4),
  eventFrame('somethingNew', { a: 1 }),
  messageStop('tool_use'),
  metadata,
];

const told = {
  text: 'It is né😀',
  reasoning: 'hm yes',
  details: [{ type: 'reasoning.text', text: 'hm yes', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 }],
  calls: [
    { id: 'tooluse_A', name: 'now', arguments: '{}' },
    { id: 'tooluse_B', name: 'weather', arguments: '{"city": "Paris"}' },
  ],
  finish: 'tool_calls',
  roles: 1,
  usage: openaiUsage,
};

describe('pictures behind addresses', () => {
  const url = 'https://pictures.example/a.png';
  const body = { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
  const pixel = Buffer.from('89504e470d0a1a0a', 'hex');

  it('are fetched and travel as bytes', async () => {
    reply = {
      body: { output: { message: { role: 'assistant', content: [{ text: 'a dot' }] } }, stopReason: 'end_turn' },
    };
    const result = await send(
      createBedrockUpstream({
        endpoint: server.url,
        defaultRegion: 'us-east-1',
        fetchImage: async () => pixel,
      }),
      upstreamCall({ body }),
    );
    expect(result).toMatchObject({ type: 'json' });
    expect(JSON.parse(server.received.at(-1)?.body.toString() ?? '')).toMatchObject({
      messages: [{ content: [{ image: { format: 'png', source: { bytes: pixel.toString('base64') } } }] }],
    });
  });

  it('are the caller’s fault when they cannot be had, and no call is made', async () => {
    const before = server.received.length;
    expect(
      await send(
        bedrock(),
        upstreamCall({
          body: {
            messages: [
              { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://127.0.0.1/a.png' } }] },
            ],
          },
        }),
      ),
    ).toMatchObject({
      type: 'failure',
      failure: {
        kind: 'bad_request',
        local: true,
        param: 'messages.0.content.0.image_url',
        message: expect.stringMatching(/public/),
      },
    });
    expect(server.received).toHaveLength(before);
  });
});

describe('ConverseStream answers', () => {
  it('tell the same, however the network cuts the bytes', async () => {
    const bytes = Buffer.concat(whole);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        const parts = await collect(await stream(pieces));
        expect(parts.at(-1)?.type).toBe('end');
        expect(fold(parts)).toEqual(told);
      }),
      { numRuns: 25 },
    );
  });

  it('mark content, and hold the finish back until the stream is over', async () => {
    const parts = await collect(await stream(whole));
    const kinds = parts.map((part) =>
      part.type === 'event' ? (part.content ? 'content' : part.closing ? 'closing' : 'beside') : part.type,
    );
    expect(kinds.slice(-4)).toEqual(['closing', 'finish', 'usage', 'end']);
    expect(new Set(kinds.slice(0, -4))).toEqual(new Set(['content', 'beside']));
  });

  it('take the usage before messageStop as well, and do without', async () => {
    const text = [opening, delta(0, { text: 'x' }), stop(0)];
    expect(fold(await collect(await stream([...text, metadata, messageStop('end_turn')])))).toMatchObject({
      text: 'x',
      finish: 'stop',
      usage: openaiUsage,
    });
    expect((await collect(await stream([...text, messageStop('end_turn')]))).map(({ type }) => type)).toEqual([
      'event',
      'event',
      'finish',
      'end',
    ]);
  });

  it('say the role even when there is no content at all', async () => {
    expect(fold(await collect(await stream([opening, messageStop('content_filtered'), metadata])))).toMatchObject({
      text: '',
      finish: 'content_filter',
      roles: 1,
    });
  });

  it('give the input of the forced tool as text', async () => {
    const frames = [
      opening,
      start(0, { toolUse: { toolUseId: 't', name: 'json' } }),
      delta(0, { toolUse: { input: '{"city":' } }),
      delta(0, { toolUse: { input: '"Oslo"}' } }),
      stop(0),
      messageStop('tool_use'),
      metadata,
    ];
    expect(fold(await collect(await stream(frames, {}, jsonBody)))).toMatchObject({
      text: '{"city":"Oslo"}',
      calls: [],
      finish: 'stop',
    });
  });

  it.each<[string, unknown[], string]>([
    [
      'stands alone, whatever is said around it',
      [{ text: '<thinking>hm</thinking>' }, tool({ x: 1 }), { text: 'Done.' }],
      '{"x":1}',
    ],
    ['is the first of several', [tool({ x: 1 }), tool({ x: 2 })], '{"x":1}'],
    ['is the text when the tool was not called', [{ text: '{"x"' }, { text: ':1}' }], '{"x":1}'],
  ])('a structured answer %s', async (_, blocks, text) => {
    const stopReason = blocks.some((block) => JSON.stringify(block).includes('toolUse')) ? 'tool_use' : 'end_turn';
    const frames = blocks.flatMap((block, at) => blockFrames(block as JsonObject, at));
    expect((await ask(blocks, stopReason, jsonBody)).choice).toMatchObject({
      message: { content: text },
      finish_reason: 'stop',
    });
    expect(
      fold(await collect(await stream([opening, ...frames, messageStop(stopReason), metadata], {}, jsonBody))),
    ).toMatchObject({ text, calls: [], finish: 'stop' });
  });

  const begun = [opening, delta(0, { text: 'one ' })];
  const damaged = Buffer.from(delta(0, { text: 'two' }));
  damaged[damaged.length - 8] = (damaged[damaged.length - 8] ?? 0) ^ 1;

  it.each([
    ['ends quietly', begun, 'end', 'network'],
    ['is reset', begun, 'reset', 'network'],
    ['is cut inside a frame', [...begun, metadata.subarray(0, 30)], 'end', 'network'],
    ['has a frame with a wrong checksum', [...begun, damaged], 'end', 'network'],
    ['is damaged after messageStop', [...begun, messageStop('end_turn'), metadata.subarray(0, 30)], 'end', 'network'],
    ['is throttled', [...begun, exceptionFrame('throttlingException', 'Too many tokens')], 'end', 'rate_limit'],
    ['fails inside', [...begun, exceptionFrame('internalServerException', 'oops')], 'end', 'overloaded'],
    ['fails in the model', [...begun, exceptionFrame('modelStreamErrorException', 'oops')], 'end', 'overloaded'],
    ['is unavailable', [...begun, exceptionFrame('serviceUnavailableException', 'oops')], 'end', 'overloaded'],
    ['is refused', [...begun, exceptionFrame('validationException', 'Input is too long')], 'end', 'bad_request'],
    [
      'is filtered',
      [...begun, exceptionFrame('validationException', 'Output blocked by content filtering policy')],
      'end',
      'content_filter',
    ],
    ['has an exception nobody knows', [...begun, exceptionFrame('brandNewException', '??')], 'end', 'overloaded'],
    ['has an error without a shape', [...begun, errorFrame('InternalServerError', 'oops')], 'end', 'overloaded'],
  ] as const)('a stream that %s never looks complete', async (_name, frames, end, kind) => {
    const parts = await collect(await stream([...frames], { end }));
    expect(fold(parts)).toMatchObject({ text: 'one ', finish: null });
    expect(parts.at(-1)).toMatchObject({ type: 'failure', failure: { kind, providerRequestId: requestId } });
    expect(parts.some(({ type }) => type === 'end')).toBe(false);
  });

  it('a stream that breaks when everything has come is complete', async () => {
    const frames = [...begun, messageStop('end_turn'), metadata, metadata.subarray(0, 30)];
    for (const end of ['end', 'reset'] as const) {
      const parts = await collect(await stream(frames, { end }));
      expect(parts.at(-1)?.type).toBe('end');
      expect(fold(parts)).toMatchObject({ text: 'one ', finish: 'stop', usage: openaiUsage });
    }
  });

  it('an exception in the first frame is a plain failure', async () => {
    expect(await stream([exceptionFrame('throttlingException', 'Too many requests')])).toMatchObject({
      type: 'failure',
      failure: { kind: 'rate_limit', code: 'ThrottlingException', providerRequestId: requestId },
    });
  });

  it('closes the connection at once when the reader leaves, even while it waits', async () => {
    const own = await startReplayServer(() => ({ body: [...begun], end: 'hang' }));
    const result = await send(
      createBedrockUpstream({ endpoint: own.url, defaultRegion: 'us-east-1' }),
      upstreamCall({ stream: true }),
    );
    if (result.type !== 'stream') throw new Error(JSON.stringify(result));
    const parts = result.frames[Symbol.asyncIterator]();
    expect((await parts.next()).value).toHaveLength(1);
    const waiting = parts.next();
    await parts.return?.();
    await own.abandoned();
    await waiting;
    await own.close();
  });

  it('closes the connection when the caller’s signal is aborted, before an answer and during one', async () => {
    for (const [stuck, streamed] of [
      ['hang', false],
      [{ body: [...begun], end: 'hang' }, true],
    ] as const) {
      const own = await startReplayServer(() => {
        if (stuck === 'hang') queueMicrotask(() => leaving.abort());
        return stuck as Reply;
      });
      const leaving = new AbortController();
      const result = await send(
        createBedrockUpstream({ endpoint: own.url, defaultRegion: 'us-east-1' }),
        upstreamCall({ stream: streamed, signal: leaving.signal }),
      );
      leaving.abort();
      if (result.type === 'stream')
        expect((await collect(result)).at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
      else expect(result).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
      await own.abandoned();
      await own.close();
    }
  });
});
