import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describe, expect, it, test } from 'vitest';
import { ulidPattern } from '../../functions/core/ids.ts';
import { newId, readIncoming } from '../../functions/http/incoming.ts';
import { createBufferedHandler } from '../../functions/http/pipeline.ts';
import { createRouter } from '../../functions/http/router.ts';
import { createServe } from '../../functions/operations/serve.ts';

function event(change: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    httpMethod: 'POST',
    path: '/v1/chat/completions',
    headers: {},
    multiValueHeaders: {},
    body: null,
    isBase64Encoded: false,
    pathParameters: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    stageVariables: null,
    resource: '',
    requestContext: { identity: { sourceIp: '192.0.2.1' } } as APIGatewayProxyEvent['requestContext'],
    ...change,
  };
}

describe('an event', () => {
  it('is read with its headers in lower case, whatever case they came in', () => {
    const incoming = readIncoming(
      event({
        headers: { 'X-Keyway-Timeout-Ms': '5', 'USER-AGENT': 'x'.repeat(400) },
        queryStringParameters: { limit: '1' },
      }),
      {},
    );
    expect(incoming.headers).toEqual({ 'x-keyway-timeout-ms': '5', 'user-agent': 'x'.repeat(400) });
    expect(incoming).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      query: { limit: '1' },
      client: { user_agent: 'x'.repeat(300), ip: '192.0.2.1' },
    });
  });

  it('gets an id of its own', () => {
    const ids = Array.from({ length: 100 }, () => readIncoming(event(), {}).requestId);
    for (const id of ids) expect(id).toMatch(new RegExp(`^req_${ulidPattern}$`));
    expect(new Set(ids).size).toBe(100);
    expect(newId('pk', 0)).toMatch(/^pk_0000000000/);
  });

  test.each<[string, Partial<APIGatewayProxyEvent>, string]>([
    ['as text', { body: '{"a":"é"}' }, '{"a":"é"}'],
    ['in base64', { body: Buffer.from('{"a":"é😀"}').toString('base64'), isBase64Encoded: true }, '{"a":"é😀"}'],
    ['without a body', {}, ''],
    ['in base64 without a body', { isBase64Encoded: true }, ''],
  ])('body %s', (_, change, expected) => {
    expect(readIncoming(event(change), {}).body).toBe(expected);
  });

  test.each<[string, Record<string, string>, string | null]>([
    ['a bearer token', { Authorization: 'Bearer kw_1' }, 'kw_1'],
    ['a bearer token in other spelling', { authorization: 'bearer   kw_1 ' }, 'kw_1'],
    ['x-api-key', { 'X-Api-Key': ' kw_1 ' }, 'kw_1'],
    ['both: Authorization decides', { authorization: 'Bearer kw_1', 'x-api-key': 'kw_2' }, 'kw_1'],
    ['another scheme', { authorization: 'Basic a3dfMTo=' }, null],
    ['another scheme beside x-api-key', { authorization: 'Basic a3dfMTo=', 'x-api-key': 'kw_2' }, null],
    ['x-api-key beside an empty Authorization', { authorization: '', 'x-api-key': 'kw_2' }, 'kw_2'],
    ['an empty token', { authorization: 'Bearer ' }, null],
    ['two words', { authorization: 'Bearer kw_1 kw_2' }, null],
    ['a blank x-api-key', { 'x-api-key': ' ' }, null],
    ['nothing', {}, null],
  ])('credential from %s', (_, headers, expected) => {
    expect(readIncoming(event({ headers }), {}).bearer).toBe(expected);
  });

  it('takes the time that is left from the function, or none', () => {
    expect(readIncoming(event(), { getRemainingTimeInMillis: () => 1234 }).remainingMs).toBe(1234);
    expect(readIncoming(event(), {}).remainingMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('knows whether its caller left only where the host says so', () => {
    const controller = new AbortController();
    expect(readIncoming(event(), { callerLeft: controller.signal }).callerLeft).toBe(controller.signal);
    expect(readIncoming(event(), {}).callerLeft.aborted).toBe(false);
  });

  it('may lack what API Gateway always sends', () => {
    const bare = { ...event(), headers: null, requestContext: undefined } as unknown as APIGatewayProxyEvent;
    expect(readIncoming(bare, {})).toMatchObject({ headers: {}, bearer: null, client: { user_agent: null, ip: null } });
  });

  const strange: [string, unknown][] = [
    ['null', null],
    ['nothing', undefined],
    ['text', 'GET /'],
    ['a list', [1]],
    ['no fields', {}],
    ['a body that is an object', { ...event(), body: { model: 'x' } }],
    ['a body that is a number, in base64', { ...event(), body: 5, isBase64Encoded: true }],
    ['headers that are a list', { ...event(), headers: ['authorization', 'Bearer kw_1'] }],
    ['headers that are numbers', { ...event(), headers: { authorization: 5, 'x-api-key': null } }],
    ['a path that is a number', { ...event(), path: 5, httpMethod: null }],
    ['a query that is text', { ...event(), queryStringParameters: 'limit=1' }],
    ['a context that is null', { ...event(), requestContext: null }],
    ['an address that is an object', { ...event(), requestContext: { identity: { sourceIp: {} } } }],
  ];

  test.each(strange)('may be %s', (_, sent) => {
    const incoming = readIncoming(sent as APIGatewayProxyEvent, {});
    expect(incoming).toMatchObject({ bearer: null, body: '' });
    expect(incoming.path).toBeTypeOf('string');
    expect(incoming.method).toBeTypeOf('string');
    expect(incoming.requestId).toMatch(/^req_/);
  });

  it.each(strange)('is answered by the pipeline, too: %s', async (_, sent) => {
    const reported: string[] = [];
    const handler = createBufferedHandler(
      createServe<null>(createRouter('operator'), async () => null, {}, null),
      { report: (name) => reported.push(name), refused: () => {}, origins: [] },
    );
    const answer = await handler(sent as APIGatewayProxyEvent, {} as Context);
    expect(answer).toMatchObject({ statusCode: 404 });
    expect(reported).toEqual([]);
  });
});
