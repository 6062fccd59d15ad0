import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import type { Fault, FaultyProxy } from '../embedded/faulty-proxy.ts';
import { peekAt, type SecretPeek } from '../embedded/secret-peek.ts';
import {
  type Answer,
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
import { type Gateway, keyStores, runSweep, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const down: Fault = { status: 503, type: 'InternalServiceError' };
const platformKey = fakeKey();

/** Breaks every change of a record; `match`: only those whose body holds it. */
function breaksRecord(proxy: FaultyProxy, fault: Fault, match = ''): void {
  proxy.fault((called, body) => (isRecord(called, body) && body.includes(match) ? fault : undefined));
}

function isRecord(operation: string, body: string): boolean {
  return operation === 'UpdateItem' && body.includes('"keyway-config"');
}

describe.each(['secrets-manager', 'kms'] as const)('changes of a key, whose secret lies in %s', (store) => {
  let stores: Stores;
  let provider: FakeOpenAi;
  /** Two processes on the same stores: changes go through one, requests through the other. */
  let here: Gateway;
  let there: Gateway;
  let tenant: Tenant;
  let peek: SecretPeek;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    peek = peekAt(store, stores);
    const settings = { OPENAI_BASE_URL: provider.url, ...keyStores[store] };
    [here, there] = await Promise.all([startGateway(stores, settings), startGateway(stores, settings)]);
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close(), provider.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    provider.reset();
    tenant = await createTenant(here);
  });
  const heal = () => {
    for (const proxy of [here.dynamo, here.secrets, there.dynamo, there.secrets]) proxy.fault(null);
  };
  afterEach(() => {
    heal();
    vi.useRealTimers();
  });

  const patch = (id: string, body: object, gateway = here): Promise<Answer> =>
    call(gateway, 'PATCH', `/v1/provider-keys/${id}`, { key: tenant.apiKey, body });
  const remove = (id: string): Promise<Answer> =>
    call(here, 'DELETE', `/v1/provider-keys/${id}`, { key: tenant.apiKey });
  const current = (id: string) => peek.current(tenant.id, id);
  const labels = (id: string) => peek.labels(tenant.id, id);
  const secretsOf = () => peek.keysOf(tenant.id);
  const keysOf = async () =>
    ((await call(here, 'GET', '/v1/provider-keys', { key: tenant.apiKey })).json.data as { id: string }[]).map(
      ({ id }) => id,
    );
  /** An hour and more later, when nothing can be under way any more. */
  const sweep = async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 60 * 60_000 });
    const swept = await runSweep(stores, keyStores[store]);
    vi.useRealTimers();
    return swept;
  };

  describe('hold for the next request in another process', () => {
    it('when the key is rotated, ten times over', async () => {
      let secret = fakeKey();
      const id = await addKey(here, tenant, secret);
      for (let i = 0; i < 10; i++) {
        await chat(there, tenant, { stream: i % 2 === 0 });
        expect(provider.calls.at(-1)?.credential).toBe(secret);
        secret = fakeKey();
        expect((await patch(id, { credential: secret })).json.version).toBe(i + 2);
      }
      expect(await current(id)).toBe(secret);
      expect((await labels(id)).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    });

    it.each([
      ['is deleted', (id: string) => remove(id), 204],
      ['is disabled', (id: string) => patch(id, { enabled: false }), 200],
    ])('when the key %s', async (_, change, status) => {
      const secret = fakeKey();
      const id = await addKey(here, tenant, secret);
      await chat(there, tenant);
      expect((await change(id)).status).toBe(status);
      expect(routeOf(await chat(there, tenant))).toBe('platform=200');
      expect(provider.callsOf(secret)).toBe(1);
    });

    it('and keep what is known of its health, but for those that may have mended it', async () => {
      const key = fakeKey();
      const id = await addKey(here, tenant, key);
      provider.treat(key, { status: 401, error: { code: 'invalid_api_key', message: 'Incorrect API key provided.' } });
      await chat(there, tenant);
      const stateOf = async () => ((await keyOf(here, tenant, id)).json.health as { state: string }).state;
      expect((await patch(id, { label: 'renamed', priority: 3 })).status).toBe(200);
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=cooldown:credential, platform=200`);
      expect(await stateOf()).toBe('cooling_down');
      provider.reset();
      expect((await patch(id, { enabled: true })).status).toBe(200);
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=200`);
      expect(await stateOf()).toBe('healthy');
    });

    it('when the key becomes exclusive', async () => {
      const secret = fakeKey();
      const id = await addKey(here, tenant, secret);
      provider.treat(secret, { status: 401, error: { code: 'invalid_api_key' } });
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=credential:401, platform=200`);
      await patch(id, { fallback_enabled: false });
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=credential:401, platform=skipped:exclusive`);
      expect(provider.callsOf(platformKey)).toBe(1);
    });

    it('when the API key is revoked', async () => {
      const { json } = await call(here, 'POST', '/v1/api-keys', {
        key: tenant.apiKey,
        body: { scopes: ['inference'] },
      });
      const second = { ...tenant, apiKey: String(json.key) };
      expect((await chat(there, second)).status).toBe(200);
      await call(here, 'DELETE', `/v1/api-keys/${json.id}`, { key: tenant.apiKey });
      const answer = await chat(there, second);
      expect([answer.status, errorOf(answer).code]).toEqual([403, 'key_disabled']);
    });
  });

  // The other store has nothing that a tenant could write to.
  if (store === 'secrets-manager')
    it('serves tenants who rotate where the secret lies: a refusal makes the gateway read it once more', async () => {
      const [old, fresh] = [fakeKey(), fakeKey()];
      const id = await addKey(here, tenant, old);
      await chat(there, tenant);
      const SecretId = `keyway/tenants/${tenant.id}/${id}`;
      await stores.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: fresh }));
      provider.treat(old, { status: 401, error: { code: 'invalid_api_key' } });
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=200`);
      expect(routeOf(await chat(there, tenant))).toBe(`byok(${id})=200`);
      expect([provider.callsOf(old), provider.callsOf(fresh)]).toEqual([2, 2]);
    });

  it.each(Array.from({ length: 8 }, (_, i) => i))(
    'gives two rotations at the same moment one winner and one 409 (%i)',
    async (i) => {
      const id = await addKey(here, tenant, fakeKey());
      const secrets = [fakeKey(), fakeKey()];
      // The calls interleave differently each time.
      const answers = await Promise.all(
        secrets.map((credential, n) => patch(id, { credential }, (n + i) % 2 === 0 ? here : there)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const winner = secrets[answers.findIndex(({ status }) => status === 200)] ?? '';
      await chat(here, tenant);
      await chat(there, tenant);
      expect(provider.calls.map(({ credential }) => credential)).toEqual([winner, winner]);
      expect(await current(id)).toBe(winner);
      expect((await labels(id)).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    },
  );

  it('lets the one with the record win when many rotate at once, and leaves no label behind', async () => {
    const id = await addKey(here, tenant, fakeKey());
    const secrets = Array.from({ length: 12 }, fakeKey);
    const answers = await Promise.all(
      secrets.map((credential, n) => patch(id, { credential }, n % 2 === 0 ? here : there)),
    );
    const won = secrets.filter((_, n) => answers[n]?.status === 200);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    await chat(there, tenant);
    expect(won).toContain(provider.calls[0]?.credential);
    expect(await current(id)).toBe(provider.calls[0]?.credential);
    expect((await labels(id)).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  describe('that break off half-way', () => {
    it('a creation whose record is not written leaves a secret that the sweep removes', async () => {
      breaksRecord(here.dynamo, down, 'pk_');
      const answer = await call(here, 'POST', '/v1/provider-keys', {
        key: tenant.apiKey,
        body: { provider: 'openai', credential: fakeKey() },
      });
      expect([answer.status, errorOf(answer).code]).toEqual([503, 'service_unavailable']);
      here.dynamo.fault(null);
      expect(await keysOf()).toEqual([]);
      expect(await secretsOf()).toHaveLength(1);
      expect((await runSweep(stores, keyStores[store])).removed).toBe(0);
      expect((await sweep()).removed).toBe(1);
      expect(await secretsOf()).toEqual([]);
    });

    it.each(['record', 'secret'])(
      'a creation whose answer to the write of its %s is lost is done, with its secret',
      async (what) => {
        const secret = fakeKey();
        let lost = 0;
        const lose = (called: string, body: string): Fault | undefined =>
          (what === 'record' ? isRecord(called, body) : peek.is('create', called, body)) &&
          body.includes('pk_') &&
          lost++ === 0
            ? 'lost answer'
            : undefined;
        here.dynamo.fault(lose);
        here.secrets.fault(lose);
        const id = await addKey(here, tenant, secret);
        expect(lost).toBeGreaterThan(1);
        expect([await keysOf(), await secretsOf()]).toEqual([[id], [id]]);
        await chat(there, tenant);
        expect(provider.calls[0]?.credential).toBe(secret);
      },
    );

    it('a creation whose every answer is lost leaves a key with its secret', async () => {
      breaksRecord(here.dynamo, 'lost answer', 'pk_');
      const secret = fakeKey();
      await call(here, 'POST', '/v1/provider-keys', {
        key: tenant.apiKey,
        body: { provider: 'openai', credential: secret },
      });
      here.dynamo.fault(null);
      expect(await keysOf()).toEqual(await secretsOf());
      await sweep();
      await chat(there, tenant);
      expect(provider.calls[0]?.credential).toBe(secret);
    });

    it('a rotation whose secret is not written changes nothing', async () => {
      const old = fakeKey();
      const id = await addKey(here, tenant, old);
      peek.breaks(here, 'write', () => down);
      expect((await patch(id, { credential: fakeKey() })).status).toBe(503);
      await chat(there, tenant);
      expect(provider.calls[0]?.credential).toBe(old);
      expect(await labels(id)).toEqual(['AWSCURRENT']);
    });

    it('a rotation whose record is not written leaves the old secret in use and current; the sweep drops the new one', async () => {
      const old = fakeKey();
      const id = await addKey(here, tenant, old);
      breaksRecord(here.dynamo, down, id);
      expect((await patch(id, { credential: fakeKey() })).status).toBe(503);
      here.dynamo.fault(null);
      await chat(there, tenant);
      expect(provider.calls[0]?.credential).toBe(old);
      expect(await current(id)).toBe(old);
      expect(await labels(id)).toHaveLength(2);
      expect(await sweep()).toMatchObject({ removed: 0, settled: 1 });
      expect([await labels(id), await current(id)]).toEqual([['AWSCURRENT'], old]);
    });

    it('a rotation that is not settled holds all the same, and never falls back to the old secret; the sweep settles it', async () => {
      const [old, fresh] = [fakeKey(), fakeKey()];
      const id = await addKey(here, tenant, old, { fallback_enabled: false });
      peek.breaks(here, 'settle', () => down);
      expect((await patch(id, { credential: fresh })).status).toBe(200);
      expect(here.lines.at(-1)).toContain('"secret_not_current"');
      heal();
      expect(await current(id)).toBe(old);
      provider.treat(fresh, (nth) => (nth === 0 ? { status: 401, error: { code: 'invalid_api_key' } } : 'serve'));
      expect((await chat(there, tenant)).status).toBe(401);
      expect((await chat(there, tenant)).status).toBe(200);
      expect(provider.callsOf(old)).toBe(0);
      expect(await sweep()).toMatchObject({ removed: 0, settled: 1 });
      expect(await current(id)).toBe(fresh);
      expect((await labels(id)).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    });

    it('a deletion whose record stays changes nothing', async () => {
      const secret = fakeKey();
      const id = await addKey(here, tenant, secret);
      breaksRecord(here.dynamo, down);
      expect((await remove(id)).status).toBe(503);
      here.dynamo.fault(null);
      await chat(there, tenant);
      expect(provider.calls[0]?.credential).toBe(secret);
      expect([await keysOf(), await secretsOf()]).toEqual([[id], [id]]);
    });

    it('a deletion whose secret stays says so; the key is gone at once and the sweep removes the secret', async () => {
      const secret = fakeKey();
      const id = await addKey(here, tenant, secret);
      await chat(there, tenant);
      peek.breaks(here, 'remove', () => down);
      const answer = await remove(id);
      expect([answer.status, errorOf(answer).code, answer.headers.get('x-should-retry')]).toEqual([
        503,
        'service_unavailable',
        'false',
      ]);
      heal();
      expect((await keyOf(here, tenant, id)).status).toBe(404);
      expect(routeOf(await chat(there, tenant))).toBe('platform=200');
      expect(await secretsOf()).toEqual([id]);
      expect((await sweep()).removed).toBe(1);
      expect(await secretsOf()).toEqual([]);
    });

    it('a deletion whose answers are lost is complete', async () => {
      const id = await addKey(here, tenant, fakeKey());
      let lost = 0;
      here.dynamo.fault((called, body) =>
        called === 'UpdateItem' && body.includes('REMOVE') && lost++ === 0 ? 'lost answer' : undefined,
      );
      expect((await remove(id)).status).toBe(204);
      expect([await keysOf(), await secretsOf()]).toEqual([[], []]);
    });

    it('a rotation that meets a deletion leaves neither key nor secret', async () => {
      const id = await addKey(here, tenant, fakeKey());
      let deletion: Promise<Answer> | undefined;
      there.dynamo.fault((called, body) => {
        // The rotation has written its secret and is about to write its record.
        if (isRecord(called, body) && body.includes(id)) deletion ??= remove(id);
        return deletion === undefined ? undefined : down;
      });
      const rotation = patch(id, { credential: fakeKey() }, there);
      await vi.waitFor(() => expect(deletion).toBeDefined());
      expect((await deletion)?.status).toBe(204);
      there.dynamo.fault(null);
      expect([404, 409, 503]).toContain((await rotation).status);
      await sweep();
      expect([await keysOf(), await secretsOf()]).toEqual([[], []]);
    });

    it('a key whose secret was removed behind its back is mended by a rotation', async () => {
      const id = await addKey(here, tenant, fakeKey(), { fallback_enabled: false });
      await peek.remove(tenant.id, id);
      const answer = await chat(there, tenant);
      expect([answer.status, errorOf(answer).code]).toEqual([502, 'provider_secret_unavailable']);
      expect((await patch(id, { credential: fakeKey() })).status).toBe(200);
      expect((await chat(there, tenant)).status).toBe(200);
      expect(provider.callsOf(platformKey)).toBe(0);
    });
  });
});
