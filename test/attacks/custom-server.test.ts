import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';
import { findLeak, plant } from '../embedded/leaks.ts';
import {
  addKey,
  call,
  chat,
  createTenant,
  errorOf,
  fakeKey,
  keyOf,
  routeOf,
  type Tenant,
} from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const model = 'custom/llama';

/** A tenant whose own server is the attack; the host is one that the operator has listed for all. */
describe('a hostile custom server', () => {
  let stores: Stores;
  let server: Listening;
  let gateway: Gateway;
  let attacker: Tenant;
  let victim: Tenant;
  let apiKey: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const seen: string[] = [];

  beforeAll(async () => {
    server = await listen(
      createServer(async (request, response) => {
        seen.push(request.url ?? '');
        await readBody(request);
        answer(request, response);
      }),
    );
    stores = await startStores({ openai: fakeKey() });
    gateway = await startGateway(stores, {
      KEYWAY_CUSTOM_HOSTS: '127.0.0.1',
      KEYWAY_CUSTOM_HTTP: '1',
      KEYWAY_FIRST_BYTE_TIMEOUT_MS: '1500',
      KEYWAY_ANSWER_TIMEOUT_MS: '1500',
    });
  });
  afterAll(async () => {
    expect(gateway.lines.filter((line) => line.includes('unexpected_error'))).toEqual([]);
    await Promise.all([gateway.close(), server.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    seen.length = 0;
    [attacker, victim] = [await createTenant(gateway, '5'), await createTenant(gateway, '5')];
    apiKey = randomBytes(30).toString('base64');
    plant(apiKey);
    const credential = { baseUrl: `${server.url}/v1`, apiKey };
    await addKey(gateway, attacker, credential, { provider: 'custom' });
    await addKey(gateway, victim, { ...credential, apiKey: 'victim-12345678' }, { provider: 'custom' });
  });

  const json =
    (status: number, body: unknown, headers: Record<string, string> = {}) =>
    (_: unknown, response: ServerResponse) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const completion = (usage: unknown) => ({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'llama',
    choices: [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }],
    usage,
  });
  const balance = async (tenant: Tenant) =>
    (await call(gateway, 'GET', '/v1/balance', { key: tenant.apiKey })).json.available_usd;

  it.each([401, 402, 403, 404, 429, 500])('that answers %d puts no key of another workspace aside', async (status) => {
    answer = (request, response) =>
      request.headers.authorization === 'Bearer victim-12345678'
        ? json(200, completion({ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }))(request, response)
        : json(status, { error: { message: 'no' } }, { 'retry-after': '3600' })(request, response);
    for (let i = 0; i < 3; i++) expect((await chat(gateway, attacker, { model })).status).toBeGreaterThanOrEqual(400);
    const served = await chat(gateway, victim, { model });
    expect([served.status, routeOf(served)]).toEqual([200, expect.stringMatching(/^byok\(pk_\w+\)=200$/)]);
  });

  it('that repeats its key in errors, headers and streams shows it to nobody', async () => {
    const spelled = [apiKey, Buffer.from(apiKey).toString('base64'), encodeURIComponent(apiKey)].join(' and ');
    const error = { message: `you sent ${spelled}`, type: apiKey, code: apiKey, param: apiKey };
    const answers: (typeof answer)[] = [
      json(400, { error }, { 'x-request-id': apiKey, 'retry-after': apiKey }),
      json(200, { error }),
      json(401, error),
      (_, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': apiKey })
          .end(`data: ${JSON.stringify({ error })}\n\n`),
    ];
    for (const next of answers)
      for (const stream of [false, true]) {
        answer = next;
        const { text, headers } = await chat(gateway, attacker, { model, stream });
        const logged = await call(gateway, 'GET', `/v1/logs/${headers.get('x-request-id')}`, { key: attacker.apiKey });
        for (const each of [text, JSON.stringify([...headers]), logged.text]) expect(findLeak(each)).toBeNull();
      }
  });

  it.each([1e30, -5, 'many', null, { a: 1 }, Number.MAX_SAFE_INTEGER])(
    'that reports a usage of %j costs nobody anything',
    async (tokens) => {
      const before = await balance(attacker);
      answer = json(200, {
        ...completion({ prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens, cost: tokens }),
        cost: tokens,
      });
      const served = await chat(gateway, attacker, { model });
      expect(served.status).toBe(200);
      expect(await balance(attacker)).toBe(before);
      const { json: log } = await call(gateway, 'GET', `/v1/logs/${served.headers.get('x-request-id')}`, {
        key: attacker.apiKey,
      });
      expect(log).toMatchObject({ credential: 'byok', cost: '0.0000000' });
      const usage = isObject(log.usage) ? log.usage : {};
      for (const count of Object.values(usage)) expect(Number(count)).toBeGreaterThanOrEqual(0);
      expect((await call(gateway, 'GET', '/v1/usage', { key: attacker.apiKey })).status).toBe(200);
    },
  );

  it.each([
    ['an address of metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['the gateway itself', 'http://127.0.0.1:1/'],
    ['a file', 'file:///etc/passwd'],
  ])('that redirects to %s is not followed', async (_what, location) => {
    answer = (_, response) => void response.writeHead(307, { location }).end();
    const refused = await chat(gateway, attacker, { model });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.text).not.toContain('169.254');
    // A failing last target is tried twice; nothing else is called.
    expect(new Set(seen)).toEqual(new Set(['/v1/chat/completions']));
  });

  it.each<[string, typeof answer]>([
    ['never answers', () => undefined],
    [
      'sends a byte now and then, and no content',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(() => response.write(': x\n'), 100);
        response.once('close', () => clearInterval(timer));
      },
    ],
  ])('that %s holds nobody longer than the operator allows', async (_what, next) => {
    answer = next;
    const begun = performance.now();
    const given = await chat(gateway, attacker, { model, stream: true });
    expect([given.status, errorOf(given).code]).toEqual([504, 'provider_timeout']);
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  it('that answers without an end is cut off, and the process goes on', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const piece = 'x'.repeat(1024 * 1024);
      const write = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    };
    const given = await chat(gateway, attacker, { model });
    expect(given.status).toBeGreaterThanOrEqual(500);
    answer = json(200, completion({ prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }));
    expect((await chat(gateway, victim, { model })).status).toBe(200);
  });

  it('whose host is taken off the list is not called, and its owner is told so', async () => {
    const closed = await startGateway(stores, { KEYWAY_CUSTOM_HOSTS: 'other.example' });
    const given = await chat(closed, attacker, { model });
    await closed.close();
    expect([given.status, errorOf(given).hint]).toEqual([403, expect.stringContaining('may not be called')]);
    expect(seen).toEqual([]);
  });

  it('is nothing that the platform stands in for, and its keys say how they fare', async () => {
    answer = json(429, { error: { message: 'per day' } });
    const id = await addKey(
      gateway,
      victim,
      { baseUrl: `${server.url}/v1`, apiKey: 'victim-87654321' },
      { provider: 'custom', priority: -1 },
    );
    const given = await chat(gateway, victim, { model });
    expect(routeOf(given)).not.toContain('platform=2');
    const health = ((await keyOf(gateway, victim, id)).json.health ?? {}) as JsonObject;
    expect(health.last_error).toMatchObject({ kind: 'quota' });
  });
});
