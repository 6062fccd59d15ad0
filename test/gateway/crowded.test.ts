import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  goodAnswer,
  type ScriptedCall,
  type ScriptedProvider,
  sendJson,
  startScriptedProvider,
} from '../embedded/scripted-provider.ts';
import { call, chat, createTenant, errorOf, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { adminToken, type Gateway, readTables, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

describe('a workspace with many platform requests at once', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateways: Gateway[];
  let waiting: { asked: ScriptedCall; response: ServerResponse }[];

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: fakeKey() }), startScriptedProvider()]);
    gateways = await Promise.all([1, 2].map(() => startGateway(stores, { OPENAI_BASE_URL: `${provider.url}/v1` })));
  });
  afterAll(async () => {
    await Promise.all([...gateways.map((each) => each.close()), provider.close()]);
    await stores.close();
  });
  beforeEach(() => {
    waiting = [];
    provider.does((asked, response) => void waiting.push({ asked, response }));
  });

  const gateway = (i = 0) => gateways[i] as Gateway;
  const request = { max_tokens: 100 };
  const shardsOf = async (tenant: Tenant) =>
    (await readTables(stores.dynamo.url)).filter((text) => text.includes(`"WS#${tenant.id.slice(3)}#`)).length;
  const balanceOf = async (tenant: Tenant) =>
    (await call(gateway(), 'GET', '/v1/balance', { key: tenant.apiKey })).json;

  /** So many requests at the provider at the same moment, over both gateways. */
  async function crowd(tenant: Tenant, count: number) {
    const running: ReturnType<typeof chat>[] = [];
    for (let i = 0; i < count; i++) {
      running.push(chat(gateway(i % 2), tenant, request));
      while (waiting.length <= i) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return running;
  }
  async function answerAll(running: ReturnType<typeof chat>[]) {
    for (const { asked, response } of waiting) sendJson(response, goodAnswer(asked));
    return Promise.all(running);
  }

  it('keeps its holds in shards too, is charged to the digit, and everyone sees one balance', async () => {
    const tenant = await createTenant(gateway(), '10');
    const running = await crowd(tenant, 40);
    expect(await shardsOf(tenant)).toBeGreaterThan(5);
    const during = await balanceOf(tenant);
    const answers = await answerAll(running);
    expect(answers.map(({ status }) => status)).toEqual(running.map(() => 200));
    const cost = Number((answers[0]?.json.usage as { cost: string } | undefined)?.cost);
    expect(cost).toBeGreaterThan(0);
    const left = (10 - 40 * cost).toFixed(7);
    // Forty holds of the same amount, wherever they lie.
    expect(during).toMatchObject({ balance_usd: '10.0000000' });
    expect(Number(during.held_usd)).toBeGreaterThan(40 * cost);
    expect(await balanceOf(tenant)).toMatchObject({ balance_usd: left, held_usd: '0.0000000', available_usd: left });
    const told = await call(gateway(1), 'GET', `/v1/workspaces/${tenant.id}`, { key: adminToken });
    expect(told.json).toMatchObject({ balance_usd: left, held_usd: '0.0000000' });
    const topUp = await call(gateway(), 'POST', `/v1/workspaces/${tenant.id}/credits`, {
      key: adminToken,
      body: { amount_usd: '1', idempotency_key: 'a' },
    });
    expect(topUp.json).toMatchObject({ balance_usd: (11 - 40 * cost).toFixed(7) });
  });

  it('can spend all of its credit in one request, though some of it lies in shards', async () => {
    const tenant = await createTenant(gateway(), '10');
    await answerAll(await crowd(tenant, 40));
    const home = (await readTables(stores.dynamo.url)).find(
      (text) => text.includes(`"WS#${tenant.id.slice(3)}"`) && text.includes('"BALANCE"'),
    );
    const most = { model: 'gpt-4o', n: 61, max_tokens: 16_384 };
    // 61 · 16,384 tokens at 10 USD per million.
    expect(Number(/"available":\{"N":"(\d+)"/.exec(home ?? '')?.[1])).toBeLessThan(9_994_240_000);
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
    expect((await chat(gateway(), tenant, most)).status).toBe(200);
    const more = await chat(gateway(), tenant, { ...most, n: 70 });
    expect([more.status, errorOf(more).code]).toEqual([402, 'insufficient_credits']);
    expect((await balanceOf(tenant)).held_usd).toBe('0.0000000');
  });

  it('stops at once when the operator suspends it', async () => {
    const tenant = await createTenant(gateway(), '10');
    const running = await crowd(tenant, 30);
    await call(gateway(), 'PATCH', `/v1/workspaces/${tenant.id}`, { key: adminToken, body: { suspended: true } });
    const refused = await chat(gateway(1), tenant, request);
    expect([refused.status, errorOf(refused).code]).toEqual([403, 'workspace_suspended']);
    const answers = await answerAll(running);
    expect(answers.map(({ status }) => status)).toEqual(running.map(() => 200));
  });
});
