import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withHeartbeat } from '../../functions/http/heartbeat.ts';
import { newId } from '../../functions/http/incoming.ts';
import { noIds } from '../core/samples.ts';
import { startFakeOpenAi } from '../embedded/fake-openai.ts';
import { addKey, call, createTenant, fakeKey } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const platformKey = fakeKey();

describe('a stream whose caller leaves before anything of it was read', () => {
  let stores: Stores;
  let gateway: Gateway;
  let provider: Awaited<ReturnType<typeof startFakeOpenAi>>;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  it.each([false, true])('is logged and settled (own key: %s)', async (ownKey) => {
    const tenant = await createTenant(gateway, '1');
    if (ownKey) await addKey(gateway, tenant, fakeKey());
    const leaving = new AbortController();
    const at = Date.now();
    const requestId = newId('req', at);
    const body = JSON.stringify({
      model: 'gpt-4o-mini',
      stream: true,
      max_tokens: 10,
      messages: [{ role: 'user', content: 'ping' }],
    });
    const request = {
      requestId,
      at,
      started: performance.now(),
      method: 'POST',
      path: '/v1/chat/completions',
      resource: '/v1/chat/completions',
      query: {},
      headers: {},
      bearer: tenant.apiKey,
      body,
    };
    const reply = await gateway.infer({
      ...request,
      client: { user_agent: null, ip: null },
      traceparent: null,
      ids: noIds,
      callerLeft: leaving.signal,
      admit: () => {},
      remainingMs: 60_000,
    });
    if (typeof reply.body === 'string' || reply.body instanceof Uint8Array)
      throw new Error(`No stream: ${String(reply.body)}`);
    const stream = withHeartbeat(reply.body);
    leaving.abort();
    stream.destroy();
    await once(stream, 'close');
    const record = (await call(gateway, 'GET', `/v1/logs/${requestId}`, { key: tenant.apiKey })).json;
    expect(record).toMatchObject({
      status: 499,
      error_code: 'client_closed_request',
      settled: true,
      attempts: [{ kind: 'cancelled' }],
    });
    expect((await call(gateway, 'GET', '/v1/balance', { key: tenant.apiKey })).json).toMatchObject({
      held_usd: '0.0000000',
    });
  });
});
