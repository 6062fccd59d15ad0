import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../../functions/core/chat/dialect.ts';
import type { Upstream, UpstreamCall } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { anthropicMessages } from '../../../functions/dialects/anthropic-messages/door.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { gemini } from '../../../functions/providers/gemini/definition.ts';
import { createGeminiUpstream } from '../../../functions/providers/gemini/upstream.ts';
import { createUpstreamLoader } from '../../../functions/providers/upstreams.ts';
import { failureOf, framesOf, sendTo, upstreamCall } from '../openai/call.ts';
import {
  bodyOf,
  jsonAnswer,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from '../openai/scripted-server.ts';

const key = 'AIzaFAKE0123456789';
let server: ScriptedServer;
let upstream: Upstream;

beforeAll(async () => {
  server = await startScriptedServer();
  upstream = await createUpstreamLoader(readEnvironment({ GEMINI_BASE_URL: `${server.url}/v1beta` }))('gemini');
});
afterAll(() => server.close());
beforeEach(() => {
  server.received = [];
});

const messages = [{ role: 'user', content: 'ping' }];
const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 };
const answer = (parts: object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) }],
  usageMetadata,
  modelVersion: 'gemini-2.5-flash',
  responseId: 'resp-1',
});

function ask(body: UpstreamCall['body'], change: Partial<UpstreamCall> = {}, door: Door = openaiChat) {
  return upstreamCall({
    door,
    body,
    conversation: () => door.readRequest(body),
    head: { mintedId: '01J', created: 1, callerModel: 'gemini/gemini-2.5-flash', includeUsage: true },
    model: 'gemini-2.5-flash',
    credential: new Secret({ apiKey: key }),
    ...change,
  });
}

describe('generateContent', () => {
  it('has the key in a header, and nowhere else', async () => {
    server.answer = jsonAnswer(200, answer([{ text: 'pong' }], 'STOP'));
    const result = await sendTo(upstream, ask({ model: 'x', messages }));
    expect(result).toMatchObject({
      type: 'json',
      providerRequestId: 'resp-1',
      answer: { body: { model: 'gemini/gemini-2.5-flash', choices: [{ message: { content: 'pong' } }] } },
    });
    const [received] = server.received;
    expect(received?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
    expect(received?.headers['x-goog-api-key']).toBe(key);
    expect(received?.headers).not.toHaveProperty('authorization');
    expect(bodyOf(received)).toEqual({ contents: [{ role: 'user', parts: [{ text: 'ping' }] }] });
  });

  it('reads calls that have ids of their own', async () => {
    const functionCall = { id: 'fc-1', name: 'look', args: { at: 'x' } };
    server.answer = jsonAnswer(200, answer([{ functionCall }], 'STOP'));
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
    const result = await sendTo(upstream, ask({ model: 'x', messages, tools }));
    const call = { type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } };
    expect(result).toMatchObject({ answer: { body: { choices: [{ message: { tool_calls: [call] } }] } } });
  });

  it('streams server-sent events', async () => {
    const events = [answer([{ text: 'po' }]), answer([{ text: 'ng' }], 'STOP')];
    server.answer = streamAnswer(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`));
    const frames = await framesOf(
      await sendTo(upstream, ask({ model: 'x', messages, stream: true }, { stream: true })),
    );
    expect(server.received[0]?.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
    expect(frames.map(({ type }) => type)).toContain('usage');
    expect(frames.at(-1)?.type).toBe('end');
  });

  it('takes no cut stream for a whole one, and reads an error in one', async () => {
    const begin = `data: ${JSON.stringify(answer([{ text: 'po' }]))}\r\n\r\n`;
    const call = () => ask({ model: 'x', messages, stream: true }, { stream: true });
    server.answer = streamAnswer([begin], 'reset');
    expect((await framesOf(await sendTo(upstream, call()))).at(-1)).toMatchObject({ failure: { kind: 'network' } });
    const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
    server.answer = streamAnswer([begin, `data: ${JSON.stringify(error)}\r\n\r\n`]);
    expect((await framesOf(await sendTo(upstream, call()))).at(-1)).toMatchObject({
      type: 'failure',
      failure: { kind: 'overloaded', code: 'UNAVAILABLE' },
    });
  });

  it('gets the bytes of pictures behind addresses', async () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const own = createGeminiUpstream({ baseUrl: `${server.url}/v1beta`, fetchImage: async () => png });
    server.answer = jsonAnswer(200, answer([{ text: 'a cat' }], 'STOP'));
    const content = [{ type: 'image_url', image_url: { url: 'https://images.example/cat' } }];
    await sendTo(own, ask({ model: 'x', messages: [{ role: 'user', content }] }));
    const inlineData = { mimeType: 'image/png', data: Buffer.from(png).toString('base64') };
    expect(bodyOf(server.received[0])).toMatchObject({ contents: [{ parts: [{ inlineData }] }] });
  });

  it.each(['../files', 'a/b', 'a:b', 'a?key=1', ''])('calls nobody for the model %j', async (model) => {
    const failure = await failureOf(sendTo(upstream, ask({ model: 'x', messages }, { model })));
    expect(failure).toMatchObject({ kind: 'bad_request', param: 'model' });
    expect(server.received).toEqual([]);
  });
});

describe('what else it can do', () => {
  it('counts the tokens of the whole request', async () => {
    server.answer = jsonAnswer(200, { totalTokens: 7 });
    const body = { model: 'x', max_tokens: 5, system: 'Be brief.', messages };
    const result = await sendTo(upstream, ask(body, { operation: 'count' }, anthropicMessages));
    expect(result).toMatchObject({ type: 'json', answer: { body: { input_tokens: 7 } } });
    expect(server.received[0]?.path).toBe('/v1beta/models/gemini-2.5-flash:countTokens');
    expect(bodyOf(server.received[0])).toEqual({
      generateContentRequest: {
        model: 'models/gemini-2.5-flash',
        contents: [{ role: 'user', parts: [{ text: 'ping' }] }],
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
      },
    });
  });

  const embed = (body: UpstreamCall['body']) =>
    sendTo(upstream, ask(body, { operation: 'embed', door: null, model: 'gemini-embedding-001' }));

  it('embeds several texts in one call', async () => {
    server.answer = jsonAnswer(200, { embeddings: [{ values: [1, 2] }, { values: [3, 4] }], usageMetadata });
    const result = await embed({ model: 'x', input: ['a', 'b'], dimensions: 2, user: 'u' });
    expect(result).toMatchObject({
      answer: {
        body: {
          object: 'list',
          data: [{ embedding: [1, 2] }, { index: 1, embedding: [3, 4] }],
          usage: { prompt_tokens: 3 },
        },
      },
    });
    expect(server.received[0]?.path).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents');
    const model = 'models/gemini-embedding-001';
    expect(bodyOf(server.received[0])).toEqual({
      requests: [
        { model, content: { parts: [{ text: 'a' }] }, outputDimensionality: 2 },
        { model, content: { parts: [{ text: 'b' }] }, outputDimensionality: 2 },
      ],
    });
  });

  it('gives no list with a vector missing', async () => {
    server.answer = jsonAnswer(200, { embeddings: [{ values: [1, 2] }] });
    expect(await failureOf(embed({ model: 'x', input: ['a', 'b'] }))).toMatchObject({ garbled: true });
  });
});

describe('errors', () => {
  const type = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` });
  const info = (reason: string) => ({ ...type('ErrorInfo'), reason, domain: 'googleapis.com' });
  const quota = (...ids: string[]) => ({ ...type('QuotaFailure'), violations: ids.map((quotaId) => ({ quotaId })) });
  const daily = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
  const minute = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';

  it.each([
    [
      400,
      'INVALID_ARGUMENT',
      'API key not valid. Please pass a valid API key.',
      [info('API_KEY_INVALID')],
      'credential',
    ],
    [400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', [info('API_KEY_INVALID')], 'credential'],
    [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', [], 'permission'],
    [400, 'FAILED_PRECONDITION', 'Gemini API free tier needs billing to be enabled.', [], 'quota'],
    [400, 'INVALID_ARGUMENT', 'Invalid value at contents.', [], 'bad_request'],
    [401, 'UNAUTHENTICATED', 'Expected OAuth 2 access token.', [info('CREDENTIALS_MISSING')], 'credential'],
    [403, 'PERMISSION_DENIED', 'Generative Language API has not been used.', [info('SERVICE_DISABLED')], 'permission'],
    [403, 'PERMISSION_DENIED', 'Requests are blocked.', [info('API_KEY_SERVICE_BLOCKED')], 'permission'],
    [403, 'PERMISSION_DENIED', 'Your API key was reported as leaked.', [], 'credential'],
    [404, 'NOT_FOUND', 'models/none is not found for API version v1beta.', [], 'model_access'],
    [429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [quota(minute, daily)], 'quota'],
    [429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [quota(minute)], 'rate_limit'],
    [429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', [], 'rate_limit'],
    [500, 'INTERNAL', 'An internal error has occurred.', [], 'overloaded'],
    [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.', [], 'overloaded'],
    [504, 'DEADLINE_EXCEEDED', 'Deadline expired.', [], 'timeout'],
  ])('%i %s "%s" is %s', async (status, name, message, details, kind) => {
    const error = { code: status, message, status: name, details };
    for (const body of [{ error }, [{ error }]]) {
      server.answer = jsonAnswer(status, body);
      const failure = await failureOf(sendTo(upstream, ask({ model: 'x', messages })));
      expect(failure).toMatchObject({ kind, status, code: name, message });
    }
  });

  it('tell how long to wait, and whether other models would do', async () => {
    const retry = { ...type('RetryInfo'), retryDelay: '45.5s' };
    const fail = async (details: object[]) => {
      server.answer = jsonAnswer(429, { error: { code: 429, message: 'no', status: 'RESOURCE_EXHAUSTED', details } });
      return failureOf(sendTo(upstream, ask({ model: 'x', messages })));
    };
    expect(await fail([quota(minute), retry])).toMatchObject({ kind: 'rate_limit', retryAfterMs: 45_500 });
    expect(await fail([quota(daily), retry])).toMatchObject({ kind: 'quota', modelOnly: true });
  });
});

describe('a credential', () => {
  it.each([key, { apiKey: key }])('may be %j', (input) => {
    expect(gemini.form.parse(input).value).toEqual({ apiKey: key });
  });

  it('may not be an access token', () => {
    expect(() => gemini.form.parse('ya29.FAKE-0123456789')).toThrow('access token');
  });
});
