import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, parseJson } from '../../functions/core/json.ts';
import { type PatientProvider, startPatientProvider } from '../embedded/patient-provider.ts';
import { addKey, call, createTenant, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { aws, type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

/** `WEB_REQUESTS=2000 WEB_STREAMS=500 npm test -- test/gateway/web.test.ts`: more, which keep a machine busy for a while. */
const inFlight = Number(process.env.WEB_REQUESTS ?? 500);
const tenants = 20;
// The embedded stores take their time with so many at once.
const patience = { KEYWAY_FIRST_BYTE_TIMEOUT_MS: '600000', KEYWAY_ANSWER_TIMEOUT_MS: '600000' };

describe('many requests in one process', () => {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  let stores: Stores;
  let provider: PatientProvider;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: fakeKey() }), startPatientProvider()]);
  });
  afterAll(async () => {
    agent.destroy();
    await provider.close();
    await stores.close();
  });

  /** What a chat request is answered with, to its end. */
  function chat(url: string, tenant: Tenant, content: string, stream: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' };
      const request = httpRequest(
        `${url}/v1/chat/completions`,
        { method: 'POST', headers, agent },
        async (response) => {
          let text = '';
          for await (const piece of response) text += piece;
          resolve(text);
        },
      );
      request.on('error', reject);
      request.end(
        JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], stream, max_tokens: 10 }),
      );
    });
  }

  it(`keeps ${inFlight} of ${tenants} workspaces apart that are all in flight at once`, async () => {
    const gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...patience }, 'web');
    const owners = await Promise.all(
      Array.from({ length: tenants }, async (_, n) => {
        const key = fakeKey();
        const tenant = await createTenant(gateway, '0');
        await addKey(gateway, tenant, key, { fallback_enabled: n % 2 === 0 });
        return { key, tenant, n };
      }),
    );
    const asked = Array.from({ length: inFlight }, (_, i) => {
      const owner = owners[(i * 7) % tenants];
      if (owner === undefined) throw new Error('no owner');
      return { owner, content: `secret number ${i} of ${owner.n}.`, stream: i % 2 === 0 };
    });
    const answers = Promise.all(
      asked.map(({ owner, content, stream }) => chat(gateway.url, owner.tenant, content, stream)),
    );
    await waitUntil(() => provider.calls.length === inFlight);
    const health = await fetch(`${gateway.url}/healthz`);
    expect(health.status).toBe(200);
    provider.finish();
    for (const [i, text] of (await answers).entries()) expect(text).toContain(`You said ${asked[i]?.content}`);
    const keyFor = new Map(asked.map(({ owner, content }) => [content, owner.key]));
    expect(provider.calls.filter((each) => each.credential !== keyFor.get(each.asked))).toEqual([]);
    await gateway.close();
  }, 240_000);
});

describe('a process with no slot left', () => {
  it('refuses requests and key tests alike, and serves again when one ends', async () => {
    const [stores, provider] = await Promise.all([startStores(), startPatientProvider()]);
    const gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url, KEYWAY_MAX_IN_FLIGHT: '1' }, 'web');
    const tenant = await createTenant(gateway, '0');
    const id = await addKey(gateway, tenant, fakeKey());
    const ask = () =>
      call(gateway, 'POST', '/v1/chat/completions', {
        key: tenant.apiKey,
        body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }], max_tokens: 10 },
      });
    const test = () => call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body: {} });
    const first = ask();
    await waitUntil(() => provider.calls.length === 1);
    for (const { status, json } of [await ask(), await test()])
      expect([status, (json.error as { code: string }).code]).toEqual([503, 'service_unavailable']);
    expect(provider.calls).toHaveLength(1);
    provider.finish();
    expect((await first).status).toBe(200);
    expect((await test()).json.state).toBe('verified');
    await gateway.close();
    await Promise.all([provider.close(), stores.close()]);
  });
});

describe('the web server as a process', () => {
  const streams = Number(process.env.WEB_STREAMS ?? 200);
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  let stores: Stores;
  let provider: PatientProvider;
  let management: Gateway;
  let web: ChildProcess;
  let url: string;
  const lines: string[] = [];

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: fakeKey() }), startPatientProvider()]);
    management = await startGateway(stores);
    web = spawn(process.execPath, ['functions/web.ts'], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: {
        PATH: process.env.PATH,
        AWS_REGION: aws.region,
        AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
        AWS_ENDPOINT_URL_DYNAMODB: stores.dynamo.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: stores.secrets.url,
        OPENAI_BASE_URL: provider.url,
        AWS_LAMBDA_HTTP_ENDPOINT: '127.0.0.1:0',
        KEYWAY_DRAIN_MS: '1000',
        ...patience,
      },
    });
    url = await new Promise<string>((resolve) => {
      createInterface({ input: web.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        lines.push(line);
        const told = parseJson(line);
        if (isObject(told) && told.event === 'web_server_started') resolve(`http://127.0.0.1:${told.port}`);
      });
    });
  });
  afterAll(async () => {
    if (web.exitCode === null) web.kill('SIGKILL');
    agent.destroy();
    await Promise.all([provider.close(), management.close()]);
    await stores.close();
  });

  it(`ends ${streams} streams on SIGTERM with an honest end, a record each, and every hold settled`, async () => {
    const [own, paying] = [await createTenant(management, '0'), await createTenant(management, '100')];
    await addKey(management, own, fakeKey());
    const answers = Array.from({ length: streams }, (_, i) => streamed(i % 2 === 0 ? own : paying));
    await waitUntil(() => provider.calls.length === streams);
    await Promise.all(answers.map(({ begun }) => begun));
    const exited = once(web, 'exit');
    web.kill('SIGTERM');
    const texts = await Promise.all(answers.map(({ ended }) => ended));
    for (const text of texts)
      expect(text).toMatch(/You said hello[\s\S]*The gateway is being stopped[\s\S]*"code":"service_unavailable"/);
    expect(await exited).toEqual([0, null]);
    for (const tenant of [own, paying]) {
      const records = await recordsOf(tenant);
      expect(records).toHaveLength(streams / 2);
      expect(new Set(records.map(({ error_code }) => error_code))).toEqual(new Set(['service_unavailable']));
    }
    const balance = (await call(management, 'GET', '/v1/balance', { key: paying.apiKey })).json;
    expect(balance.held_usd).toBe('0.0000000');
    expect(Number(balance.balance_usd)).toBeLessThan(100);
  }, 240_000);

  function streamed(tenant: Tenant): { begun: Promise<unknown>; ended: Promise<string> } {
    const headers = { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' };
    const request = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', headers, agent });
    const messages = [{ role: 'user', content: 'hello' }];
    request.end(JSON.stringify({ model: 'gpt-4o-mini', messages, stream: true, max_tokens: 10 }));
    const begun = once(request, 'response');
    return {
      begun,
      ended: begun.then(async ([response]) => {
        let text = '';
        for await (const piece of response) text += piece;
        return text;
      }),
    };
  }

  async function recordsOf(tenant: Tenant): Promise<{ error_code: string | null }[]> {
    const all: { error_code: string | null }[] = [];
    let cursor: string | null = null;
    do {
      const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { json } = await call(management, 'GET', `/v1/logs?limit=100${at}`, { key: tenant.apiKey });
      all.push(...(json.data as typeof all));
      cursor = json.next_cursor as string | null;
    } while (cursor !== null);
    return all;
  }
});

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
