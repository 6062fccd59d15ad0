import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretStoreName } from '../../../functions/core/accounts/secret-store.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { type MoveDeps, moveSecret, moveSecrets } from '../../../functions/gateway/keys/move-secrets.ts';
import { createDynamoDb } from '../../../functions/stores/dynamodb/dynamodb.ts';
import { createDataKeys } from '../../../functions/stores/envelope/data-keys.ts';
import { moveDeps, readOptions } from '../../../scripts/migrate-keys.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../embedded/fake-openai.ts';
import { peekAt, type SecretPeek } from '../../embedded/secret-peek.ts';
import { addKey, call, chat, createTenant, fakeKey, keyOf, routeOf, type Tenant } from '../../embedded/workspace.ts';
import {
  aws,
  type Gateway,
  keyStores,
  runSweep,
  type Stores,
  startGateway,
  startStores,
} from '../../embedded-gateway.ts';

const other = (store: SecretStoreName): SecretStoreName => (store === 'kms' ? 'secrets-manager' : 'kms');
const settingsOf = (store: SecretStoreName) => ({
  ...keyStores.kms,
  KEYWAY_KEY_STORE: store,
  KEYWAY_OTHER_KEY_STORE: '1',
});
const hour = 60 * 60_000;

let stores: Stores;
let provider: FakeOpenAi;
let tenant: Tenant;
let gateways: Record<SecretStoreName, Gateway>;
let peeks: Record<SecretStoreName, SecretPeek>;

beforeAll(async () => {
  [stores, provider] = await Promise.all([startStores(), startFakeOpenAi()]);
  const gatewayOf = (store: SecretStoreName) =>
    startGateway(stores, { OPENAI_BASE_URL: provider.url, ...settingsOf(store) });
  gateways = { kms: await gatewayOf('kms'), 'secrets-manager': await gatewayOf('secrets-manager') };
  peeks = { kms: peekAt('kms', stores), 'secrets-manager': peekAt('secrets-manager', stores) };
});
afterAll(async () => {
  await Promise.all([gateways.kms.close(), gateways['secrets-manager'].close(), provider.close()]);
  await stores.close();
});
beforeEach(async () => {
  provider.reset();
  tenant = await createTenant(gateways.kms, '0');
});
afterEach(() => {
  vi.useRealTimers();
});

const reported: string[] = [];
/** The operator's own rights: both actions of KMS. */
const operatorsDeps = (to: SecretStoreName): MoveDeps => {
  const credentials = { ...aws.credentials, accessKeyId: 'AKIDOFTHEOPERATOR' };
  const around = {
    dynamo: () => createDynamoDb({ ...aws, endpoint: stores.dynamo.url }),
    secretsManager: () => stores.secretsManager,
    dataKeys: (key: string) => createDataKeys(key, { ...aws, endpoint: stores.kms.url, credentials }),
    events: () => null,
    report: (event: string, details: object) => void reported.push(JSON.stringify({ event, ...details })),
    print: () => undefined,
  };
  return moveDeps({ to, perSecond: 1000 }, around, settingsOf(to));
};
const sweepAfter = async (ms: number) => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  const swept = await runSweep(stores, settingsOf('kms'));
  vi.useRealTimers();
  return swept;
};
const holders = async (id: string) =>
  (
    await Promise.all(
      (['secrets-manager', 'kms'] as const).map(async (store) =>
        (await peeks[store].keysOf(tenant.id)).includes(id) ? [store] : [],
      ),
    )
  ).flat();
/** A process that knows nothing yet, of the deployment that writes to `store`, uses the key. */
const used = async (id: string, gateway = gateways.kms): Promise<string | undefined> => {
  const answer = await chat(gateway, tenant);
  expect(routeOf(answer), answer.text).toBe(`byok(${id})=200`);
  return provider.calls.at(-1)?.credential;
};
const test = (id: string, gateway: Gateway) =>
  call(gateway, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey, body: {} });

const onlyHere = (deps: MoveDeps): MoveDeps => ({
  ...deps,
  async *workspaces(after) {
    if (after === null) yield [tenant.id];
  },
});

/** Every call that the move makes of the stores goes through `step`, which is told how many came before it. */
function stepped(deps: MoveDeps, step: (nth: number) => Promise<void>): MoveDeps {
  let nth = 0;
  const through =
    <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await step(nth++);
      return run(...args);
    };
  return {
    ...deps,
    keys: { ...deps.keys, list: through(deps.keys.list), put: through(deps.keys.put) },
    read: (store) => ({ readTenant: through(deps.read(store).readTenant) }),
    secrets: {
      ...deps.secrets,
      in(store) {
        const { write, promote, discard, remove } = deps.secrets.in(store);
        return { write: through(write), promote: through(promote), discard: through(discard), remove: through(remove) };
      },
    },
  };
}

describe.each(['kms', 'secrets-manager'] as const)('moving secrets to %s', (to) => {
  const from = other(to);

  it('keeps every key at work, in processes of before and after, until the sweep retires what it left', async () => {
    const [first, second] = [fakeKey(), fakeKey()];
    const id = await addKey(gateways[from], tenant, first, { priority: 0 });
    const more = await addKey(gateways[from], tenant, second, { priority: 1 });
    expect(await holders(id)).toEqual([from]);
    expect(await used(id)).toBe(first);

    let running = true;
    const traffic = (async () => {
      for (let i = 0; running; i++) {
        expect((await chat(gateways[i % 2 === 0 ? to : from], tenant, { stream: i % 3 === 0 })).status).toBe(200);
        expect((await test(id, gateways[i % 2 === 0 ? from : to])).json.state).toBe('verified');
      }
    })();
    const before = (await keyOf(gateways[to], tenant, id)).json;
    const moved = await moveSecrets(operatorsDeps(to));
    running = false;
    await traffic;
    expect(moved).toMatchObject({ failed: 0 });
    expect(moved.moved).toBeGreaterThanOrEqual(2);
    expect((await moveSecrets(operatorsDeps(to))).moved).toBe(0);
    expect((await keyOf(gateways[to], tenant, id)).json).toEqual({ ...before, version: Number(before.version) + 1 });
    expect((await holders(id)).sort()).toEqual(['kms', 'secrets-manager']);

    expect((await sweepAfter(23 * hour)).moved).toBe(0);
    expect((await sweepAfter(25 * hour)).moved).toBeGreaterThanOrEqual(2);
    expect([await holders(id), await holders(more)]).toEqual([[to], [to]]);
    const only = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores[to] });
    expect(await used(id, only)).toBe(first);
    expect((await peeks[to].labels(tenant.id, id)).filter((label) => label !== 'AWSPREVIOUS')).toEqual(['AWSCURRENT']);
    await only.close();
  });

  it('goes back at once, and after the sweep has retired what it left', async () => {
    const secret = fakeKey();
    const id = await addKey(gateways[from], tenant, secret);
    for (const target of [to, from, to]) await moveSecret(tenant.id, id, operatorsDeps(target));
    await sweepAfter(25 * hour);
    expect(await holders(id)).toEqual([to]);
    await moveSecret(tenant.id, id, operatorsDeps(from));
    await sweepAfter(25 * hour);
    expect(await holders(id)).toEqual([from]);
    const only = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores[from] });
    expect(await used(id, only)).toBe(secret);
    await only.close();
  });

  it('loses nothing and leaves nothing readable for good, wherever it is killed', async () => {
    let done = false;
    for (let kill = 0; !done; kill++) {
      done = true;
      const secret = fakeKey();
      const id = await addKey(gateways[from], tenant, secret, { label: `killed before step ${kill}` });
      const killed = stepped(operatorsDeps(to), async (nth) => {
        if (nth < kill) return;
        done = false;
        throw new Error('killed');
      });
      await moveSecret(tenant.id, id, killed).catch((error: Error) => expect(error.message).toBe('killed'));
      for (const gateway of [gateways[from], gateways[to]])
        expect((await test(id, gateway)).json.state).toBe('verified');
      expect(await used(id)).toBe(secret);

      // Once it is never run again: what it left goes, what the record names stays. Else it ends what it began.
      if (kill % 2 === 1) await moveSecret(tenant.id, id, operatorsDeps(to));
      await sweepAfter(49 * hour);
      expect(await holders(id)).toHaveLength(1);
      const [where = to] = await holders(id);
      expect(await peeks[where].current(tenant.id, id)).toBe(secret);
      expect((await test(id, gateways[where])).json.state).toBe('verified');
      await call(gateways[to], 'DELETE', `/v1/provider-keys/${id}`, { key: tenant.apiKey });
      expect(await holders(id)).toEqual([]);
      if (done) expect(kill).toBeGreaterThanOrEqual(8);
    }
  }, 60_000);

  it.each(['a rotation there', 'a rotation here', 'a change', 'a deletion'])(
    'gives way to %s, whenever that comes',
    async (what) => {
      for (let at = 0; at < 8; at++) {
        const [old, fresh] = [fakeKey(), fakeKey()];
        const id = await addKey(gateways[from], tenant, old);
        const path = `/v1/provider-keys/${id}`;
        const interfere = async () => {
          const rotation = { key: tenant.apiKey, body: { credential: fresh } };
          if (what === 'a rotation there') await call(gateways[to], 'PATCH', path, rotation);
          else if (what === 'a rotation here') await call(gateways[from], 'PATCH', path, rotation);
          else if (what === 'a change')
            await call(gateways[to], 'PATCH', path, { key: tenant.apiKey, body: { label: 'changed' } });
          else expect((await call(gateways[to], 'DELETE', path, { key: tenant.apiKey })).status).toBe(204);
        };
        await moveSecret(
          tenant.id,
          id,
          stepped(operatorsDeps(to), async (nth) => {
            if (nth === at) await interfere();
          }),
        ).catch((error: Error) => expect(what, error.message).toBe('a deletion'));
        await sweepAfter(49 * hour);
        if (what === 'a deletion') {
          expect(await holders(id)).toEqual([]);
          continue;
        }
        const expected = what === 'a change' ? old : fresh;
        expect(await used(id)).toBe(expected);
        const holding = await holders(id);
        expect(holding).toHaveLength(1);
        expect(await peeks[holding[0] ?? to].current(tenant.id, id)).toBe(expected);
        await call(gateways[to], 'DELETE', path, { key: tenant.apiKey });
      }
    },
    60_000,
  );

  it('is what a rotation does, too: the new secret goes where new ones go', async () => {
    const [old, fresh] = [fakeKey(), fakeKey()];
    const id = await addKey(gateways[from], tenant, old);
    await call(gateways[to], 'PATCH', `/v1/provider-keys/${id}`, { key: tenant.apiKey, body: { credential: fresh } });
    expect(await used(id)).toBe(fresh);
    await sweepAfter(25 * hour);
    expect(await holders(id)).toEqual([to]);
    expect(await used(id)).toBe(fresh);
  });

  it('serves those whom a restored configuration sends to the store of before', async () => {
    const secret = fakeKey();
    const id = await addKey(gateways[from], tenant, secret);
    const { keys } = operatorsDeps(to);
    const [before] = (await keys.list(tenant.id)).keys;
    await moveSecret(tenant.id, id, operatorsDeps(to));
    await sweepAfter(25 * hour);
    if (before === undefined) throw new Error('no key');
    await keys.put(tenant.id, { ...before, version: 7 }, 2);
    expect(await holders(id)).toEqual([to]);
    expect(await used(id, gateways[from])).toBe(secret);
    // Nor does the sweep take it for what a move left.
    expect((await sweepAfter(49 * hour)).moved).toBe(0);
    expect(await used(id, gateways[to])).toBe(secret);
  });

  it('reports what cannot be read, goes on, and stops when nothing can', async () => {
    const ids = [await addKey(gateways[from], tenant, fakeKey()), await addKey(gateways[from], tenant, fakeKey())];
    await peeks[from].remove(tenant.id, ids[0] ?? '');
    reported.length = 0;
    const moved = await moveSecrets(onlyHere(operatorsDeps(to)));
    expect(moved).toMatchObject({ moved: 1, failed: 1 });
    expect(reported.filter((line) => line.includes('secret_not_moved'))).toHaveLength(1);
    for (const id of ids) await call(gateways[to], 'DELETE', `/v1/provider-keys/${id}`, { key: tenant.apiKey });
    for (let i = 0; i < 21; i++) await addKey(gateways[from], tenant, fakeKey());
    const deps = onlyHere(operatorsDeps(to));
    const broken = { ...deps, read: () => ({ readTenant: () => Promise.reject(new Error('denied')) }) };
    await expect(moveSecrets(broken)).rejects.toThrow('20 secrets in a row');
    expect((await moveSecrets(deps, tenant.id)).moved).toBe(0);
    expect(await moveSecrets(deps)).toMatchObject({ moved: 21, failed: 0, after: tenant.id });
  });
});

describe('a key store that a deployment has left', () => {
  it('is named to who needs it, and keys there fall back like those whose store is down', async () => {
    const id = await addKey(gateways['secrets-manager'], tenant, fakeKey(), { fallback_enabled: false });
    const only = await startGateway(stores, { OPENAI_BASE_URL: provider.url, ...keyStores.kms });
    const answer = await chat(only, tenant);
    expect([answer.status, routeOf(answer)]).toEqual([
      502,
      `byok(${id})=secret_unavailable, platform=skipped:exclusive`,
    ]);
    expect((await test(id, only)).json).toMatchObject({
      state: 'inconclusive',
      detail: expect.stringContaining('keyway:otherKeyStore'),
    });
    await only.close();
  });
});

describe('npm run migrate:keys', () => {
  it('moves what there is and says how much, as a program of its own', async () => {
    const secret = fakeKey();
    const id = await addKey(gateways['secrets-manager'], tenant, secret);
    // Of the same millisecond at the latest: ids grow with time.
    const before = `${tenant.id.slice(0, -16)}${'0'.repeat(16)}`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['scripts/migrate-keys.ts', '--to', 'kms', '--per-second', '1000', '--after', before],
      {
        env: {
          ...settingsOf('kms'),
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'AKIDOFTHEOPERATOR',
          AWS_SECRET_ACCESS_KEY: 'local',
          AWS_ENDPOINT_URL_DYNAMODB: stores.dynamo.url,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: stores.secrets.url,
          AWS_ENDPOINT_URL_KMS: stores.kms.url,
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual({ moved: 1, already: 0, failed: 0, after: tenant.id });
    expect(await holders(id)).toEqual(['secrets-manager', 'kms']);
    expect(await used(id)).toBe(secret);
  });
});

describe('the options of the migration', () => {
  it('are a store, where to go on, and a speed', () => {
    expect(readOptions(['--to', 'kms'])).toEqual({ to: 'kms', after: null, perSecond: 20 });
    const after = 'ws_01JABCDEFGHJKMNPQRSTVWXYZ0';
    expect(readOptions(['--to', 'secrets-manager', '--after', after, '--per-second', '5'])).toEqual({
      to: 'secrets-manager',
      after,
      perSecond: 5,
    });
    for (const wrong of [[], ['--to', 'vault'], ['--to', 'kms', '--after', 'x'], ['--to', 'kms', '--per-second', '0']])
      expect(() => readOptions(wrong)).toThrow(/^--/);
  });

  it('need the KMS key', () => {
    expect(() => readEnvironment({ KEYWAY_KEY_STORE: 'kms' })).toThrow('KEYWAY_KEY_STORE_KMS_KEY');
    expect(() => readEnvironment({ KEYWAY_KEY_STORE: 'vault' })).toThrow('KEYWAY_KEY_STORE must be one of');
    expect(readEnvironment({}).keyStore).toEqual({ store: 'secrets-manager', kms: null, secretsManager: true });
  });
});
