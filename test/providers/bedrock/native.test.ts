import { afterEach, describe, expect, it } from 'vitest';
import type { Door } from '../../../functions/core/chat/dialect.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { anthropicMessages } from '../../../functions/dialects/anthropic-messages/door.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { createBedrockUpstream } from '../../../functions/providers/bedrock/upstream.ts';
import { type ImageFetch, ImageFetchError } from '../../../functions/transport/image-fetch.ts';
import { eventFrame, exceptionFrame } from '../../../local/simulated/bedrock/event-stream.ts';
import { ask, collect, upstreamCall } from './call.ts';
import { type ReplayServer, type Reply, requestId, startReplayServer } from './replay-server.ts';

/** The native lane reads nothing into a conversation. */
const messages: Door = {
  ...anthropicMessages,
  readRequest: () => {
    throw new Error('the native lane reads no conversation');
  },
};
const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const body = {
  model: 'bedrock/claude',
  max_tokens: 50,
  stream: true,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] }],
};
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 5, output_tokens: 7, cache_read_input_tokens: 100 },
};

let server: ReplayServer | undefined;
afterEach(() => server?.close());

async function send(reply: Reply, changes: Parameters<typeof upstreamCall>[0] = {}, fetchImage: ImageFetch = noFetch) {
  server = await startReplayServer(() => reply);
  const upstream = createBedrockUpstream({ endpoint: server.url, defaultRegion: 'us-east-1', fetchImage });
  const result = await ask(upstream, upstreamCall({ door: messages, model, body, ...changes }));
  const [received] = server.received;
  return { result, received, sent: JSON.parse(received?.body.toString() || '{}') as JsonObject };
}

const noFetch = async (): Promise<Uint8Array> => {
  throw new Error('nothing was to be fetched');
};

const chunk = (event: unknown) =>
  eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abc' });
const { content: _, stop_reason: __, ...opening } = message;
const begun = [
  chunk({ type: 'message_start', message: { ...opening, content: [], usage: message.usage } }),
  chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'né😀' } }),
];
const whole = [
  ...begun,
  chunk({ type: 'content_block_stop', index: 0 }),
  chunk({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }),
  chunk({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 5 } }),
];

describe('pictures behind addresses, for Claude on Bedrock in its own words', () => {
  const picture = { type: 'image', source: { type: 'url', url: 'https://x.example/a' } };
  const pictured = { ...body, stream: false, messages: [{ role: 'user', content: [picture] }] };

  it('go as their bytes', async () => {
    const gif = Buffer.from('GIF89a');
    const { sent } = await send({ status: 200, body: JSON.stringify(message) }, { body: pictured }, async () => gif);
    const source = { type: 'base64', media_type: 'image/gif', data: gif.toString('base64') };
    expect(sent.messages).toEqual([{ role: 'user', content: [{ type: 'image', source }] }]);
  });

  it('go on as they came where they cannot be fetched', async () => {
    const gone = () => Promise.reject(new ImageFetchError('The image is gone.'));
    const { sent } = await send({ status: 200, body: JSON.stringify(message) }, { body: pictured }, gone);
    expect(sent.messages).toEqual(pictured.messages);
  });
});

describe('Claude behind the Messages door', () => {
  it('gets the body as it is, but for what Bedrock wants in it', async () => {
    const { result, received, sent } = await send(
      { body: message },
      { headers: { 'anthropic-beta': 'context-1m-2025-08-07,oauth-2025-04-20' } },
    );
    expect(received?.url).toBe(`/model/${encodeURIComponent(model)}/invoke`);
    expect(sent).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['context-1m-2025-08-07'],
      max_tokens: 50,
      messages: body.messages,
    });
    expect(result).toEqual({
      type: 'json',
      body: { ...message, model: `bedrock/${model}` },
      providerRequestId: requestId,
      dropped: ['anthropic-beta'],
    });
  });

  it('answers in its own events, and is over only with the last one', async () => {
    const { result, received } = await send({ body: whole }, { stream: true });
    expect(received?.url).toBe(`/model/${encodeURIComponent(model)}/invoke-with-response-stream`);
    const frames = await collect(result);
    const texts = frames.map((frame) => (frame.type === 'event' || frame.type === 'end' ? frame.text : '')).join('');
    expect(texts).toContain('event: content_block_delta\ndata: {"type":"content_block_delta"');
    expect(texts).toContain('né😀');
    expect(texts).not.toContain('invocationMetrics');
    expect(frames.at(-1)?.type).toBe('end');
    expect(frames.find(({ type }) => type === 'usage')).toMatchObject({ usage: { prompt: 105, completion: 7 } });
  });

  it.each([
    ['ends quietly', begun, 'end', 'network'],
    ['is reset', begun, 'reset', 'network'],
    ['is throttled', [...begun, exceptionFrame('throttlingException', 'Too many tokens')], 'end', 'rate_limit'],
    [
      'tells of an error itself',
      [...begun, chunk({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })],
      'end',
      'overloaded',
    ],
    [
      'says that a limit was met',
      [...begun, chunk({ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } })],
      'end',
      'rate_limit',
    ],
  ] as const)('a stream that %s never looks complete', async (_name, frames, end, kind) => {
    const parts = await collect((await send({ body: [...frames], end }, { stream: true })).result);
    expect(parts.at(-1)).toMatchObject({ type: 'failure', failure: { kind, providerRequestId: requestId } });
    expect(parts.some(({ type }) => type === 'end')).toBe(false);
  });

  it('is complete when its stream breaks after the last event', async () => {
    const frames = [...whole, whole[0]?.subarray(0, 30) ?? Buffer.alloc(0)];
    const parts = await collect((await send({ body: frames }, { stream: true })).result);
    expect(parts.at(-1)?.type).toBe('end');
  });

  it('is garbled when it is no message, and fails by the table of errors', async () => {
    expect((await send({ body: { hello: 1 } })).result).toMatchObject({ failure: { garbled: true } });
    await server?.close();
    const refusal = { status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } };
    expect((await send({ ...refusal, body: { message: 'Operation not allowed' } })).result).toMatchObject({
      type: 'failure',
      failure: { kind: 'permission', status: 400 },
    });
  });

  it('is guarded beside the body, not in it', async () => {
    const guarded = {
      ...body,
      guardrailConfig: { guardrailIdentifier: 'gr', guardrailVersion: '2', trace: 'enabled' },
    };
    const { received, sent } = await send({ body: message }, { body: guarded });
    expect(received?.headers).toMatchObject({
      'x-amzn-bedrock-guardrailidentifier': 'gr',
      'x-amzn-bedrock-guardrailversion': '2',
      'x-amzn-bedrock-trace': 'ENABLED',
    });
    expect(sent).not.toHaveProperty('guardrailConfig');
  });

  it('goes by way of the conversation for models of other makers', async () => {
    const reply = {
      body: { output: { message: { role: 'assistant', content: [{ text: 'x' }] } }, stopReason: 'end_turn' },
    };
    const { result, received } = await send(reply, { door: anthropicMessages, model: 'amazon.nova-lite-v1:0' });
    expect(received?.url).toBe('/model/amazon.nova-lite-v1%3A0/converse');
    expect(result).toMatchObject({ body: { type: 'message', content: [{ type: 'text', text: 'x' }] } });
  });
});

describe('counting tokens', () => {
  const count = { operation: 'count' as const };

  it('counts Claude’s own body, for the model behind the profile', async () => {
    const { max_tokens: _limit, ...unlimited } = body;
    const { result, received, sent } = await send({ body: { inputTokens: 18 } }, { ...count, body: unlimited });
    expect(received?.url).toBe('/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens');
    const { invokeModel } = sent.input as { invokeModel: { body: string } };
    expect(JSON.parse(Buffer.from(invokeModel.body, 'base64').toString())).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      messages: body.messages,
      max_tokens: 1,
    });
    expect(result).toMatchObject({ type: 'json', body: { input_tokens: 18 }, providerRequestId: requestId });
  });

  it('leaves room for a budget of thoughts, which Bedrock would refuse without a limit', async () => {
    const thinking = { type: 'enabled', budget_tokens: 2048 };
    const { sent } = await send(
      { body: { inputTokens: 18 } },
      { ...count, body: { messages: body.messages, thinking } },
    );
    const { invokeModel } = sent.input as { invokeModel: { body: string } };
    expect(JSON.parse(Buffer.from(invokeModel.body, 'base64').toString())).toMatchObject({
      thinking,
      max_tokens: 2049,
    });
  });

  it('counts a request for Converse without what does not count', async () => {
    const { result, sent } = await send(
      { body: { inputTokens: 7 } },
      {
        ...count,
        door: openaiChat,
        body: { messages: [{ role: 'user', content: 'hi' }], max_tokens: 9, temperature: 1 },
      },
    );
    expect(sent).toEqual({ input: { converse: { messages: [{ role: 'user', content: [{ text: 'hi' }] }] } } });
    expect(result).toMatchObject({ type: 'json', body: { input_tokens: 7 } });
  });

  const refused = (message: string, status = 400, type = 'ValidationException') => ({
    status,
    headers: { 'x-amzn-errortype': type },
    body: { message },
  });

  it.each([
    // https://github.com/maximhq/bifrost/pull/2169
    "The provided model doesn't support counting tokens.",
    // https://github.com/aws/aws-sdk-java-v2/issues/6370
    'Document input not supported for token counting',
    // https://github.com/BerriAI/litellm/issues/34272
    'Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported.',
    'The provided model identifier is invalid.',
  ])('leaves it to the gateway when Bedrock says: %s', async (message) => {
    expect((await send(refused(message), count)).result).toEqual({ type: 'uncountable' });
  });

  it('fails by the table for everything else', async () => {
    const { result } = await send(refused('Too many requests', 429, 'ThrottlingException'), count);
    expect(result).toMatchObject({ type: 'failure', failure: { kind: 'rate_limit' } });
    await server?.close();
    const unknown = await send(refused('The provided model identifier is invalid.'), {
      ...count,
      model: 'anthropic.claude-x',
    });
    expect(unknown.result).toMatchObject({ type: 'failure', failure: { kind: 'model_access' } });
    await server?.close();
    expect((await send({ body: {} }, count)).result).toMatchObject({ failure: { garbled: true } });
  });
});

describe('a connection that was reset', () => {
  const answer = { body: message };

  it('is replaced once, if it had been used before and nothing was answered', async () => {
    server = await startReplayServer((_received, at) => (at === 1 ? 'reset' : answer));
    const upstream = createBedrockUpstream({ endpoint: server.url, defaultRegion: 'us-east-1' });
    const call = upstreamCall({ door: messages, model, body });
    for (let i = 0; i < 2; i++) expect(await ask(upstream, call)).toMatchObject({ type: 'json' });
    expect(server.received).toHaveLength(3);
    expect(server.received[2]?.body).toEqual(server.received[1]?.body);
    expect(server.received[2]?.headers.authorization).toBe(server.received[1]?.headers.authorization);
  });

  it('fails when the new one is reset, too, or when it was new itself', async () => {
    server = await startReplayServer((_received, at) => (at === 0 ? answer : 'reset'));
    const upstream = createBedrockUpstream({ endpoint: server.url, defaultRegion: 'us-east-1' });
    const call = upstreamCall({ door: messages, model, body });
    await ask(upstream, call);
    expect(await ask(upstream, call)).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
    expect(server.received).toHaveLength(3);
    expect(await ask(upstream, call)).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
    expect(server.received).toHaveLength(4);
  });
});
