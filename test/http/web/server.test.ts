import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayStops } from '../../../functions/core/errors.ts';
import type { Incoming } from '../../../functions/http/incoming.ts';
import type { Reply, Serve } from '../../../functions/http/reply.ts';
import { createLoad } from '../../../functions/http/web/load.ts';
import { createWebServer, type WebServer, type WebServerOptions } from '../../../functions/http/web/server.ts';
import { createSlots } from '../../../functions/http/web/slots.ts';

const megabyte = 1024 * 1024;

describe('the web server', () => {
  let web: WebServer;
  let url: string;
  let reports: [string, object][];
  let refusals: object[];
  const load = createLoad(2 ** 40);

  afterEach(() => web.drain(0, 1000));

  async function start(serve: Serve, more: Partial<WebServerOptions> = {}): Promise<void> {
    reports = [];
    refusals = [];
    web = createWebServer({
      serve,
      shell: {
        report: (event, details) => void reports.push([event, details]),
        refused: (refusal) => void refusals.push(refusal),
        origins: [],
      },
      slots: createSlots(10),
      load,
      bodyLimit: megabyte,
      trustedProxies: 0,
      ...more,
    });
    web.server.listen(0, '127.0.0.1');
    await once(web.server, 'listening');
    url = `http://127.0.0.1:${(web.server.address() as AddressInfo).port}`;
  }

  /** What `serve` is given for a request. */
  async function seen(path: string, init: RequestInit = {}, more: Partial<WebServerOptions> = {}): Promise<Incoming> {
    const all: Incoming[] = [];
    await start(async (incoming) => {
      all.push(incoming);
      return reply('ok');
    }, more);
    await fetch(url + path, init);
    const [incoming] = all;
    if (incoming === undefined) throw new Error('Nothing was served.');
    return incoming;
  }

  const reply = (body: Reply['body']): Reply => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
  const error = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

  it('hands on method, path, query, headers and body as they were sent', async () => {
    const incoming = await seen('/v1/a%2Fb?x=1&y=%C3%A4&x=2', {
      method: 'POST',
      headers: { Authorization: 'Bearer kw_x', 'User-Agent': 'me', 'X-One': 'e' },
      body: '{"a":"ü"}',
    });
    expect(incoming).toMatchObject({
      method: 'POST',
      path: '/v1/a%2Fb',
      query: { x: '2', y: 'ä' },
      headers: { 'x-one': 'e' },
      bearer: 'kw_x',
      body: '{"a":"ü"}',
      client: { user_agent: 'me', ip: '127.0.0.1' },
      remainingMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    [0, '127.0.0.1'],
    [1, '10.0.0.2'],
    [2, '203.0.113.9'],
    // More proxies than there are addresses: nothing of it was written by one.
    [4, '127.0.0.1'],
  ])('believes of x-forwarded-for what %i proxies have added', async (trustedProxies, ip) => {
    const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' };
    expect((await seen('/', { headers }, { trustedProxies })).client.ip).toBe(ip);
  });

  it('answers with the request id, and with the length of a whole answer', async () => {
    await start(async () => reply('ü'));
    const response = await fetch(`${url}/x`);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '2', 'ü']);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('tells the caller nothing of what was not foreseen', async () => {
    await start(() => Promise.reject(new TypeError('sk-secret')));
    const response = await fetch(`${url}/x`);
    expect(response.status).toBe(500);
    expect((await response.text()) + JSON.stringify(reports)).not.toContain('sk-secret');
    expect(reports).toMatchObject([['unexpected_error', {}]]);
  });

  it('refuses a body that is too long, announced or not, and serves the next request', async () => {
    await start(async ({ body }) => reply(String(body.length)));
    const long = 'x'.repeat(megabyte + 1);
    const pieces = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(long));
        controller.close();
      },
    });
    for (const body of [long, pieces]) {
      const response = await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
      expect([response.status, await error(response)]).toEqual([413, 'request_too_large']);
    }
    expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(megabyte) })).text()).toBe(String(megabyte));
  });

  it('streams pieces as they come, no faster than they are taken', async () => {
    let made = 0;
    async function* pieces() {
      for (; made < 2000; made++) yield 'x'.repeat(65_536);
    }
    await start(async () => reply(pieces()));
    const [request, response] = await ask();
    response.pause();
    await waitUntil(() => made > 0);
    let before = -1;
    while (before !== made) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(made).toBeLessThan(1000);
    let length = 0;
    response.on('data', (piece: Buffer) => {
      length += piece.length;
    });
    response.resume();
    await once(response, 'end');
    expect(length).toBe(2000 * 65_536);
    request.destroy();
  });

  it('cuts an answer whose pieces fail, and says so in the log', async () => {
    async function* pieces() {
      yield 'a';
      throw new TypeError('sk-secret');
    }
    await start(async () => reply(pieces()));
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    await waitUntil(() => reports.length > 0);
    expect(reports).toEqual([['answer_failed', { error: 'TypeError' }]]);
  });

  it.each(['before it is answered', 'in the middle of a stream', 'while its stream is not read'])(
    'sees at once that a caller leaves %s, lets the work end and gives the slot back',
    async (when) => {
      const slots = createSlots(10);
      let left: AbortSignal | undefined;
      let ended = false;
      async function* pieces() {
        try {
          yield 'a';
          if (when.startsWith('while')) for (;;) yield 'x'.repeat(65_536);
          await new Promise((resolve) => left?.addEventListener('abort', resolve));
          yield 'b';
        } finally {
          ended = true;
        }
      }
      await start(
        async (incoming) => {
          incoming.admit('ws_a');
          left = incoming.callerLeft;
          if (when.startsWith('before')) {
            await new Promise((resolve) => incoming.callerLeft.addEventListener('abort', resolve));
            ended = true;
          }
          return reply(pieces());
        },
        { slots },
      );
      const request = httpRequest(url).on('error', () => {});
      request.end();
      if (!when.startsWith('before')) await once(request, 'response');
      await waitUntil(() => left !== undefined);
      expect(slots.inUse()).toBe(1);
      request.destroy();
      await waitUntil(() => ended && slots.inUse() === 0);
      expect(left?.aborted).toBe(true);
      expect(left?.reason).not.toBe(gatewayStops);
      await waitUntil(() => web.running() === 0);
      expect(reports).toEqual([]);
    },
  );

  it('sheds load with 503 and retry-after before memory runs out, and answers health checks meanwhile', async () => {
    const full = createLoad(1);
    await start(async () => reply('ok'), { load: full });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: 'x'.repeat(1000) });
    expect([response.status, response.headers.get('retry-after'), await error(response)]).toEqual([
      503,
      '1',
      'service_unavailable',
    ]);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    full.stop();
  });

  it('refuses a body that finds no room, and is not kept from serving by bodies that are only announced', async () => {
    const room = createLoad(10_000);
    const lots = { ...room, isHigh: () => false };
    await start(async ({ body }) => reply(String(body.length)), { load: lots });
    const idle = Array.from({ length: 30 }, () => {
      const request = httpRequest(url, { method: 'POST', headers: { 'content-length': megabyte } }).on(
        'error',
        () => {},
      );
      request.flushHeaders();
      return request;
    });
    expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(900) })).text()).toBe('900');
    idle[0]?.write('x'.repeat(800));
    await waitUntil(() => {
      const free = room.takeBody(300);
      if (free) room.giveBody(300);
      return !free;
    });
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(900) });
    expect([response.status, await error(response)]).toEqual([503, 'service_unavailable']);
    for (const request of idle) request.destroy();
    await waitUntil(() => web.running() === 0);
    expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(900) })).text()).toBe('900');
    room.stop();
  });

  it('counts the bytes of bodies until their answers are sent', () => {
    const small = createLoad(1000);
    expect([small.takeBody(60), small.takeBody(60), small.takeBody(40)]).toEqual([true, false, true]);
    small.giveBody(60);
    expect(small.takeBody(60)).toBe(true);
    // A body of its own length is always taken when there is none: its limit is another's business.
    small.giveBody(60);
    small.giveBody(40);
    expect(small.takeBody(5000)).toBe(true);
    small.stop();
  });

  it('drains: lets running answers end, tells load balancers and clients to go, and takes no new connection after it', async () => {
    const gate = Promise.withResolvers<void>();
    async function* pieces() {
      yield 'a';
      await gate.promise;
      yield 'b';
    }
    await start(async ({ path }) => reply(path === '/slow' ? pieces() : 'quick'));
    const slow = await fetch(`${url}/slow`);
    const drained = web.drain(60_000, 1000);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await error(health)]).toEqual([503, 'service_unavailable']);
    const late = await fetch(`${url}/late`);
    expect([await late.text(), late.headers.get('connection')]).toEqual(['quick', 'close']);
    gate.resolve();
    expect(await slow.text()).toBe('ab');
    await drained;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('ends what does not end by itself, and waits until it has been written down', async () => {
    let written = false;
    async function* pieces(stops: AbortSignal) {
      yield 'a';
      await new Promise((resolve) => stops.addEventListener('abort', resolve));
      expect(stops.reason).toBe(gatewayStops);
      await new Promise((resolve) => setTimeout(resolve, 50));
      written = true;
      yield 'end';
    }
    await start(async ({ callerLeft }) => reply(pieces(callerLeft)));
    const response = await fetch(url);
    await web.drain(20, 5000);
    expect(written).toBe(true);
    expect(await response.text()).toBe('aend');
  });

  it('answers a request in absolute form, as proxies send it', async () => {
    await start(async ({ path }) => reply(path));
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'GET http://gateway.example/v1/models?x HTTP/1.1\r\nhost: gateway.example\r\nconnection: close\r\n\r\n',
    );
    let text = '';
    for await (const piece of socket) text += piece;
    expect(text).toMatch(/\r\n\r\n\/v1\/models$/);
  });

  async function ask(): Promise<[ClientRequest, IncomingMessage]> {
    const request = httpRequest(url).on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return [request, response];
  }
});

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
