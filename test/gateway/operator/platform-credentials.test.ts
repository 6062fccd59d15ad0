import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { definitions } from '../../../functions/providers/registry.ts';
import { simulatedServiceAccount } from '../../../local/simulated/vertex/server.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../../embedded/fake-openai.ts';
import { countCalls } from '../../embedded/faulty-proxy.ts';
import { findLeak, plant } from '../../embedded/leaks.ts';
import { call, chat, createTenant, fakeKey, type Tenant } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway } from '../../embedded-gateway.ts';
import { owner, startStoresWithOperators, support } from './operators.ts';

const refused = { status: 401, error: { code: 'invalid_api_key' } };
const account = simulatedServiceAccount('platform');

describe('platform credentials, as their operator sees them', () => {
  let stores: Stores;
  let provider: FakeOpenAi;
  let gateway: Gateway;
  let tenant: Tenant;
  let openai: string;

  beforeAll(async () => {
    openai = fakeKey();
    plant(String(account.private_key));
    [stores, provider] = await Promise.all([
      startStoresWithOperators({ openai: { apiKey: openai, project: 'proj_platform' }, vertex: account }),
      startFakeOpenAi(),
    ]);
  });
  beforeEach(async () => {
    gateway = await startGateway(stores, { OPENAI_BASE_URL: provider.url });
    tenant = await createTenant(gateway);
    return () => gateway.close();
  });
  afterAll(async () => {
    await provider.close();
    await stores.close();
  });

  const list = async (key = owner, at = gateway) =>
    (await call(at, 'GET', '/v1/operator/credentials', { key })).json.data as JsonObject[];
  const of = async (name: string) => {
    const found = (await list()).find((each) => each.provider === name);
    if (found === undefined) throw new Error(`Nothing of ${name}.`);
    return found;
  };

  it('are one for each provider, with what sets those that are missing', async () => {
    const all = await list(support);
    expect(all.map((each) => each.provider)).toEqual(definitions.map(({ name }) => name));
    expect(all.map((each) => [each.provider, each.state]).filter(([, state]) => state !== 'missing')).toEqual([
      ['openai', 'set'],
      ['bedrock', 'role'],
      ['vertex', 'set'],
    ]);
    expect(await of('anthropic')).toMatchObject({
      secret: 'keyway/platform/anthropic',
      note: 'Store a credential of Anthropic as the secret keyway/platform/anthropic.',
      health: { state: 'unused', last_error: null },
      last_used_at: null,
    });
    expect(Number((await of('anthropic')).serves)).toBeGreaterThan(0);
    expect(await of('custom')).toMatchObject({ serves: 0, note: expect.stringContaining('serves none') });
    expect(await of('bedrock')).toMatchObject({ type: 'role', note: expect.stringContaining('own role') });
  });

  it('are told without reading a single secret', async () => {
    gateway.secrets.calls.length = 0;
    await list();
    // Who the operators are was read when the workspace was made.
    expect(countCalls(gateway.secrets.calls)).toEqual({ DescribeSecret: definitions.length });
  });

  it('show what was used, when and how it fared, and never a part of a value', async () => {
    expect(await of('openai')).toMatchObject({ state: 'set', type: null, names: {}, health: { state: 'unused' } });
    expect((await chat(gateway, tenant)).status).toBe(200);
    const used = await of('openai');
    expect(used).toMatchObject({
      ...{ type: 'api_key', names: { project: 'proj_platform' }, region: null },
      health: { state: 'healthy', last_error: null, failures: 0, cooling_models: [] },
    });
    expect(Date.parse(String(used.last_used_at))).toBeGreaterThan(Date.now() - 60_000);
    provider.treat(openai, refused);
    await chat(gateway, tenant);
    expect(await of('openai')).toMatchObject({
      ...{ state: 'set', type: 'api_key' },
      health: { state: 'cooling_down', failures: 1, last_error: { kind: 'credential', status: 401 } },
    });
    expect(findLeak(JSON.stringify(await list()))).toBeNull();
  });

  it('start afresh with a new version of the secret, which is said to have been changed', async () => {
    const before = await of('openai');
    const fresh = fakeKey();
    const where = { SecretId: 'keyway/platform/openai' };
    await stores.secretsManager.send(new PutSecretValueCommand({ ...where, SecretString: fresh }));
    const after = await of('openai');
    expect(after).toMatchObject({ state: 'set', type: null, health: { state: 'unused', last_error: null } });
    expect(Date.parse(String(after.changed_at))).toBeGreaterThan(Date.parse(String(before.changed_at)));
  });

  it('that are malformed fail, once somebody was to be served with them', async () => {
    const where = { SecretId: 'keyway/platform/vertex' };
    const [before, malformed] = [JSON.stringify(account), JSON.stringify({ ...account, client_email: 'nobody' })];
    await stores.secretsManager.send(new PutSecretValueCommand({ ...where, SecretString: malformed }));
    expect((await chat(gateway, tenant, { model: 'vertex/gemini-2.5-flash' })).status).toBe(502);
    expect(await of('vertex')).toMatchObject({
      ...{ state: 'set', type: null },
      health: {
        state: 'failing',
        last_error: { kind: 'secret_unavailable', message: 'The stored secret is malformed.' },
      },
    });
    await stores.secretsManager.send(new PutSecretValueCommand({ ...where, SecretString: before }));
    expect(await of('vertex')).toMatchObject({ health: { state: 'unused' } });
  });

  it('that wait for their deletion or hold no value yet are missing, and the note says which', async () => {
    await stores.secretsManager.send(new CreateSecretCommand({ Name: 'keyway/platform/groq' }));
    expect(await of('groq')).toMatchObject({ state: 'missing', note: expect.stringContaining('holds no value yet') });
    const where = { SecretId: 'keyway/platform/groq' };
    await stores.secretsManager.send(new DeleteSecretCommand(where));
    expect(await of('groq')).toMatchObject({ state: 'missing', note: expect.stringContaining('was deleted') });
  });

  it('are unknown while Secrets Manager does not tell, and that is no error', async () => {
    await list();
    gateway.secrets.fault((operation) =>
      operation === 'DescribeSecret' ? { status: 400, type: 'AccessDeniedException' } : undefined,
    );
    const all = await list();
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(all[0]).toMatchObject({ note: expect.stringContaining('Secrets Manager: AccessDeniedException.') });
    expect(JSON.stringify(all)).not.toContain('Injected');
  });

  it('know no role where the deployment has taken it away, and neither do requests', async () => {
    const without = await startGateway(stores, { KEYWAY_PLATFORM_ROLE: '0' });
    const bedrock = (await list(owner, without)).find((each) => each.provider === 'bedrock');
    expect(bedrock).toMatchObject({ state: 'missing', secret: 'keyway/platform/bedrock' });
    const { status, json } = await chat(without, tenant, { model: 'bedrock/amazon.nova-micro-v1:0' });
    expect([status, json.error]).toMatchObject([502, { code: 'provider_secret_unavailable' }]);
    await without.close();
  });
});
