import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUlid } from '../../functions/core/ids.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import { countCalls } from '../embedded/faulty-proxy.ts';
import { addKey, call, chat, createTenant, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { adminToken, type Gateway, keyStores, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const platformKey = fakeKey();
const tenants = 24;
const atOnce = 60;

const suites = [
  { store: 'secrets-manager' as const, requests: 2400 },
  { store: 'kms' as const, requests: 600 },
];

describe.each(suites)('tenants whose secrets lie in $store', ({ store, requests }) => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateways: [Gateway, Gateway];

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    const settings = { OPENAI_BASE_URL: provider.url, ...keyStores[store] };
    gateways = [await startGateway(stores, settings), await startGateway(stores, settings)];
  });
  afterAll(async () => {
    await Promise.all([...gateways.map((gateway) => gateway.close()), provider.close()]);
    await stores.close();
  });

  it(`never meet: ${requests} interleaved requests of ${tenants} workspaces with look-alike keys each carry their own credential`, async () => {
    const base = fakeKey();
    // One character apart, with the same beginning, end and label.
    const lookAlike = (n: number) => `${base.slice(0, 20)}${String.fromCharCode(97 + n)}${base.slice(21)}`;
    const owners = await Promise.all(
      Array.from({ length: tenants }, async (_, n) => {
        const tenant = await createTenant(gateways[0], '0');
        await addKey(gateways[0], tenant, lookAlike(n), { label: 'production', fallback_enabled: n % 2 === 0 });
        return { n, tenant };
      }),
    );
    const seen: { owner: number; answer: string }[] = [];
    let sent = 0;
    const work = async () => {
      for (let i = sent++; i < requests; i = sent++) {
        // A stride that is no divisor mixes tenants, processes and forms.
        const owner = owners[(i * 7) % tenants];
        if (owner === undefined) throw new Error('no owner');
        const answer = await chat(gateways[i % 2 === 0 ? 0 : 1], owner.tenant, {
          stream: i % 3 === 0,
          messages: [{ role: 'user', content: `request of ${owner.n}.` }],
        });
        expect(answer.status).toBe(200);
        seen.push({ owner: owner.n, answer: answer.text });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(seen).toHaveLength(requests);
    for (const { owner, answer } of seen) expect(answer).toContain(`request of ${owner}.`);
    expect(provider.calls).toHaveLength(requests);
    const strays = provider.calls.filter(({ credential, body }) => {
      const owner = Number(/request of (\d+)\./.exec(String(body.messages?.[0]?.content))?.[1]);
      return credential !== lookAlike(owner);
    });
    expect(strays).toEqual([]);
  }, 90_000);

  describe('cannot find out what others have', () => {
    let victim: Tenant;
    let curious: Tenant;
    let keyId: string;
    let apiKeyId: string;
    let requestId: string;

    beforeAll(async () => {
      [victim, curious] = [await createTenant(gateways[0]), await createTenant(gateways[0])];
      keyId = await addKey(gateways[0], victim, fakeKey());
      apiKeyId = String(
        (await call(gateways[0], 'POST', '/v1/api-keys', { key: victim.apiKey, body: { scopes: ['inference'] } })).json
          .id,
      );
      requestId = String((await chat(gateways[0], victim)).headers.get('x-request-id'));
    });

    const nobodys = (prefix: string) => `${prefix}_${formatUlid(Date.now(), new Uint8Array(10))}`;

    it.each<[string, string, () => string, object | undefined]>([
      ['GET', '/v1/provider-keys/', () => keyId, undefined],
      ['PATCH', '/v1/provider-keys/', () => keyId, { label: 'mine' }],
      ['PATCH', '/v1/provider-keys/', () => keyId, { credential: fakeKey() }],
      ['DELETE', '/v1/provider-keys/', () => keyId, undefined],
      ['POST test', '/v1/provider-keys/', () => keyId, {}],
      ['PATCH', '/v1/api-keys/', () => apiKeyId, { name: 'mine' }],
      ['DELETE', '/v1/api-keys/', () => apiKeyId, undefined],
      ['GET', '/v1/logs/', () => requestId, undefined],
    ])(
      '%s %s of another workspace: the same 404 and the same work as for an id of nobody',
      async (method, path, id, body) => {
        const [gateway] = gateways;
        const ask = async (which: string) => {
          gateway.dynamo.calls.length = 0;
          gateway.secrets.calls.length = 0;
          const [verb = '', suffix] = method.split(' ');
          const { status, json } = await call(
            gateway,
            verb,
            `${path}${which}${suffix === undefined ? '' : `/${suffix}`}`,
            {
              key: curious.apiKey,
              ...(body !== undefined && { body }),
            },
          );
          return {
            status,
            error: json.error,
            dynamo: countCalls(gateway.dynamo.calls),
            secrets: countCalls(gateway.secrets.calls),
          };
        };
        const theirs = await ask(id());
        expect(theirs.status).toBe(404);
        expect(theirs.secrets).toEqual({});
        expect(await ask(nobodys(id().split('_')[0] ?? ''))).toEqual(theirs);
      },
    );

    it('by pinning a key: the same 404 for that of another workspace and for one of nobody', async () => {
      await addKey(gateways[0], curious, fakeKey());
      const [theirs, none] = await Promise.all(
        [keyId, nobodys('pk')].map((id) => chat(gateways[0], curious, {}, { 'x-keyway-provider-key': id })),
      );
      expect(theirs?.status).toBe(404);
      expect(none?.json.error).toEqual(theirs?.json.error);
    });

    it('by trying API keys: the same 401 and the same work for a workspace that is there and for one that is not', async () => {
      const ask = async (workspace: string) => {
        gateways[0].dynamo.calls.length = 0;
        const { status, json } = await call(gateways[0], 'GET', '/v1/models', {
          key: `kw_${workspace.slice(3)}_${'x'.repeat(44)}`,
        });
        return { status, error: json.error, dynamo: countCalls(gateways[0].dynamo.calls) };
      };
      const known = await ask(victim.id);
      expect(known.status).toBe(401);
      expect(await ask(nobodys('ws'))).toEqual(known);
    });

    it('and an operator gets a 404 for a workspace that is not there', async () => {
      expect(
        (await call(gateways[0], 'PATCH', `/v1/workspaces/${nobodys('ws')}`, { key: adminToken, body: { name: 'x' } }))
          .status,
      ).toBe(404);
    });
  });
});
