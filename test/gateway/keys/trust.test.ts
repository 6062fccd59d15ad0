import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import { endSessions, simulatedFederationRole, simulatedPrincipal } from '../../../local/simulated/aws-sts.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
import { addKey, call, chat, createTenant, errorOf, keyOf, routeOf, type Tenant } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

const own = simulatedPrincipal.split(':')[4];
const unique = () => randomBytes(4).toString('hex');
const roleArn = (name = 'keyway-demo') => `arn:aws:iam::111122223333:role/${name}-${unique()}`;
const nova = 'bedrock/amazon.nova-micro-v1:0';
const gemini = 'vertex/gemini-2.5-flash';
const pool = (name = 'demo') => ({
  projectId: 'a-project',
  projectNumber: '42',
  poolId: `${name}-${unique()}`,
  providerId: 'keyway',
});

describe('keys that hold no secret', () => {
  let stores: Stores;
  let simulated: Listening;
  let gateway: Gateway;
  /** Of an operator who has set up nothing. */
  let plain: Gateway;
  let tenant: Tenant;
  let other: Tenant;
  /** What arrived at AWS STS, and at Vertex AI. */
  const assumed: URLSearchParams[] = [];
  const asked: { url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  /** What arrived at Bedrock. */
  const sent: typeof asked = [];

  beforeAll(async () => {
    // What the function's role gives it.
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    const { handlers } = createSimulatedProviders();
    const { sts, vertex, bedrock } = handlers;
    handlers.sts = (request, body, response) => {
      assumed.push(new URLSearchParams(body.toString()));
      return sts?.(request, body, response);
    };
    handlers.vertex = (request, body, response) => {
      asked.push({ url: request.url ?? '', headers: request.headers });
      return vertex?.(request, body, response);
    };
    handlers.bedrock = (request, body, response) => {
      sent.push({ url: request.url ?? '', headers: request.headers });
      return bedrock?.(request, body, response);
    };
    simulated = await startSimulatedProviders(handlers);
    stores = await startStores({ bedrock: { roleArn: roleArn(), region: 'us-east-1' } });
    const endpoints = simulatedEndpoints(simulated.url);
    const { KEYWAY_PRINCIPAL_ARN: _principal, KEYWAY_FEDERATION_ROLE_ARN: _role, ...without } = endpoints;
    gateway = await startGateway(stores, endpoints);
    plain = await startGateway(stores, without);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), plain.close(), simulated.close()]);
    await stores.close();
  });
  beforeEach(async () => {
    assumed.length = 0;
    asked.length = 0;
    sent.length = 0;
    [tenant, other] = [await createTenant(gateway, '0'), await createTenant(gateway, '0')];
  });

  const store = (at: Gateway, provider: string, credential: unknown) =>
    call(at, 'POST', '/v1/provider-keys', { key: tenant.apiKey, body: { provider, credential } });
  const trustOf = ({ json }: { json: JsonObject }): JsonObject => (isObject(json.trust) ? json.trust : {});
  const ask = (who: Tenant, model: string, at = gateway, more: JsonObject = {}) => chat(at, who, { model, ...more });

  describe('a role for Bedrock', () => {
    it('is shown with the trust policy that it needs, whose external id never changes', async () => {
      const created = await store(gateway, 'bedrock', { roleArn: roleArn(), region: 'eu-west-1' });
      const { external_id: externalId, principal, policy } = trustOf(created);
      expect(externalId).toMatch(/^keyway-[\w-]{43}$/);
      expect(principal).toBe(simulatedPrincipal);
      expect(policy).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: simulatedPrincipal },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': externalId } },
          },
        ],
      });
      expect(created.json).toMatchObject({ region: 'eu-west-1', credential: { type: 'role' } });
      const id = String(created.json.id);
      const change = (body: JsonObject) =>
        call(gateway, 'PATCH', `/v1/provider-keys/${id}`, { key: tenant.apiKey, body });
      for (const body of [
        { label: 'other' },
        { credential: { roleArn: roleArn(), region: 'us-east-1' } },
        { credential: { accessKeyId: 'AKIASIMKEYWAYDEMO001', secretAccessKey: 'x'.repeat(40), region: 'us-east-1' } },
        { credential: { roleArn: roleArn(), region: 'us-east-1' } },
      ]) {
        const changed = await change(body);
        const isRole = isObject(changed.json.credential) && changed.json.credential.type === 'role';
        expect(trustOf(changed).external_id).toBe(isRole ? externalId : undefined);
      }
      expect(trustOf(await keyOf(gateway, tenant, id)).external_id).toBe(externalId);
      const list = await call(gateway, 'GET', '/v1/provider-keys', { key: tenant.apiKey });
      expect(trustOf({ json: (list.json.data as JsonObject[])[0] ?? {} }).external_id).toBe(externalId);
      const second = await store(gateway, 'bedrock', { roleArn: roleArn(), region: 'eu-west-1' });
      expect(trustOf(second).external_id).not.toBe(externalId);
    });

    it('is assumed once for many requests, with the external id of the key, for no more than Bedrock', async () => {
      const created = await store(gateway, 'bedrock', { roleArn: roleArn(), region: 'us-east-1' });
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => ask(tenant, nova, gateway, { stream: i % 2 === 0 })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect((await ask(tenant, nova)).status).toBe(200);
      expect(assumed).toHaveLength(1);
      const [form] = assumed;
      expect(form?.get('ExternalId')).toBe(trustOf(created).external_id);
      expect([form?.get('RoleSessionName'), form?.get('DurationSeconds')]).toEqual([`keyway-${tenant.id}`, '3600']);
      const policy = JSON.parse(form?.get('Policy') ?? '{}') as { Statement: { Action: string[] }[] };
      expect(
        policy.Statement.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('bedrock:')),
      ).toEqual([]);
    });

    it("asks what is behind the account's own ids in the session that then calls them", async () => {
      const profile = 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/simclaude0001';
      await store(gateway, 'bedrock', { roleArn: roleArn(), region: 'us-east-1' });
      const body = { model: `bedrock/${profile}`, max_tokens: 50, messages: [{ role: 'user', content: 'ping' }] };
      const answer = await call(gateway, 'POST', '/v1/messages', { key: tenant.apiKey, body });
      expect(answer.status, answer.text).toBe(200);
      expect(sent.map(({ url }) => url.split('/')[1])).toEqual(['inference-profiles', 'model']);
      // Claude's own door: it was known what is behind the ARN.
      expect(sent[1]?.url).toMatch(/\/invoke$/);
      const sessions = sent.map(({ headers }) => String(headers['x-amz-security-token']));
      expect([new Set(sessions).size, sessions[0]?.length, assumed.length]).toEqual([1, 80, 1]);
      expect(assumed[0]?.get('Policy')).toContain('"bedrock:GetInferenceProfile"');
    });

    it('serves nobody else who names it, and its owner all the same', async () => {
      const credential = { roleArn: roleArn(), region: 'us-east-1' };
      await addKey(gateway, tenant, credential, { provider: 'bedrock' });
      expect((await ask(tenant, nova)).status).toBe(200);
      await addKey(gateway, other, credential, { provider: 'bedrock' });
      const answer = await ask(other, nova);
      expect([answer.status, errorOf(answer).code]).toEqual([403, 'provider_permission_denied']);
      expect(errorOf(answer).hint).toMatch(/trust policy.*external id/);
      expect((await ask(tenant, nova)).status).toBe(200);
    });

    it.each([
      ['an external id of the tenant', { externalId: 'mine' }, 'credential.externalId'],
      ['a role of the own account', { roleArn: `arn:aws:iam::${own}:role/admin` }, 'credential.roleArn'],
      ['a role of another partition', { roleArn: 'arn:aws-cn:iam::111122223333:role/x' }, 'credential.roleArn'],
      ['a user', { roleArn: 'arn:aws:iam::111122223333:user/x' }, 'credential.roleArn'],
      ['a line end', { roleArn: 'arn:aws:iam::111122223333:role/x\n' }, 'credential.roleArn'],
      ['no region', { region: undefined }, 'credential.region'],
      ['a key beside it', { accessKeyId: 'AKIASIMKEYWAYDEMO001' }, 'credential'],
    ])('is refused with %s', async (_what, change, param) => {
      const answer = await store(gateway, 'bedrock', { roleArn: roleArn(), region: 'us-east-1', ...change });
      expect([answer.status, errorOf(answer).param]).toEqual([422, param]);
      expect(assumed).toEqual([]);
    });

    it('is refused where the operator has not set it up, also one that was stored before', async () => {
      const credential = { roleArn: roleArn(), region: 'us-east-1' };
      const answer = await store(plain, 'bedrock', credential);
      expect([answer.status, errorOf(answer).message]).toEqual([422, expect.stringContaining('KEYWAY_PRINCIPAL_ARN')]);
      await addKey(gateway, tenant, credential, { provider: 'bedrock' });
      const refused = await ask(tenant, nova, plain);
      expect([refused.status, errorOf(refused).hint]).toEqual([403, expect.stringContaining('has not set it up')]);
      expect(assumed).toEqual([]);
    });

    it('is assumed anew, once, when Bedrock no longer takes its session', async () => {
      const arn = roleArn();
      const id = await addKey(gateway, tenant, { roleArn: arn, region: 'us-east-1' }, { provider: 'bedrock' });
      await ask(tenant, nova);
      endSessions(arn);
      const answer = await ask(tenant, nova);
      expect([answer.status, routeOf(answer), assumed.length]).toEqual([200, `byok(${id})=200`, 2]);
    });

    it.each([
      ['keyway-untrusted', 403, 'provider_permission_denied'],
      ['keyway-failing', 503, 'provider_unavailable'],
      ['keyway-throttled', 503, 'provider_unavailable'],
    ])('%s: what AWS STS says is told as what it is', async (name, status, code) => {
      const id = await addKey(
        gateway,
        tenant,
        { roleArn: roleArn(name), region: 'us-east-1' },
        { provider: 'bedrock' },
      );
      const answer = await ask(tenant, nova);
      expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
      // What is wrong with STS puts no key aside.
      const { json } = await keyOf(gateway, tenant, id);
      expect((json.health as JsonObject).cooling_until === null).toBe(status === 503);
    });

    it('is for provider keys: a platform secret that names one is not used', async () => {
      const paying = await createTenant(gateway, '5');
      const answer = await ask(paying, nova);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(assumed).toEqual([]);
    });
  });

  describe('workload identity federation for Vertex AI', () => {
    it('is shown with what its pool must be set up with, which names the workspace', async () => {
      const created = await store(gateway, 'vertex', pool());
      const subject = `${simulatedFederationRole.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${tenant.id}`;
      expect(trustOf(created)).toEqual({
        aws_account_id: own,
        subject,
        attribute_mapping: { 'google.subject': 'assertion.arn' },
        attribute_condition: `assertion.arn == '${subject}'`,
        member: expect.stringMatching(/^principal:\/\/iam\.googleapis\.com\/.*\/subject\/arn:aws:sts:/),
      });
      expect(subject.length).toBeLessThan(127);
    });

    it.each([{}, { serviceAccountEmail: 'demo@a-project.iam.gserviceaccount.com' }])(
      'serves, and proves itself once an hour: %j',
      async (more) => {
        const id = await addKey(gateway, tenant, { ...pool(), ...more }, { provider: 'vertex' });
        for (const stream of [false, true]) {
          const answer = await ask(tenant, gemini, gateway, { stream });
          expect([answer.status, routeOf(answer)]).toEqual([200, `byok(${id})=200`]);
        }
        expect(assumed.map((form) => [form.get('RoleSessionName'), form.get('ExternalId')])).toEqual([
          [tenant.id, null],
        ]);
        expect(asked.map(({ url }) => url)).toEqual(
          asked.map(() => expect.stringContaining('/projects/a-project/locations/global/')),
        );
      },
    );

    it('serves nobody else who names the pool', async () => {
      const credential = pool();
      await addKey(gateway, tenant, credential, { provider: 'vertex' });
      expect((await ask(tenant, gemini)).status).toBe(200);
      await addKey(gateway, other, credential, { provider: 'vertex' });
      const answer = await ask(other, gemini);
      expect([answer.status, errorOf(answer).code]).toEqual([403, 'provider_permission_denied']);
      expect(errorOf(answer).hint).toContain(other.id);
    });

    it.each([
      ['invalid', {}, 401, 'provider_credential_invalid'],
      ['demo', { serviceAccountEmail: 'unbound@a-project.iam.gserviceaccount.com' }, 403, 'provider_permission_denied'],
    ])('tells what Google says: %s %j', async (name, more, status, code) => {
      await addKey(gateway, tenant, { ...pool(name), ...more }, { provider: 'vertex' });
      const answer = await ask(tenant, gemini);
      expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    });

    it.each<[JsonObject, string]>([
      [{ type: 'external_account', token_url: 'https://evil.example' }, 'credential.type'],
      [{ token_url: 'https://evil.example/token' }, 'credential'],
      [{ credential_source: { url: 'http://169.254.169.254/' } }, 'credential'],
      [{ workspaceId: 'ws_of_another' }, 'credential'],
      [{ projectNumber: '42/../../projects/7' }, 'credential.projectNumber'],
      [{ poolId: 'a/../b' }, 'credential.poolId'],
      [{ providerId: 'x y' }, 'credential.providerId'],
      [{ projectId: '../x' }, 'credential.projectId'],
      [{ location: 'evil.example' }, 'credential.location'],
      [{ serviceAccountEmail: 'a@evil.example' }, 'credential.serviceAccountEmail'],
      [{ serviceAccountEmail: 'a:b@x.gserviceaccount.com' }, 'credential.serviceAccountEmail'],
    ])('is refused with %j', async (change, param) => {
      const answer = await store(gateway, 'vertex', { ...pool(), ...change });
      expect([answer.status, errorOf(answer).param]).toEqual([422, param]);
    });

    it('is refused where the operator has not set it up, also one that was stored before', async () => {
      const answer = await store(plain, 'vertex', pool());
      expect([answer.status, errorOf(answer).message]).toEqual([
        422,
        expect.stringContaining('KEYWAY_FEDERATION_ROLE_ARN'),
      ]);
      await addKey(gateway, tenant, pool(), { provider: 'vertex' });
      expect((await ask(tenant, gemini, plain)).status).toBe(403);
      expect([assumed.length, asked.length]).toEqual([0, 0]);
    });
  });

  describe('an API key of Vertex AI', () => {
    it('is sent in its header, and never in the address', async () => {
      await addKey(gateway, tenant, { apiKey: 'AQ.Sim-tenant' }, { provider: 'vertex' });
      for (const stream of [false, true]) expect((await ask(tenant, gemini, gateway, { stream })).status).toBe(200);
      expect(asked.map(({ url }) => url)).toEqual([
        '/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent',
        '/v1beta1/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      ]);
      for (const { headers } of asked) {
        expect(headers['x-goog-api-key']).toBe('AQ.Sim-tenant');
        expect(headers).not.toHaveProperty('authorization');
      }
    });

    it('reaches Gemini alone, which is known without a call', async () => {
      await addKey(gateway, tenant, { apiKey: 'AQ.Sim-tenant' }, { provider: 'vertex' });
      for (const model of ['vertex/claude-sonnet-4-5', 'vertex/meta/llama-4', 'vertex/endpoints/123']) {
        const answer = await ask(tenant, model);
        expect([model, answer.status]).toEqual([model, 404]);
      }
      const embedded = await call(gateway, 'POST', '/v1/embeddings', {
        key: tenant.apiKey,
        body: { model: 'vertex/gemini-embedding-001', input: 'a' },
      });
      expect([embedded.status, asked.length]).toEqual([404, 0]);
    });
  });
});
