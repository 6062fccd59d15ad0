import { createServer, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Listening, listen, readBody } from '../../local/listening.ts';
import { type LambdaAccount, startLambdaAccount, throttledHeader } from '../embedded/lambda-account.ts';
import { addKey, call, chat, createTenant, errorOf, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { adminToken, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

/** `SLOW_STREAMS=1000 npm test -- test/gateway/slow-streams.test.ts`: a thousand, which keep a machine busy for a while. */
const streams = Number(process.env.SLOW_STREAMS ?? 100);
const places = streams / 5;

/** What the sweep reserves (lib/gateway-stack.ts). */
const reserved = { operator: 5, 'provider-keys': 10, records: 10, workspace: 40 };

const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

/** A provider whose streams begin and go on until they are released; whole answers come at once. */
async function startSlowProvider(): Promise<Listening & { waiting: ServerResponse[]; release(): void }> {
  const waiting: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    const { stream } = JSON.parse(String(await readBody(request))) as { stream?: boolean };
    if (stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event({ content: 'slow' }));
      return void waiting.push(response);
    }
    const choices = [{ index: 0, message: { role: 'assistant', content: 'fast' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const body = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.keepAliveTimeout = 120_000;
  return {
    ...(await listen(server)),
    waiting,
    release() {
      for (const response of waiting.splice(0)) response.end(`${event({}, 'stop')}data: [DONE]\n\n`);
    },
  };
}

describe('one workspace with many slow streams', () => {
  let stores: Stores;
  let provider: Awaited<ReturnType<typeof startSlowProvider>>;
  let gateway: Gateway;
  let account: LambdaAccount;
  let greedy: Tenant;
  let other: Tenant;
  beforeEach(async () => {
    [stores, provider] = await Promise.all([startStores(), startSlowProvider()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    [greedy, other] = await Promise.all([createTenant(gateway), createTenant(gateway)]);
    for (const tenant of [greedy, other]) await addKey(gateway, tenant, fakeKey());
  });
  afterEach(async () => {
    provider.release();
    await account.close();
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  /** The status of each stream, told when it has begun or was refused; its text, once it has ended. */
  const open = async (count: number) => {
    const body = JSON.stringify({ model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'ping' }] });
    const headers = { authorization: `Bearer ${greedy.apiKey}`, 'content-type': 'application/json' };
    const begin = () => fetch(`${account.url}/v1/chat/completions`, { method: 'POST', headers, body });
    const answers: Response[] = [];
    // So many at a moment that the embedded stores answer in time.
    while (answers.length < count)
      answers.push(...(await Promise.all(Array.from({ length: Math.min(20, count - answers.length) }, begin))));
    return { answers, texts: Promise.all(answers.map((answer) => answer.text().catch(() => 'cut'))) };
  };
  const count = (answers: Response[], status: number) => answers.filter((answer) => answer.status === status).length;

  /** What an operator and tenants do to look and to help. */
  async function manage(): Promise<number[]> {
    const calls: Parameters<typeof call>[] = [
      [account, 'GET', '/v1/workspaces', { key: adminToken }],
      [account, 'PATCH', `/v1/workspaces/${greedy.id}`, { key: adminToken, body: { name: 'greedy' } }],
      [account, 'GET', '/v1/logs', { key: greedy.apiKey }],
      [account, 'GET', '/v1/api-keys', { key: other.apiKey }],
      [account, 'GET', '/v1/provider-keys', { key: other.apiKey }],
      [account, 'GET', '/healthz', {}],
    ];
    return (await Promise.all(calls.map((each) => call(...each)))).map(({ status }) => status);
  }
  const allWell = [200, 200, 200, 200, 200, 200];

  it('gets as many as it may, and all others are served meanwhile', { timeout: 300_000 }, async () => {
    account = await startLambdaAccount(gateway.url, { executions: streams + 65, reserved });
    const limit = { key: adminToken, body: { requests_in_flight: places } };
    await call(account, 'PATCH', `/v1/workspaces/${greedy.id}`, limit);
    const { answers, texts } = await open(streams);
    expect([count(answers, 200), count(answers, 429)]).toEqual([places, streams - places]);
    expect(account.running('inference')).toBe(places);

    const [served, again] = [await chat(account, other), await chat(account, greedy)];
    expect(served.status).toBe(200);
    expect([again.status, errorOf(again).code]).toEqual([429, 'rate_limit_exceeded']);
    expect(await manage()).toEqual(allWell);

    provider.release();
    const whole = (await texts).filter((text) => text.endsWith('data: [DONE]\n\n'));
    expect(whole).toHaveLength(places);
    expect((await chat(account, greedy)).status).toBe(200);
  });

  it('without a limit takes all that inference has, and what manages still answers', { timeout: 60_000 }, async () => {
    account = await startLambdaAccount(gateway.url, { executions: 95, reserved });
    const { answers, texts } = await open(40);
    expect([count(answers, 200), count(answers, 500)]).toEqual([30, 10]);
    expect(await manage()).toEqual(allWell);
    const refused = await chat(account, other);
    expect([refused.status, refused.headers.get(throttledHeader)]).toEqual([500, 'inference']);
    // What an operator then does holds from the next request on.
    const body = { suspended: true, suspended_reason: 'Too many streams.' };
    expect((await call(account, 'PATCH', `/v1/workspaces/${greedy.id}`, { key: adminToken, body })).status).toBe(200);
    provider.release();
    await texts;
    expect((await chat(account, greedy)).status).toBe(403);
    expect((await chat(account, other)).status).toBe(200);
  });

  it('would keep everybody out if nothing were reserved', { timeout: 60_000 }, async () => {
    account = await startLambdaAccount(gateway.url, { executions: 20, reserved: {} });
    await open(25);
    expect(await manage()).toEqual([500, 500, 500, 500, 500, 500]);
  });
});
