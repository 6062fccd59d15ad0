import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressVariables } from '../../functions/providers/definition.ts';
import { definitions } from '../../functions/providers/registry.ts';
import type { Listening } from '../../local/listening.ts';
import { simulatedFederationRole, simulatedPrincipal } from '../../local/simulated/aws-sts.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { type SimulatedHandler, startSimulatedProviders } from '../../local/simulated/server.ts';
import { type CredentialShape, shapesOf } from '../embedded/credential-shapes.ts';
import { findLeak, plant } from '../embedded/leaks.ts';
import { startRudeProvider } from '../embedded/rude-provider.ts';
import { transcript } from '../embedded/transcript.ts';
import { addKey, call, createTenant, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, keyStores, readTables, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const random = (bytes: number) => randomBytes(bytes).toString('base64');

/** Every shape of every provider's credential, and one that has a spelling of its own. */
const shapes: Pick<CredentialShape, 'provider' | 'name' | 'model' | 'real'>[] = [
  ...definitions.flatMap(shapesOf),
  {
    name: 'a short-term API key',
    provider: 'bedrock',
    model: 'bedrock/amazon.nova-micro-v1:0',
    real() {
      const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const signature = randomBytes(32).toString('hex');
      const scope = encodeURIComponent(`ASIATESTTESTTESTTEST/${amzDate.slice(0, 8)}/us-east-1/bedrock/aws4_request`);
      const url = `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}&X-Amz-Date=${amzDate}&X-Amz-Expires=43200&X-Amz-Signature=${signature}&X-Amz-SignedHeaders=host&Version=1`;
      const credential = `bedrock-api-key-${Buffer.from(url).toString('base64')}`;
      return { credential, secrets: [credential] };
    },
  },
];

/** AWS STS and Google's, which lend what a key without a secret works with: that is planted as it is lent. */
async function startLender(lent: string[]): Promise<Listening> {
  const { sts, 'google-sts': exchange, 'google-iam': credentials } = createSimulatedProviders().handlers;
  const lending =
    (handler: SimulatedHandler | undefined): SimulatedHandler =>
    (request, body, response) => {
      const end = response.end.bind(response);
      response.end = ((text: string) => {
        const found = text.matchAll(
          /<(?:SecretAccessKey|SessionToken)>([^<]+)<|"(?:access_token|accessToken)":"([^"]+)"/g,
        );
        const secrets = [...found].map(([, one, other]) => one ?? other ?? '');
        plant(...secrets);
        lent.push(...secrets);
        return end(text);
      }) as typeof response.end;
      return handler?.(request, body, response);
    };
  return startSimulatedProviders({ sts: lending(sts), exchange: lending(exchange), iam: lending(credentials) });
}

/** The second key store gets every third shape: what is its own does not depend on the shape. */
const suites = [
  { store: 'secrets-manager' as const, planted: shapes },
  { store: 'kms' as const, planted: shapes.filter((_, i) => i % 3 === 0) },
];

describe.each(suites)('no secret comes back by any road, with the key store $store', ({ store, planted }) => {
  let stores: Stores;
  let rude: Listening;
  let lender: Listening;
  /** What AWS and Google have lent for the key of the moment. */
  const lent: string[] = [];
  let gateway: Gateway;
  let tenant: Tenant;
  let told: string[] = [];
  /** What the process itself printed. */
  const printed: string[] = [];
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);

  beforeAll(async () => {
    for (const stream of streams) {
      const write = stream.write.bind(stream);
      stream.write = ((chunk: string, ...rest: never[]) => {
        printed.push(String(chunk));
        return write(chunk, ...rest);
      }) as typeof stream.write;
    }
    // What the function's role gives it.
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    [rude, lender] = await Promise.all([startRudeProvider(() => [...told, ...lent]), startLender(lent)]);
    const platform = fakeKey();
    stores = await startStores({ openai: platform });
    const { url } = rude;
    gateway = await startGateway(stores, {
      ...Object.fromEntries(definitions.flatMap(addressVariables).map((variable) => [variable, url])),
      GOOGLE_TOKEN_URL: `${url}/token`,
      AWS_ENDPOINT_URL_STS: `${lender.url}/sts`,
      GOOGLE_STS_URL: `${lender.url}/exchange`,
      GOOGLE_IAM_CREDENTIALS_URL: `${lender.url}/iam`,
      KEYWAY_PRINCIPAL_ARN: simulatedPrincipal,
      KEYWAY_FEDERATION_ROLE_ARN: simulatedFederationRole,
      KEYWAY_CUSTOM_HOSTS: '127.0.0.1',
      KEYWAY_CUSTOM_HTTP: '1',
      // More than people make.
      KEYWAY_CHANGES_PER_MINUTE: '100000',
      ...keyStores[store],
    });
    tenant = await createTenant(gateway);
  });
  afterAll(async () => {
    for (const [i, stream] of streams.entries()) stream.write = writes[i] as typeof stream.write;
    await Promise.all([gateway.close(), rude.close(), lender.close()]);
    await stores.close();
  });

  const api = (method: string, path: string, body?: unknown) =>
    call(gateway, method, path, { key: tenant.apiKey, ...(body !== undefined && { body }) });

  it('would be seen if it did', () => {
    const secret = random(40);
    expect(findLeak(`before ${secret} after`)).toBeNull();
    plant(secret);
    const bytes = Buffer.from(secret);
    const forms = [
      secret,
      secret.slice(9, 21),
      encodeURIComponent(secret),
      bytes.toString('hex'),
      Buffer.from(`a${secret}`).toString('base64'),
      Buffer.from(`ab${secret}`).toString('base64url'),
    ];
    for (const form of forms) expect(findLeak(`before ${form} after`)).not.toBeNull();
    expect(findLeak(`before ${secret.slice(9, 20)} after`)).toBeNull();
  });

  it.each(planted)(
    '$provider: $name, whatever is done with it and whatever the provider says',
    async ({ provider, model, real }) => {
      const { credential, secrets } = real(rude.url);
      const next = real(rude.url);
      lent.length = 0;
      plant(...secrets, ...next.secrets);
      told = secrets;
      const seen = transcript.length;
      const id = await addKey(gateway, tenant, credential, { provider, fallback_enabled: false, label: 'planted' });
      const statuses: number[] = [];
      for (const stream of [false, true]) {
        const answer = await api('POST', '/v1/chat/completions', {
          model,
          stream,
          messages: [{ role: 'user', content: 'ping' }],
          max_tokens: 5,
        });
        statuses.push(answer.status);
        await api('GET', `/v1/logs/${answer.headers.get('x-request-id')}`);
      }
      expect(statuses[0]).toBeGreaterThanOrEqual(400);
      await api('POST', `/v1/provider-keys/${id}/test`, {});
      await api('GET', `/v1/provider-keys/${id}`);
      await api('PATCH', `/v1/provider-keys/${id}`, { credential: next.credential });
      told = next.secrets;
      const before = lent.splice(0).length;
      await api('POST', '/v1/chat/completions', {
        model,
        messages: [{ role: 'user', content: 'ping' }],
        max_tokens: 5,
      });
      await api('GET', '/v1/provider-keys');
      await api('GET', '/v1/logs');
      await api('DELETE', `/v1/provider-keys/${id}`);
      expect(transcript.length - seen).toBeGreaterThan(10);
      expect(secrets.length + before).toBeGreaterThan(0);
      expect(next.secrets.length + lent.length).toBeGreaterThan(0);
      for (const text of [...transcript.slice(seen), ...gateway.lines, ...printed, JSON.stringify(stores.events)])
        expect(findLeak(text)).toBeNull();
    },
  );

  const secretive = planted.filter(({ real }) => real('http://127.0.0.1').secrets.length > 0);
  it.each(secretive)('$provider: $name, in the wrong place', async ({ provider, real }) => {
    const { credential, secrets } = real(rude.url);
    plant(...secrets);
    const [secret = ''] = secrets;
    const wrong: [string, string, unknown][] = [
      ['POST', '/v1/provider-keys', { provider: 'openai', credential: { key: credential, apiKey: `${secret}\n` } }],
      [
        'POST',
        '/v1/provider-keys',
        { provider: 'bedrock', credential: { accessKeyId: secret, secretAccessKey: secret, region: secret } },
      ],
      [
        'POST',
        '/v1/provider-keys',
        {
          provider: 'vertex',
          credential: { type: 'service_account', project_id: secret, private_key: `x${secret}`, client_email: secret },
        },
      ],
      ['POST', '/v1/provider-keys', { provider, credential: [credential] }],
      ['POST', '/v1/provider-keys', { provider: secret.slice(0, 49), credential }],
      ['POST', '/v1/provider-keys', { provider, credential, region: secret.slice(0, 60), models: [] }],
      ['POST', '/v1/provider-keys', { provider, credential, priority: secret }],
      ['POST', '/v1/chat/completions', { model: 'gpt-4o-mini', messages: secret }],
    ];
    const seen = transcript.length;
    for (const [method, path, body] of wrong) expect((await api(method, path, body)).status).toBe(422);
    // A provider key where the gateway's own belongs.
    await call(gateway, 'GET', '/v1/models', { key: secret.replace(/\s/g, '') });
    for (const text of [...transcript.slice(seen), ...gateway.lines, ...printed]) expect(findLeak(text)).toBeNull();
  });

  it('is stored outside of the secrets', async () => {
    const items = await readTables(stores.dynamo.url);
    expect(items.length).toBeGreaterThan(20);
    expect(stores.events.length).toBeGreaterThan(0);
    for (const item of items) expect(findLeak(item)).toBeNull();
  });
});
