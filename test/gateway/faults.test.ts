import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../embedded/fake-openai.ts';
import type { Fault } from '../embedded/faulty-proxy.ts';
import { peekAt } from '../embedded/secret-peek.ts';
import {
  type Answer,
  addKey,
  call,
  createTenant,
  errorOf,
  fakeKey,
  routeOf,
  type Tenant,
} from '../embedded/workspace.ts';
import { type Gateway, keyStores, type Stores, startGateway, startStores } from '../embedded-gateway.ts';
import { cellsOf, expectedOf, type FaultRow, type Form, faults, requestOf } from './fault-cells.ts';

const platformKey = fakeKey();
const secretFaults: Record<string, Fault> = {
  throttled: { status: 400, type: 'ThrottlingException' },
  down: { status: 500, type: 'InternalServiceError' },
  denied: { status: 400, type: 'AccessDeniedException' },
};

/** What a key store has to do with. The second store does what is its own, in fewer forms. */
const suites = [
  { store: 'secrets-manager' as const, rows: faults, forms: ['chat', 'stream', 'embeddings'] as Form[] },
  {
    store: 'kms' as const,
    rows: faults.filter(({ secret, name }) => secret !== undefined || name === 'credential'),
    forms: ['chat', 'stream'] as Form[],
  },
];

describe.each(suites)('every failure, exclusive or not, in every form, with one key or two: $store', (suite) => {
  const { store, rows, forms } = suite;
  const cells = cellsOf(rows, forms);
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  /** What the store of secrets does about each key. */
  const unreadable = new Map<string, Fault>();

  beforeAll(async () => {
    [stores, provider] = await Promise.all([startStores({ openai: platformKey }), startFakeOpenAi()]);
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: provider.url,
      KEYWAY_FIRST_BYTE_TIMEOUT_MS: '2500',
      KEYWAY_ANSWER_TIMEOUT_MS: '2500',
      ...keyStores[store],
    });
    const faultOf = (body: string) => [...unreadable].find(([id]) => body.includes(id))?.[1];
    // Of the two services behind the second store it is KMS that fails here; the table is one of DynamoDB's (outages.test.ts).
    if (store === 'kms') gateway.kms.fault((operation, body) => (operation === 'Decrypt' ? faultOf(body) : undefined));
    else peekAt(store, stores).breaks(gateway, 'read', faultOf);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
    console.log(`The fault matrix has ${cells.length + coolingCells.length + cutCells.length} cells.`);
  });

  const send = (tenant: Tenant, form: Form, marker: string): Promise<Answer> => {
    const { path, body } = requestOf(form, marker);
    return call(gateway, 'POST', path, { key: tenant.apiKey, body });
  };
  const callsWith = (credential: string, marker: string) =>
    provider.calls.filter((each) => each.credential === credential && JSON.stringify(each.body).includes(marker))
      .length;
  const logOf = async (tenant: Tenant, answer: Answer) =>
    (await call(gateway, 'GET', `/v1/logs/${answer.headers.get('x-request-id')}`, { key: tenant.apiKey })).json;

  /** A key that fails as the row says; `well`: one that works. */
  const plant = async (
    tenant: Tenant,
    fault: FaultRow | 'well',
    more: JsonObject,
  ): Promise<{ id: string; secret: string }> => {
    const secret = fakeKey();
    const id = await addKey(gateway, tenant, secret, more);
    if (fault === 'well') return { id, secret };
    if (fault.provider !== undefined) provider.treat(secret, fault.provider);
    if (fault.secret === 'malformed') await peekAt(store, stores).spoil(tenant.id, id);
    else if (fault.secret === 'missing') await peekAt(store, stores).remove(tenant.id, id);
    else if (fault.secret !== undefined) unreadable.set(id, secretFaults[fault.secret] ?? 'reset');
    return { id, secret };
  };
  it.concurrent.each(cells)('$name', async (cell) => {
    const { fault, exclusive, form, keys } = cell;
    const expected = expectedOf(cell);
    const marker = randomUUID();
    const tenant = await createTenant(gateway);
    const a = await plant(tenant, fault, { fallback_enabled: !exclusive, priority: 0 });
    const b =
      keys === 'one key'
        ? null
        : await plant(tenant, keys === 'two keys that fail' ? fault : 'well', {
            fallback_enabled: !exclusive,
            priority: 1,
          });
    const answer = await send(tenant, form, marker);

    const route = routeOf(answer)?.replaceAll(`byok(${a.id})`, 'a').replaceAll(`byok(${b?.id})`, 'b').split(', ');
    const calls = {
      a: callsWith(a.secret, marker),
      b: b === null ? 0 : callsWith(b.secret, marker),
      platform: callsWith(platformKey, marker),
    };
    expect({ route, calls, status: answer.status, code: errorOf(answer).code ?? null }).toEqual({
      route: expected.route,
      calls: expected.calls,
      status: expected.status,
      code: expected.code,
    });
    expect(answer.headers.get('x-keyway-attempts')).toBe(String(calls.a + calls.b + calls.platform));
    if (form === 'stream' && expected.status === 200) expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true);

    const ids = { a: a.id, b: b?.id ?? null, platform: null };
    const record = await logOf(tenant, answer);
    expect(record).toMatchObject({
      status: expected.status,
      error_code: expected.code,
      stream: form === 'stream',
      fallback_triggered: expected.servedBy === 'platform',
      attempts: expected.route
        .filter((hop) => !hop.includes('skipped'))
        .map((hop) => ({
          provider_key_id: ids[hop.split('=')[0] as keyof typeof ids],
          kind: hop.endsWith('=200') ? null : fault.kind,
        })),
    });
    if (expected.servedBy !== null)
      expect(record).toMatchObject({
        credential: expected.servedBy === 'platform' ? 'platform' : 'byok',
        provider_key_id: ids[expected.servedBy],
      });
    expect(Number(record.cost) > 0).toBe(expected.servedBy === 'platform');
  });

  const coolingCells = rows
    .filter(({ kind }) => ['credential', 'permission', 'rate_limit', 'quota', 'model_access'].includes(kind))
    .flatMap((fault) =>
      [true, false].flatMap((exclusive) =>
        forms.map((form) => ({
          name: `${fault.name}, ${exclusive ? 'exclusive' : 'fallback'}, ${form}`,
          fault,
          exclusive,
          form,
        })),
      ),
    );

  it.concurrent.each(coolingCells)(
    'right after $name: an exclusive key is tried again, another one is left alone',
    async ({ fault, exclusive, form }) => {
      const tenant = await createTenant(gateway);
      const { id, secret } = await plant(tenant, fault, { fallback_enabled: !exclusive });
      await send(tenant, form, randomUUID());
      const marker = randomUUID();
      const answer = await send(tenant, form, marker);
      expect(routeOf(answer)).toBe(
        exclusive
          ? `byok(${id})=${fault.kind}:${fault.seen}, platform=skipped:exclusive`
          : `byok(${id})=cooldown:${fault.kind}, platform=200`,
      );
      expect([callsWith(secret, marker), callsWith(platformKey, marker)]).toEqual(exclusive ? [1, 0] : [0, 1]);
      expect((await logOf(tenant, answer)).fallback_triggered).toBe(!exclusive);
    },
  );

  const cutCells = [
    { how: 'a connection that ends', behaviour: 'cut' as const, code: 'provider_error' },
    {
      how: 'an error event',
      behaviour: { event: { error: { message: 'Sorry.', type: 'server_error' } }, after: 'content' as const },
      code: 'provider_unavailable',
    },
  ].flatMap((cut) =>
    [true, false].flatMap((exclusive) =>
      [1, 2].map((keys) => ({
        ...cut,
        exclusive,
        keys,
        name: `${cut.how}, ${exclusive ? 'exclusive' : 'fallback'}, ${keys} key(s)`,
      })),
    ),
  );

  it.concurrent.each(cutCells)(
    'after the first content there is no other attempt: $name',
    async ({ behaviour, exclusive, keys, code }) => {
      const marker = randomUUID();
      const tenant = await createTenant(gateway);
      const { id, secret } = await plant(tenant, 'well', { fallback_enabled: !exclusive });
      provider.treat(secret, behaviour);
      const second = keys === 2 ? await plant(tenant, 'well', { priority: 1 }) : null;
      const answer = await send(tenant, 'stream', marker);
      expect([answer.status, routeOf(answer)]).toEqual([200, `byok(${id})=200`]);
      expect(answer.text).toContain(`"code":"${code}"`);
      expect(answer.text).not.toMatch(/\[DONE\]|"finish_reason":"/);
      expect([
        callsWith(secret, marker),
        callsWith(second?.secret ?? '', marker),
        callsWith(platformKey, marker),
      ]).toEqual([1, 0, 0]);
      expect(await logOf(tenant, answer)).toMatchObject({
        error_code: code,
        finish_reason: null,
        fallback_triggered: false,
      });
    },
  );

  it('adds little time for an attempt that fails', async () => {
    const tenant = await createTenant(gateway);
    const refusing = await Promise.all(Array.from({ length: 10 }, async () => fakeKey()));
    const well = fakeKey();
    for (const secret of refusing) provider.treat(secret, { status: 500, error: {} });
    await addKey(gateway, tenant, well, { priority: 1 });
    const time = async () => {
      const spans: number[] = [];
      for (let i = 0; i < 20; i++) {
        const started = performance.now();
        await send(tenant, 'chat', 'time');
        spans.push(performance.now() - started);
      }
      return spans.sort((x, y) => x - y)[10] ?? 0;
    };
    await time();
    const without = await time();
    for (const secret of refusing) await addKey(gateway, tenant, secret);
    await send(tenant, 'chat', 'time');
    const added = ((await time()) - without) / refusing.length;
    console.log(`Each attempt that fails adds ${added.toFixed(1)} ms.`);
    expect(refusing.map((secret) => provider.callsOf(secret))).toEqual(refusing.map(() => 21));
    // A call of this machine takes about a millisecond; a wait before the next target would show.
    expect(added).toBeLessThan(50);
  });
});
