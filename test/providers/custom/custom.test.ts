import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CredentialIssue } from '../../../functions/core/accounts/credential-form.ts';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { custom } from '../../../functions/providers/custom/definition.ts';
import { createUpstreamLoader } from '../../../functions/providers/upstreams.ts';
import { failureOf, framesOf, sendTo, upstreamCall } from '../openai/call.ts';
import {
  bodyOf,
  jsonAnswer,
  type ScriptedServer,
  startScriptedServer,
  streamAnswer,
} from '../openai/scripted-server.ts';

const listed = { KEYWAY_CUSTOM_HOSTS: 'llm.example,*.models.example,127.0.0.1', KEYWAY_CUSTOM_HTTP: '1' };
const formWith = (settings: Record<string, string>) => custom.formIn?.(readEnvironment(settings)) ?? custom.form;

function issueOf(work: () => unknown): CredentialIssue {
  try {
    work();
  } catch (error) {
    if (error instanceof CredentialIssue) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a custom credential', () => {
  const form = formWith(listed);

  it('is kept in one shape', () => {
    const credential = {
      baseUrl: 'https://llm.example:8443/v1/',
      apiKey: 'key-12345678',
      headers: { 'X-Team': 'red' },
    };
    expect(form.parse(JSON.stringify(credential))).toEqual({
      value: { baseUrl: 'https://llm.example:8443/v1', apiKey: 'key-12345678', headers: { 'x-team': 'red' } },
      type: 'api_key',
      hint: '…5678',
      region: null,
    });
    expect(form.parse({ baseUrl: 'http://a.models.example' })).toMatchObject({
      value: { baseUrl: 'http://a.models.example' },
      hint: 'no key',
    });
  });

  it.each([
    ['https://other.example/v1'],
    ['https://models.example/v1'],
    ['https://llm.example:22/v1'],
    ['https://169.254.169.254/v1'],
    ['https://[::ffff:127.0.0.1]/v1'],
    ['http://2130706433/v1'],
    ['http://0177.0.0.1/v1'],
    ['http://127.1/v1'],
    ['https://user:pass@llm.example/v1'],
    ['https://llm.example/v1?x=1'],
    ['ftp://llm.example/v1'],
    [7],
    [undefined],
  ])('is refused with the base URL %s, which is not repeated', (baseUrl) => {
    const issue = issueOf(() => form.parse({ baseUrl }));
    expect(issue.param).toBe('credential.baseUrl');
    if (typeof baseUrl === 'string') expect(issue.message).not.toContain(new URL(baseUrl).host);
  });

  it('is refused when nothing is listed, and over http unless the operator says so', () => {
    expect(issueOf(() => formWith({}).parse({ baseUrl: 'https://llm.example/v1' })).message).toMatch(/are off/);
    const https = formWith({ KEYWAY_CUSTOM_HOSTS: 'llm.example' });
    expect(issueOf(() => https.parse({ baseUrl: 'http://llm.example/v1' })).param).toBe('credential.baseUrl');
    expect(https.parse({ baseUrl: 'https://llm.example/v1' }).value).toEqual({ baseUrl: 'https://llm.example/v1' });
  });

  it.each([
    'Host',
    'Connection',
    'Transfer-Encoding',
    'Content-Length',
    'Upgrade',
    'TE',
    'Trailer',
    'Proxy-Authorization',
    'Authorization',
    'X-Api-Key',
    'api-key',
    'Cookie',
    'X-Amz-Security-Token',
    'X-Aws-Ec2-Metadata-Token',
    'Metadata-Flavor',
    'X-Forwarded-For',
    'X-Auth-Token',
    'x bad',
    'x:bad',
    'x\r\ny',
    '',
  ])('may not set the header %j', (name) => {
    const issue = issueOf(() => form.parse({ baseUrl: 'https://llm.example', headers: { [name]: 'value' } }));
    expect(issue.param).toBe('credential.headers');
  });

  it.each(['a\r\nx: y', 'a\nb', 'a\0b', 'ä', '', ' a', 7, null])('may not set a header to %j', (value) => {
    const issue = issueOf(() => form.parse({ baseUrl: 'https://llm.example', headers: { 'x-team': value } }));
    expect(issue.param).toBe('credential.headers');
  });

  it('may set sixteen headers, each once', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'v']));
    expect(form.parse({ baseUrl: 'https://llm.example', headers: many(16) }).value.headers).toEqual(many(16));
    expect(() => form.parse({ baseUrl: 'https://llm.example', headers: many(17) })).toThrow(CredentialIssue);
    expect(() => form.parse({ baseUrl: 'https://llm.example', headers: { 'x-a': '1', 'X-A': '2' } })).toThrow(/twice/);
  });

  it('has a key without anything that could end its header', () => {
    for (const apiKey of ['short', 'key 12345678', 'key\r\n12345678', 12345678])
      expect(issueOf(() => form.parse({ baseUrl: 'https://llm.example', apiKey })).param).toBe('credential.apiKey');
  });
});

describe('a custom server', () => {
  let server: ScriptedServer;
  let upstream: Upstream;
  beforeAll(async () => {
    server = await startScriptedServer();
    upstream = await createUpstreamLoader(readEnvironment(listed))('custom');
  });
  beforeEach(() => {
    server.received.length = 0;
  });
  afterAll(() => server.close());

  const call = (change: Parameters<typeof upstreamCall>[0] = {}, credential: JsonObject = {}) =>
    upstreamCall({
      model: 'llama',
      credential: new Secret({ baseUrl: `${server.url}/v1`, ...credential }),
      ...change,
    });
  const choice = (finish: string | null, content = '') => ({ index: 0, delta: { content }, finish_reason: finish });
  const event = (body: JsonObject) => `data: ${JSON.stringify(body)}\n\n`;

  it('gets chat completions as they came, with the headers of the key', async () => {
    server.answer = jsonAnswer(200, { choices: [{ index: 0, message: { content: 'pong' }, finish_reason: 'stop' }] });
    const result = await sendTo(upstream, call({}, { apiKey: 'key-12345678', headers: { 'x-team': 'red' } }));
    expect(result).toMatchObject({ type: 'json', answer: { usage: null, finishReason: 'stop' } });
    expect(server.received[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer key-12345678', 'x-team': 'red' },
    });
    expect(bodyOf(server.received[0]).model).toBe('llama');
  });

  it('gets no authorization where there is no key', async () => {
    server.answer = jsonAnswer(200, { choices: [] });
    await sendTo(upstream, call());
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('may end a stream without [DONE] and without usage', async () => {
    server.answer = streamAnswer([
      event({ id: 'c', choices: [choice(null, 'po')] }),
      event({ id: 'c', choices: [choice('stop', 'ng')] }),
    ]);
    const frames = await framesOf(await sendTo(upstream, call({ stream: true })));
    expect(frames.map(({ type }) => type)).toEqual(['event', 'event', 'finish', 'end']);
  });

  it.each([
    ['before its choice is finished', [event({ id: 'c', choices: [choice(null, 'po')] })], {}],
    ['before all choices are', [event({ id: 'c', choices: [choice('stop', 'po')] })], { n: 2 }],
  ])('is cut, not complete, when its stream ends %s', async (_when, pieces, body) => {
    server.answer = streamAnswer(pieces);
    const given = call({ stream: true });
    const frames = await framesOf(await sendTo(upstream, { ...given, body: { ...given.body, ...body } }));
    expect(frames.map(({ type }) => type)).not.toContain('end');
  });

  it('answers nonsense when there are no choices, and its errors are read', async () => {
    server.answer = jsonAnswer(200, { detail: 'hello' });
    expect(await failureOf(sendTo(upstream, call()))).toMatchObject({ kind: 'overloaded', garbled: true });
    server.answer = jsonAnswer(200, { error: 'model "llama" not found' });
    expect(await failureOf(sendTo(upstream, call()))).toMatchObject({ message: 'model "llama" not found' });
    server.answer = jsonAnswer(401, { error: { message: 'no' } });
    expect(await failureOf(sendTo(upstream, call()))).toMatchObject({ kind: 'credential', status: 401 });
  });

  it('is not followed to where it redirects', async () => {
    server.answer = (response) => void response.writeHead(302, { location: `${server.url}/elsewhere` }).end();
    expect((await failureOf(sendTo(upstream, call()))).status).toBe(302);
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });

  it('embeds', async () => {
    server.answer = jsonAnswer(200, { object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } });
    const result = await sendTo(upstream, call({ operation: 'embed', door: null, body: { model: 'x', input: 'a' } }));
    expect(result.type).toBe('json');
    expect(server.received[0]?.path).toBe('/v1/embeddings');
  });

  it.each<Record<string, string>>([
    {},
    { KEYWAY_CUSTOM_HOSTS: 'other.example', KEYWAY_CUSTOM_HTTP: '1' },
    { KEYWAY_CUSTOM_HOSTS: '127.0.0.1' },
  ])('is not called when the list has changed since: %j', async (settings) => {
    const changed = await createUpstreamLoader(readEnvironment(settings))('custom');
    expect(await failureOf(sendTo(changed, call()))).toMatchObject({ kind: 'permission', status: null, local: true });
    expect(server.received).toEqual([]);
  });

  it('is not called at a private address that only a suffix covers', async () => {
    const settings = { KEYWAY_CUSTOM_HOSTS: '*.localhost', KEYWAY_CUSTOM_HTTP: '1' };
    const suffix = await createUpstreamLoader(readEnvironment(settings))('custom');
    const baseUrl = `http://a.localhost:${new URL(server.url).port}/v1`;
    const failure = await failureOf(sendTo(suffix, call({}, { baseUrl })));
    expect(failure.status).toBeNull();
    expect(server.received).toEqual([]);
  });

  it('has a list that makes sense, or nothing starts', () => {
    expect(() => createUpstreamLoader(readEnvironment({ KEYWAY_CUSTOM_HOSTS: '*' }))).toThrow(/\*/);
  });

  it('tells what a credential is made of', () => {
    const [schema] = custom.credentialSchemas;
    expect(isObject(schema?.properties) && Object.keys(schema.properties)).toEqual(['baseUrl', 'apiKey', 'headers']);
  });
});
