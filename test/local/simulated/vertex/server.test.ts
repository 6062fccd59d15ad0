import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../functions/core/json.ts';
import type { Upstream, UpstreamCall } from '../../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../../functions/core/secret.ts';
import { vertexCredentialForm } from '../../../../functions/providers/vertex/access/credential.ts';
import { createVertexUpstream } from '../../../../functions/providers/vertex/upstream.ts';
import { gemini } from '../../../../local/simulated/vertex/gemini.ts';
import {
  simulatedServiceAccount,
  simulatedVertexFailures,
  simulateGoogleToken,
  simulateVertex,
  trustServiceAccount,
} from '../../../../local/simulated/vertex/server.ts';
import { ask, framesOf, upstreamCall } from '../../../providers/vertex/call.ts';
import { serviceAccount } from '../../../providers/vertex/google-server.ts';

let vertex: Upstream;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.url === '/token') simulateGoogleToken(request, body, response);
    else void simulateVertex(request, body, response);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vertex = createVertexUpstream({ baseUrl: `${url}/vertex`, tokenUrl: `${url}/token` });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function callOf(
  body: JsonObject,
  changes: Omit<Partial<UpstreamCall>, 'door'> & { account?: string } = {},
): UpstreamCall {
  const { account = 'newcomer', ...more } = changes;
  const { value } = vertexCredentialForm.parse(simulatedServiceAccount(account));
  return upstreamCall(body, { credential: new Secret(value), credentialKey: `${account}@1`, ...more });
}

function messageOf(result: Awaited<ReturnType<typeof ask>>): JsonObject {
  if (result.type !== 'json') throw new Error(`The result is ${JSON.stringify(result)}.`);
  return (result.answer.body.choices as { message: JsonObject }[])[0]?.message ?? {};
}

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      required: ['city', 'days'],
      properties: {
        city: { type: 'string' },
        days: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 1 } },
      },
    },
  },
};

describe('the simulated Vertex AI', () => {
  it.each(['gemini-2.5-flash', 'anthropic/claude-sonnet-4-5@20250929', 'meta/llama-4-maas'])(
    'repeats what it is told, whole and streamed: %s',
    async (model) => {
      expect(messageOf(await ask(vertex, callOf({}, { model })))).toMatchObject({ content: 'hi' });
      const body = { messages: [{ role: 'user', content: 'one two three' }] };
      const parts = await framesOf(await ask(vertex, callOf(body, { model, stream: true })));
      expect(parts.filter((part) => part.type === 'event' && part.content)).toHaveLength(3);
      expect(parts.slice(-2)).toMatchObject([{ type: 'usage' }, { type: 'end' }]);
    },
  );

  it.each(['gemini-2.5-flash', 'gemini-3-flash-preview', 'anthropic/claude-sonnet-4-5@20250929'])(
    'calls a tool that is forced, once, and goes on with its result: %s',
    async (model) => {
      const body = { messages: [{ role: 'user', content: 'weather?' }], tools: [weather], tool_choice: 'required' };
      const message = messageOf(await ask(vertex, callOf(body, { model })));
      expect(message.tool_calls).toMatchObject([
        { function: { name: 'get_weather', arguments: '{"city":"sample","days":[1]}' } },
      ]);
      const [call] = message.tool_calls as JsonObject[];
      const second = {
        ...body,
        messages: [...body.messages, message, { role: 'tool', tool_call_id: call?.id, content: '{"degrees":21}' }],
      };
      expect(messageOf(await ask(vertex, callOf(second, { model })))).toHaveProperty('content');
      expect(messageOf(await ask(vertex, callOf(second, { model })))).not.toHaveProperty('tool_calls');
    },
  );

  it('carries a tool loop of three turns with thought signatures, streamed', async () => {
    const messages: JsonObject[] = [{ role: 'user', content: 'weather?' }];
    const parts = await framesOf(
      await ask(
        vertex,
        callOf(
          { messages, tools: [weather], tool_choice: 'required' },
          { model: 'gemini-3-flash-preview', stream: true },
        ),
      ),
    );
    const [first, ...rest] = parts.flatMap((part) =>
      part.type === 'event' ? (JSON.parse(part.text.slice('data: '.length)).choices[0].delta.tool_calls ?? []) : [],
    );
    const { index: _index, ...call } = first;
    for (const more of rest) call.function.arguments += more.function.arguments;
    expect(call.extra_content.google.thought_signature).toBeTruthy();
    messages.push(
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: '21' },
    );
    expect(
      messageOf(await ask(vertex, callOf({ messages, tools: [weather] }, { model: 'gemini-3-flash-preview' }))),
    ).toMatchObject({ content: 'Done. The tool said: 21' });
    const stripped = messages.map((message) =>
      message.tool_calls ? { ...message, tool_calls: [{ ...call, extra_content: undefined }] } : message,
    );
    expect(
      messageOf(
        await ask(
          vertex,
          callOf(
            { messages: [...stripped, { role: 'user', content: 'thanks' }], tools: [weather] },
            { model: 'gemini-3-flash-preview' },
          ),
        ),
      ),
    ).toMatchObject({ content: 'thanks' });
  });

  it.each([
    [
      undefined,
      'Unable to submit request because function call `default_api:get_weather` in the 2. content block is missing a `thought_signature`. Learn more: ',
    ],
    [
      Buffer.from('of another call').toString('base64'),
      'Unable to submit request because Thought signature is not valid.',
    ],
  ])('refuses function calls of this turn without their own signature: %s', (thoughtSignature, message) => {
    const contents = [
      { role: 'user', parts: [{ text: 'get_weather' }] },
      { role: 'model', parts: [{ functionCall: { name: 'get_weather', args: {} }, thoughtSignature }] },
      { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: {} } }] },
    ];
    expect(gemini({ contents }, 'gemini-3-flash-preview', false)).toMatchObject({
      refused: expect.stringContaining(message),
    });
    const past = [
      ...contents,
      { role: 'model', parts: [{ text: 'rain' }] },
      { role: 'user', parts: [{ text: 'thanks' }] },
    ];
    expect(gemini({ contents: past }, 'gemini-3-flash-preview', false)).toHaveProperty('json');
    expect(gemini({ contents }, 'gemini-2.5-flash', false)).toHaveProperty('json');
  });

  it('answers in the schema that is asked for', async () => {
    const schema = {
      type: 'object',
      required: ['city', 'warm'],
      properties: { city: { enum: ['Rome'] }, warm: { type: 'boolean' } },
    };
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } };
    for (const model of ['gemini-2.5-flash', 'anthropic/claude-sonnet-4-5'])
      expect(messageOf(await ask(vertex, callOf(format, { model }))).content).toBe('{"city":"Rome","warm":true}');
  });

  it.each(['text-embedding-005', 'gemini-embedding-001', 'gemini-embedding-2'])(
    'embeds texts, the same ones alike: %s',
    async (model) => {
      const result = await ask(
        vertex,
        callOf({}, { operation: 'embed', body: { input: ['a', 'b', 'a'], dimensions: 16 }, model }),
      );
      if (result.type !== 'json') throw new Error(JSON.stringify(result));
      const vectors = (result.answer.body.data as { embedding: number[] }[]).map(({ embedding }) => embedding);
      expect(vectors[0]).toEqual(vectors[2]);
      expect(vectors[0]).not.toEqual(vectors[1]);
      expect(vectors[1]).toHaveLength(16);
    },
  );

  it.each([
    ['invalid', { kind: 'credential', code: 'invalid_grant' }, { kind: 'bad_request' }],
    ['denied', { kind: 'permission' }, { kind: 'permission' }],
    ['ratelimited', { kind: 'rate_limit', retryAfterMs: 7000 }, { kind: 'rate_limit' }],
    ['quota', { kind: 'quota' }, { kind: 'quota' }],
    ['overloaded', { kind: 'overloaded' }, { kind: 'overloaded' }],
    ['cut', { kind: 'network' }, { kind: 'network' }],
  ])('fails as documented with %s in the address or the model', async (word, byAddress, byModel) => {
    expect(simulatedVertexFailures.map((failure) => failure.word)).toContain(word);
    expect(await ask(vertex, callOf({}, { account: `my-${word}-account` }))).toMatchObject({
      type: 'failure',
      failure: byAddress,
    });
    expect(await ask(vertex, callOf({}, { model: `gemini-${word}` }))).toMatchObject({
      type: 'failure',
      failure: byModel,
    });
  });

  it.each(['gemmi-3', 'anthropic/clod-4', 'llama'])('has no model %s', async (model) => {
    expect(await ask(vertex, callOf({}, { model }))).toMatchObject({
      type: 'failure',
      failure: { kind: 'model_access' },
    });
  });

  it('passes on what Claude refuses, in Anthropic’s own words', async () => {
    const body = { tools: [weather], messages: [{ role: 'user', content: 'hi' }], stop: ['a'], tool_choice: 'auto' };
    const lost = { role: 'tool', tool_call_id: 'lost', content: 'x' };
    const result = await ask(
      vertex,
      callOf({ ...body, messages: [...body.messages, lost] }, { model: 'anthropic/claude-sonnet-4-5' }),
    );
    expect(result).toMatchObject({
      type: 'failure',
      failure: { kind: 'bad_request', message: expect.stringContaining('unexpected `tool_use_id` found') },
    });
  });

  it('cuts a stream after some of its content', async () => {
    const messages = [{ role: 'user', content: 'one two three four five six' }];
    const parts = await framesOf(await ask(vertex, callOf({ messages }, { model: 'gemini-cut', stream: true })));
    expect(parts.map(({ type }) => type)).toEqual(expect.arrayContaining(['event', 'failure']));
  });

  it('is slow until the caller has had enough', async () => {
    const leave = new AbortController();
    server.once('request', () => setImmediate(() => leave.abort()));
    expect(await ask(vertex, callOf({}, { model: 'gemini-slow', signal: leave.signal }))).toMatchObject({
      type: 'failure',
      failure: { kind: 'cancelled' },
    });
  });

  it('does not know the keys of other accounts, until it is told to trust one', async () => {
    const stranger = { credential: new Secret<JsonObject>(serviceAccount), credentialKey: 'stranger@1' };
    expect(await ask(vertex, upstreamCall({}, stranger))).toMatchObject({
      type: 'failure',
      failure: { kind: 'credential', message: 'invalid_grant: Invalid JWT Signature.' },
    });
    trustServiceAccount(serviceAccount);
    expect(await ask(vertex, upstreamCall({}, stranger))).toMatchObject({ type: 'json' });
  });
});
