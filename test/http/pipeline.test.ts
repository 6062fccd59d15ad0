import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../functions/core/errors.ts';
import { isObject, type JsonObject, parseJson } from '../../functions/core/json.ts';
import type { Refusal } from '../../functions/core/telemetry/refusal-line.ts';
import { createBufferedHandler } from '../../functions/http/pipeline.ts';
import type { Serve } from '../../functions/http/reply.ts';

interface Answered {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

async function answer(
  serve: Serve,
  sent: Partial<APIGatewayProxyEvent> = {},
  origins: string[] = [],
): Promise<{ answered: Answered; error: JsonObject; reports: [string, object][]; refusals: Refusal[] }> {
  const refusals: Refusal[] = [];
  const reports: [string, object][] = [];
  const handler = createBufferedHandler(serve, {
    report: (name, details) => void reports.push([name, details]),
    refused: (refusal) => void refusals.push(refusal),
    origins,
  }) as unknown as (event: unknown, context: unknown) => Promise<Answered>;
  const event: Partial<APIGatewayProxyEvent> = {
    httpMethod: 'GET',
    path: '/healthz',
    headers: {},
    body: null,
    ...sent,
  };
  const answered = await handler(event, { getRemainingTimeInMillis: () => 1000 } as Partial<Context>);
  const body = parseJson(answered.body);
  return { answered, error: isObject(body) ? body : {}, reports, refusals };
}

describe('the pipeline', () => {
  it('answers what was served, with the request id', async () => {
    const { answered, reports } = await answer(async (incoming) => ({
      status: 201,
      headers: { 'content-type': 'text/plain' },
      body: incoming.requestId,
    }));
    expect(answered).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'text/plain', 'x-request-id': answered.body },
      body: expect.stringMatching(/^req_/),
    });
    expect(reports).toEqual([]);
  });

  it('joins an answer that comes in pieces', async () => {
    async function* pieces() {
      yield 'a';
      yield 'b';
    }
    expect((await answer(async () => ({ status: 200, headers: {}, body: pieces() }))).answered.body).toBe('ab');
  });

  it('tells a refusal in the envelope of errors, with the request id in header and body', async () => {
    const { answered, error, reports } = await answer(async () => {
      throw new GatewayError('rate_limit_exceeded', 'Slow down.', { retryAfterSeconds: 2, shouldRetry: false });
    });
    expect(answered.statusCode).toBe(429);
    expect(answered.headers).toEqual({
      'content-type': 'application/json',
      'x-should-retry': 'false',
      'retry-after': '2',
      'x-request-id': error.request_id,
    });
    expect(error.error).toEqual({
      message: 'Slow down.',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      param: null,
      retry_after_seconds: 2,
    });
    expect(reports).toEqual([]);
  });

  it('shows the caller nothing of an unforeseen error, and the function’s log nothing of its message', async () => {
    const { answered, error, reports } = await answer(async () => {
      throw new TypeError('sk-FAKE-0123456789');
    });
    expect(answered.statusCode).toBe(500);
    expect(error.error).toMatchObject({ code: 'internal_error' });
    expect(reports).toEqual([
      ['unexpected_error', { request_id: error.request_id, error: expect.stringMatching(/^TypeError\n +at /) }],
    ]);
    expect(JSON.stringify([answered, reports])).not.toContain('sk-FAKE');
  });

  it('survives what is thrown without being an error', async () => {
    const { answered } = await answer(async () => {
      throw 'sk-FAKE-0123456789';
    });
    expect(answered.statusCode).toBe(500);
    expect(JSON.stringify(answered)).not.toContain('sk-FAKE');
  });
});

describe('pages of other origins', () => {
  const page = 'https://app.example.com';
  const asks = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, x-stainless-os',
  };
  const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { Origin: origin, ...more } });
  const ok: Serve = async () => ({ status: 200, headers: {}, body: 'served' });
  const unserved: Serve = async () => {
    throw new GatewayError('not_found', 'There is no such endpoint.');
  };

  it('may ask before they send, and read answers and refusals, when the operator lists them', async () => {
    const question = { httpMethod: 'OPTIONS', ...from(page, asks) };
    const { answered } = await answer(unserved, question, [page]);
    expect(answered).toMatchObject({ statusCode: 204, body: '' });
    expect(answered.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-headers': 'authorization, x-stainless-os',
      'access-control-allow-methods': expect.stringContaining('PATCH'),
      vary: 'origin',
    });
    for (const serve of [ok, unserved]) {
      const { headers } = (await answer(serve, from(page), [page])).answered;
      expect(headers['access-control-allow-origin']).toBe(page);
      expect(headers['access-control-expose-headers']).toContain('x-keyway-route');
    }
  });

  it.each([
    ['no origin is listed', from(page, asks), []],
    ['another one is listed', from(page, asks), ['https://other.example.com']],
    ['the origin only begins alike', from(`${page}.evil.example`, asks), [page]],
    ['there is none', { headers: asks }, [page]],
  ])('may not when %s', async (_, sent, origins) => {
    for (const httpMethod of ['OPTIONS', 'GET']) {
      const { headers } = (await answer(unserved, { ...sent, httpMethod }, origins)).answered;
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('never get a header of their own making', async () => {
    const question = {
      httpMethod: 'OPTIONS',
      ...from(page, { ...asks, 'access-control-request-headers': 'a\r\nset-cookie: b' }),
    };
    expect((await answer(ok, question, ['*'])).answered.headers['access-control-allow-headers']).toBe('');
  });
});
