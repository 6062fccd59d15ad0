import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { simulatedApiKey } from '../../../../local/simulated/bedrock/credentials.ts';
import { simulateBedrock } from '../../../../local/simulated/bedrock/server.ts';
import { object } from '../../../../local/simulated/values.ts';

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  await simulateBedrock(request, Buffer.concat(pieces), response);
});
let endpoint = '';
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (operation: string, body: unknown, id = model) =>
  fetch(`${endpoint}/model/${encodeURIComponent(id)}/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulatedApiKey()}` },
    body: JSON.stringify(body),
  });
const json = async (operation: string, body: unknown, id?: string) => {
  const response = await post(operation, body, id);
  return {
    status: response.status,
    error: response.headers.get('x-amzn-errortype'),
    body: (await response.json()) as JsonObject,
  };
};

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const codec = new EventStreamCodec(
  (bytes) => text(bytes as Uint8Array),
  (value) => Buffer.from(value),
);

/** The frames of a body, each a type and its payload. */
function framesOf(bytes: Buffer): { type: unknown; payload: JsonObject }[] {
  const frames = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const { headers, body } = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    frames.push({ type: headers[':event-type']?.value, payload: JSON.parse(text(body)) });
  }
  return frames;
}

const version = { anthropic_version: 'bedrock-2023-05-31' };
const request = { ...version, max_tokens: 2048, messages: [{ role: 'user', content: 'hi there' }] };

describe('Claude on the simulated Bedrock', () => {
  it('answers InvokeModel in its own format, and counts in headers', async () => {
    const response = await post('invoke', request);
    expect(response.headers.get('x-amzn-bedrock-output-token-count')).toBe('2');
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^msg_bdrk_/),
      model: 'claude-sonnet-4-5-20250929',
      content: [{ type: 'text', text: 'hi there' }],
    });
  });

  it('streams its own events as base64 in frames', async () => {
    const response = await post('invoke-with-response-stream', request);
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    const frames = framesOf(Buffer.from(await response.arrayBuffer()));
    expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(['chunk']));
    const events = frames.map(({ payload }) => JSON.parse(Buffer.from(String(payload.bytes), 'base64').toString()));
    expect(events[0]).toMatchObject({ type: 'message_start' });
    expect(events.at(-1)).toMatchObject({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': { outputTokenCount: 2 },
    });
  });

  it.each<[string, JsonObject, string]>([
    ['no version', { anthropic_version: undefined }, 'anthropic_version: Field required'],
    ['another version', { anthropic_version: '2023-06-01' }, 'anthropic_version'],
    ['a model in the body', { model }, 'model: Extra inputs are not permitted'],
    ['a wish to stream in the body', { stream: true }, 'stream: Extra inputs are not permitted'],
    ['a beta that it does not know', { anthropic_beta: ['oauth-2025-04-20'] }, 'invalid beta flag'],
    ['what Claude refuses', { messages: [{ role: 'user', content: '' }] }, 'text content blocks must be non-empty'],
  ])('refuses %s', async (_, change, message) => {
    expect(await json('invoke', { ...request, ...change })).toMatchObject({
      status: 400,
      error: 'ValidationException',
      body: { message: expect.stringContaining(message) },
    });
  });

  it('takes the betas that it knows', async () => {
    const anthropic_beta = ['claude-code-20250219', 'interleaved-thinking-2025-05-14'];
    expect(await json('invoke', { ...request, anthropic_beta })).toMatchObject({ status: 200 });
  });

  it('counts the tokens of both forms of a request, of Claude alone', async () => {
    const invokeModel = { body: Buffer.from(JSON.stringify(request)).toString('base64') };
    const converse = { messages: [{ role: 'user', content: [{ text: 'hi there' }] }] };
    const counts = [
      await json('count-tokens', { input: { invokeModel } }),
      await json('count-tokens', { input: { converse } }),
    ];
    expect(counts).toMatchObject([{ body: { inputTokens: 12 } }, { body: { inputTokens: 12 } }]);
    expect(await json('count-tokens', { input: { converse } }, 'amazon.nova-lite-v1:0')).toMatchObject({
      status: 400,
      body: { message: "The provided model doesn't support counting tokens." },
    });
  });

  it('does not know models of no maker', async () => {
    expect(await json('converse', { messages: [] }, 'claude-sonnet-4-5')).toMatchObject({
      status: 400,
      body: { message: 'The provided model identifier is invalid.' },
    });
  });

  const spec = {
    name: 'write_file',
    inputSchema: {
      json: {
        type: 'object',
        properties: { path: { type: 'string' }, content: { type: 'string' } },
        required: ['path', 'content'],
      },
    },
  };
  const thinking = { thinking: { type: 'enabled', budget_tokens: 1024 } };
  const conversation = {
    messages: [{ role: 'user', content: [{ text: 'write "hello" to notes.txt' }] }],
    toolConfig: { tools: [{ toolSpec: spec }] },
    additionalModelRequestFields: thinking,
  };

  it('thinks on Converse, and checks its thinking when it comes back', async () => {
    const { body } = await json('converse', conversation);
    const message = (body.output as { message: { content: JsonObject[] } }).message;
    expect(body).toMatchObject({ stopReason: 'tool_use', usage: { totalTokens: expect.any(Number) } });
    expect(message.content).toMatchObject([
      { reasoningContent: { reasoningText: { text: expect.any(String), signature: expect.any(String) } } },
      { toolUse: { name: 'write_file', input: { path: 'notes.txt', content: 'hello' } } },
    ]);
    const [thought, call] = message.content;
    const toolResult = { toolUseId: object(call?.toolUse).toolUseId, content: [{ text: 'saved' }] };
    const back = (content: unknown[]) => ({
      ...conversation,
      messages: [...conversation.messages, { role: 'assistant', content }, { role: 'user', content: [{ toolResult }] }],
    });
    expect(await json('converse', back([thought, call]))).toMatchObject({
      body: { output: { message: { content: [{ text: 'Done. The tool said: saved' }] } } },
    });
    const altered = { reasoningContent: { reasoningText: { text: 'other', signature: 'eA==' } } };
    expect(await json('converse', back([altered, call]))).toMatchObject({
      status: 400,
      body: {
        message:
          'The model returned the following errors: messages.1.content.0: Invalid `signature` in `thinking` block',
      },
    });
  });

  it('streams its thinking and its signature on Converse', async () => {
    const response = await post('converse-stream', conversation);
    const frames = framesOf(Buffer.from(await response.arrayBuffer()));
    const deltas = frames.flatMap(({ payload }) => (payload.delta === undefined ? [] : [payload.delta]));
    expect(deltas).toEqual(
      expect.arrayContaining([
        { reasoningContent: { text: expect.any(String) } },
        { reasoningContent: { signature: expect.any(String) } },
        { toolUse: { input: '{"path":"notes.txt","content":"hello"}' } },
      ]),
    );
    expect(frames.at(-2)).toMatchObject({ type: 'messageStop', payload: { stopReason: 'tool_use' } });
  });

  it.each<[string, JsonObject, string]>([
    [
      'an empty list of tools',
      { toolConfig: { tools: [] } },
      "Value '[]' at 'toolConfig.tools' failed to satisfy constraint",
    ],
    [
      'a blank text',
      { messages: [{ role: 'user', content: [{ text: 'a' }, { text: ' ' }] }] },
      'messages.0.content.1 is blank',
    ],
    [
      'results without their calls',
      {
        messages: [
          ...conversation.messages,
          { role: 'user', content: [{ toolResult: { toolUseId: 'x', content: [] } }] },
        ],
      },
      'The number of toolResult blocks at messages.1.content exceeds the number of toolUse blocks of previous turn.',
    ],
    [
      'calls without their results',
      {
        messages: [
          ...conversation.messages,
          { role: 'assistant', content: [{ toolUse: { toolUseId: 'x', name: 'write_file', input: {} } }] },
        ],
      },
      'Expected toolResult blocks at messages.2.content for the following Ids: x',
    ],
  ])('refuses on Converse, whatever the model: %s', async (_, change, message) => {
    for (const id of [model, 'amazon.nova-lite-v1:0'])
      expect(await json('converse', { ...conversation, ...change }, id)).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining(message) },
      });
  });

  it('reads cache points', async () => {
    const system = [{ text: 'A prompt of this test alone.' }, { cachePoint: { type: 'default' } }];
    const usage = async () => (await json('converse', { ...conversation, system })).body.usage as JsonObject;
    const { cacheWriteInputTokens } = await usage();
    expect(cacheWriteInputTokens).toBeGreaterThan(0);
    expect(await usage()).toMatchObject({ cacheReadInputTokens: cacheWriteInputTokens, cacheWriteInputTokens: 0 });
  });
});
