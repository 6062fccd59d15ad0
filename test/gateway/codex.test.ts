import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Behaviour, type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { addKey, call, createTenant, errorOf, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const code = 'context_length_exceeded';
const message = 'Your input exceeds the context window of this model. Please adjust your input and try again.';

describe('a conversation of Codex that is too long', () => {
  let stores: Stores;
  let fake: FakeOpenAi;
  let gateway: Gateway;
  let tenant: Tenant;
  const credential = fakeKey();

  beforeAll(async () => {
    [stores, fake] = await Promise.all([startStores(), startFakeOpenAi()]);
    gateway = await startGateway(stores, { OPENAI_BASE_URL: fake.url });
    tenant = await createTenant(gateway);
    await addKey(gateway, tenant, credential, { fallback_enabled: false });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), fake.close()]);
    await stores.close();
  });
  beforeEach(() => fake.reset());

  // The second is what OpenAI itself does (https://github.com/openai/codex/issues/2921), the third what it did in June 2026
  // (https://github.com/hachej/boring-ui/issues/371).
  it.each<[string, Behaviour]>([
    ['at once', { status: 400, error: { message, type: 'invalid_request_error', param: 'input', code } }],
    [
      'in the stream',
      {
        event: {
          type: 'response.failed',
          sequence_number: 2,
          response: { id: 'resp_1', object: 'response', status: 'failed', output: [], error: { code, message } },
        },
        after: 'nothing',
      },
    ],
    [
      'in the stream, by itself',
      { event: { type: 'error', sequence_number: 2, code, message, param: 'input' }, after: 'nothing' },
    ],
  ])('is refused by OpenAI %s, and Codex is told in the words that make it shorten it', async (_, behaviour) => {
    fake.treat(credential, behaviour);
    const ask = (agent: string) =>
      call(gateway, 'POST', '/v1/responses', {
        key: tenant.apiKey,
        body: { model: 'openai/gpt-5-mini', input: 'ping', stream: true },
        headers: { 'user-agent': agent },
      });
    const codex = await ask('codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)');
    expect(codex.status, codex.text).toBe(400);
    expect(errorOf(codex)).toMatchObject({ code, provider_error: { code } });
    const other = await ask('OpenAI/JS 7.57.0');
    expect(other.status).toBe(400);
    expect(errorOf(other)).toMatchObject({ code: 'invalid_request', provider_error: { code } });
  });
});
