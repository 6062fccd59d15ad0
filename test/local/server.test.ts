import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from '../../functions/endpoints.ts';
import { installLambdaGlobal } from '../../local/lambda.ts';
import type { Listening } from '../../local/listening.ts';
import { type Functions, startServer } from '../../local/server.ts';

type Stream = Writable & { setContentType(type: string): void };
type Streaming = (event: APIGatewayProxyEvent, stream: Stream, context: Context) => Promise<void>;
interface LambdaGlobal {
  streamifyResponse(handler: Streaming): Streaming;
  HttpResponseStream: { from(stream: Stream, prelude: object): Stream };
}

const lambda = () => Reflect.get(globalThis, 'awslambda') as LambdaGlobal;

/** What the buffered functions of these tests do: answer with their name and the event. */
const echo = (entry: Entry) => async (event: APIGatewayProxyEvent) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  multiValueHeaders: { 'x-two': ['a', 'b'] },
  body: JSON.stringify({ entry, event }),
});

describe('the local API Gateway and Lambda', () => {
  let server: Listening;
  let reported: unknown[] = [];

  beforeAll(installLambdaGlobal);
  afterEach(() => server.close());
  afterAll(() => Reflect.deleteProperty(globalThis, 'awslambda'));

  async function start(handlers: Partial<Record<Entry, unknown>> = {}): Promise<void> {
    reported = [];
    const all = Object.fromEntries(
      (['inference', 'provider-keys', 'workspace', 'operator', 'records'] as const).map((entry) => [
        entry,
        async () => ({ handler: handlers[entry] ?? echo(entry) }),
      ]),
    );
    server = await startServer({ port: 0, functions: all as Functions, report: (error) => reported.push(error) });
  }

  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);
  const post = (path: string, body: string) => get(path, { method: 'POST', body });

  it.each([
    ['POST', '/v1/chat/completions', 'inference', '/v1/chat/completions', null],
    ['POST', '/chat/completions', 'inference', '/chat/completions', null],
    ['GET', '/v1/models/openai%2Fgpt-4o', 'workspace', '/v1/models/{id+}', { id: 'openai/gpt-4o' }],
    ['GET', '/models/bedrock/a/b%3A0', 'workspace', '/models/{id+}', { id: 'bedrock/a/b:0' }],
    ['GET', '/v1/provider-keys/pk_1', 'provider-keys', '/v1/provider-keys/{id}', { id: 'pk_1' }],
    ['POST', '/v1/provider-keys/pk_1/test', 'inference', '/v1/provider-keys/{id}/test', { id: 'pk_1' }],
    ['GET', '/v1/provider-keys/pk_1%2Ftest', 'provider-keys', '/v1/provider-keys/{id}', { id: 'pk_1/test' }],
    ['GET', '/v1/provider-keys/%zz', 'provider-keys', '/v1/provider-keys/{id}', { id: '%zz' }],
    ['POST', '/v1/workspaces', 'operator', '/v1/workspaces', null],
    ['GET', '/healthz', 'workspace', '/healthz', null],
    ['GET', '/v1/healthz', 'workspace', '/{proxy+}', { proxy: 'v1/healthz' }],
    ['GET', '/v1/provider-keys/', 'workspace', '/{proxy+}', { proxy: 'v1/provider-keys/' }],
    ['GET', '/v1/models/', 'workspace', '/{proxy+}', { proxy: 'v1/models/' }],
    ['PUT', '/v1/chat/completions', 'workspace', '/{proxy+}', { proxy: 'v1/chat/completions' }],
    ['GET', '//v1/models', 'workspace', '/{proxy+}', { proxy: '/v1/models' }],
    ['GET', '/', 'workspace', '/{proxy+}', null],
  ])('sends %s %s to %s', async (method, path, entry, resource, pathParameters) => {
    const seen: APIGatewayProxyEvent[] = [];
    const streaming = lambda().streamifyResponse(async (event, stream) => {
      seen.push(event);
      lambda()
        .HttpResponseStream.from(stream, { statusCode: 200, headers: { 'x-entry': 'inference' } })
        .end();
    });
    await start({ inference: streaming });
    const answer = await get(path, { method });
    const event = entry === 'inference' ? seen[0] : JSON.parse(await answer.text()).event;
    expect(event).toMatchObject({
      httpMethod: method,
      path,
      resource,
      pathParameters,
      requestContext: { resourcePath: resource, path: `/local${path}` },
    });
  });

  it('writes events as API Gateway does', async () => {
    await start();
    const answer = await get('/v1/logs?a=1&a=2&b=x%20y&c=', { headers: { 'X-Api-Key': 'k', 'User-Agent': 'test' } });
    expect(answer.headers.get('x-two')).toBe('a, b');
    const { event } = JSON.parse(await answer.text());
    expect(event).toMatchObject({
      queryStringParameters: { a: '2', b: 'x y', c: '' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'], c: [''] },
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
        stage: 'local',
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      },
    });
    const headers = Object.fromEntries(
      Object.entries<string>(event.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(headers).toMatchObject({ 'x-api-key': 'k', host: server.url.slice(7) });
    expect(JSON.parse(await (await post('/v1/api-keys', '{"ü":1}')).text()).event.body).toBe('{"ü":1}');
  });

  it('keeps every value of a repeated header, whatever its spelling', async () => {
    await start();
    const request = httpRequest(`${server.url}/healthz`);
    request.setHeader('X-Tag', ['1', '2']);
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { event } = JSON.parse(Buffer.concat(await response.toArray()).toString());
    expect(event.multiValueHeaders['X-Tag']).toEqual(['1', '2']);
    expect(event.headers['X-Tag']).toBe('2');
  });

  it('streams each write as it is made, through middy', async () => {
    const { default: middy } = await import('@middy/core');
    const { executionModeStreamifyResponse } = await import('@middy/core/StreamifyResponse');
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* body() {
      yield 'data: 1\n\n';
      await released;
      yield 'data: 2\n\n';
    }
    const handler = middy(
      async () => ({
        statusCode: 201,
        headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' },
        body: Readable.from(body()),
      }),
      {
        executionMode: executionModeStreamifyResponse as () => void,
      },
    );
    await start({ inference: handler });
    const answer = await post('/v1/chat/completions', '{}');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-request-id')).toBe('req_1');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: 1\n\n');
    release();
    expect((await reader?.read())?.value).toBe('data: 2\n\n');
    expect((await reader?.read())?.done).toBe(true);
  });

  it('sends the head before the first byte of the body', async () => {
    let end = () => {};
    await start({
      inference: lambda().streamifyResponse(async (_, stream) => {
        const response = lambda().HttpResponseStream.from(stream, { statusCode: 200, cookies: ['a=1', 'b=2'] });
        response.write('');
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        response.end('late');
      }),
    });
    const answer = await post('/v1/chat/completions', '{}');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    end();
    expect(await answer.text()).toBe('late');
  });

  it('gives handlers a Lambda context', async () => {
    const contexts: Context[] = [];
    const handler = async (_: unknown, context: Context) => {
      contexts.push(context);
      return { statusCode: 204 };
    };
    await start({ workspace: handler });
    expect((await get('/healthz')).status).toBe(204);
    await get('/healthz');
    expect(contexts[0]?.functionName).toBe('keyway-workspace');
    expect(contexts[0]?.getRemainingTimeInMillis()).toBeGreaterThan(28_000);
    expect(contexts[0]?.getRemainingTimeInMillis()).toBeLessThanOrEqual(29_000);
    expect(contexts[0]?.awsRequestId).not.toBe(contexts[1]?.awsRequestId);
  });

  it.each([
    ['before its head', ''],
    ['in the middle of its body', 'some'],
  ])('destroys the stream when the caller leaves %s', async (_, written) => {
    const left = Promise.withResolvers<string[]>();
    const begun = Promise.withResolvers<void>();
    await start({
      inference: lambda().streamifyResponse(async (_, stream) => {
        const events: string[] = [];
        stream.once('error', () => events.push('error'));
        stream.once('close', () => left.resolve([...events, 'close']));
        if (written !== '') lambda().HttpResponseStream.from(stream, { statusCode: 200 }).write(written);
        begun.resolve();
        await left.promise;
      }),
    });
    const controller = new AbortController();
    const pending = get('/v1/chat/completions', { method: 'POST', body: '{}', signal: controller.signal });
    pending.catch(() => {});
    await begun.promise;
    if (written !== '') await pending;
    controller.abort();
    expect(await left.promise).toEqual(['error', 'close']);
    expect(reported).toEqual([]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('boom'))],
    ['answers nothing', async () => undefined],
  ])('answers 500 in the error format when a handler %s', async (_, handler) => {
    await start({ workspace: handler });
    const answer = await get('/healthz');
    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(await answer.json()).toMatchObject({
      error: { code: 'internal_error' },
      request_id: answer.headers.get('x-request-id'),
    });
    expect(reported).toHaveLength(1);
  });

  it('answers 500 when a streaming handler ends without a head', async () => {
    await start({ inference: lambda().streamifyResponse(async () => {}) });
    expect((await post('/v1/chat/completions', '{}')).status).toBe(500);
  });

  it('cuts an answer whose handler throws after the head, so that it never looks complete', async () => {
    await start({
      inference: lambda().streamifyResponse(async (_, stream) => {
        lambda().HttpResponseStream.from(stream, { statusCode: 200 }).write('half');
        throw new Error('boom');
      }),
    });
    await expect(post('/v1/chat/completions', '{}').then((answer) => answer.text())).rejects.toThrow();
  });

  it('refuses bodies over 10 MB after reading them, and passes on all others', async () => {
    await start();
    const limit = 10 * 1024 * 1024;
    const refused = await post('/v1/api-keys', 'x'.repeat(limit + 1));
    expect(refused.status).toBe(413);
    expect(refused.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await refused.json()).toMatchObject({ error: { code: 'request_too_large', type: 'invalid_request_error' } });
    const passed = await post('/v1/api-keys', 'x'.repeat(limit));
    expect(JSON.parse(await passed.text()).event.body).toHaveLength(limit);
  });

  it('closes within a second, also with a request that never ends', async () => {
    const begun = Promise.withResolvers<void>();
    await start({
      inference: lambda().streamifyResponse(async (_, stream) => {
        lambda().HttpResponseStream.from(stream, { statusCode: 200 }).write('for ever');
        begun.resolve();
        await new Promise(() => {});
      }),
    });
    const answer = await post('/v1/chat/completions', '{}');
    await begun.promise;
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(1000);
    await expect(answer.text()).rejects.toThrow();
  });
});
