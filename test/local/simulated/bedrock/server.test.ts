import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { bedrockCredentialForm } from '../../../../functions/providers/bedrock/connection/credential.ts';
import { createBedrockUpstream } from '../../../../functions/providers/bedrock/upstream.ts';
import {
  simulatedApiKey,
  simulatedBedrockCredentials,
  simulatedSecretAccessKey,
  simulatedShortTermKey,
} from '../../../../local/simulated/bedrock/credentials.ts';
import { simulateBedrock } from '../../../../local/simulated/bedrock/server.ts';
import { ask, collect, fold, upstreamCall } from '../../../providers/bedrock/call.ts';

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

const chat = (changes: Parameters<typeof upstreamCall>[0]) =>
  ask(
    createBedrockUpstream({ endpoint, defaultRegion: 'us-east-1' }),
    upstreamCall({ credential: { apiKey: simulatedApiKey() }, ...changes }),
  );
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      required: ['city', 'days'],
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
    },
  },
};
const messages = [{ role: 'user', content: 'say it again' }];

describe('the simulated Bedrock', () => {
  it('repeats what the user said, whole and as a stream', async () => {
    expect(await chat({ body: { messages } })).toMatchObject({
      type: 'json',
      body: { choices: [{ message: { content: 'say it again' }, finish_reason: 'stop' }] },
    });
    expect(fold(await collect(await chat({ body: { messages }, stream: true })))).toMatchObject({
      text: 'say it again',
      finish: 'stop',
      usage: { completion_tokens: expect.any(Number) },
    });
  });

  it('calls the tool that is forced, once, and goes on from its result', async () => {
    const forced = { tools: [weather], tool_choice: 'required' };
    const call = { id: 'tooluse_simulated1', name: 'get_weather', arguments: '{"city":"sample","days":0}' };
    expect(fold(await collect(await chat({ body: { messages, ...forced }, stream: true })))).toMatchObject({
      calls: [call],
      finish: 'tool_calls',
    });
    const answered = [
      ...messages,
      { role: 'assistant', tool_calls: [{ id: call.id, type: 'function', function: call }] },
      { role: 'tool', tool_call_id: call.id, content: 'rain' },
    ];
    expect(await chat({ body: { messages: answered, ...forced } })).toMatchObject({
      body: { choices: [{ message: { content: 'Done. The tool said: rain' } }] },
    });
  });

  it('answers in the form that a schema asks for', async () => {
    const response_format = {
      type: 'json_schema',
      json_schema: {
        name: 'a',
        schema: {
          type: 'object',
          required: ['colour', 'parts'],
          properties: {
            colour: { enum: ['red'] },
            parts: { type: 'array', minItems: 1, items: { $ref: '#/$defs/part' } },
          },
          $defs: { part: { type: 'boolean' } },
        },
      },
    };
    for (const model of ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'amazon.nova-lite-v1:0']) {
      const result = await chat({ model, body: { messages, response_format } });
      expect(result).toMatchObject({
        body: { choices: [{ message: { content: '{"colour":"red","parts":[true]}' }, finish_reason: 'stop' }] },
      });
    }
  });

  it.each([
    'amazon.titan-embed-text-v2:0',
    'cohere.embed-english-v3',
    'cohere.embed-v4:0',
    'amazon.nova-2-multimodal-embeddings-v1:0',
  ])('gives %s vectors that depend on the text', async (model) => {
    const result = await chat({ operation: 'embed', door: null, model, body: { input: ['a', 'b c', 'a'] } });
    const { data, usage } = (result.type === 'json' ? result.body : {}) as {
      data: { embedding: number[] }[];
      usage: JsonObject;
    };
    expect(data[0]).toEqual({ ...data[2], index: 0 });
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
    expect(usage.prompt_tokens).toBe(4);
  });

  it.each([
    ['invalid', 'credential', 'model_access'],
    ['denied', 'permission', 'model_access'],
    ['ratelimited', 'rate_limit', 'rate_limit'],
    ['quota', 'quota', 'quota'],
    ['overloaded', 'overloaded', 'overloaded'],
    ['cut', 'network', 'network'],
  ])('fails on purpose: %s', async (word, ofCaller, ofModel) => {
    const pair = {
      accessKeyId: `AKIASIMKEYWAY${word.toUpperCase()}`,
      secretAccessKey: simulatedSecretAccessKey,
      region: 'us-east-1',
    };
    for (const credential of [{ apiKey: simulatedApiKey(`sim-${word}`) }, pair])
      expect(await chat({ credential })).toMatchObject({ type: 'failure', failure: { kind: ofCaller } });
    expect(await chat({ model: `amazon.${word}-v1:0` })).toMatchObject({ type: 'failure', failure: { kind: ofModel } });
  });

  it('cuts a stream after its first content', async () => {
    const parts = await collect(
      await chat({
        credential: { apiKey: simulatedApiKey('sim-cut') },
        stream: true,
        body: { messages: [{ role: 'user', content: 'one two three four' }] },
      }),
    );
    expect(fold(parts).text).toMatch(/^one /);
    expect(parts.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
  });

  it('keeps silent when it is to be slow', async () => {
    const leaving = new AbortController();
    const waiting = chat({ credential: { apiKey: simulatedApiKey('sim-slow') }, signal: leaving.signal });
    server.once('request', (request) => request.once('end', () => setImmediate(() => leaving.abort())));
    expect(await waiting).toMatchObject({ type: 'failure', failure: { kind: 'network' } });
  });

  it('checks what the real service checks', async () => {
    const refused = async (headers: Record<string, string>) =>
      (await fetch(`${endpoint}/model/x/converse`, { method: 'POST', headers, body: '{"messages":[]}' })).status;
    expect(await refused({})).toBe(403);
    expect(
      await refused({ authorization: `Bearer ${simulatedShortTermKey('us-east-1', new Date('2026-01-01'), 60)}` }),
    ).toBe(403);
    expect(
      await refused({ authorization: `Bearer ${simulatedShortTermKey('us-east-1', new Date(), 60).slice(0, -40)}` }),
    ).toBe(403);
    expect(await refused({ authorization: `Bearer ${simulatedApiKey()}` })).toBe(400);
  });

  it('documents only credentials that the gateway takes', () => {
    for (const { credential } of simulatedBedrockCredentials)
      expect(() => bedrockCredentialForm.parse(credential)).not.toThrow();
  });
});
