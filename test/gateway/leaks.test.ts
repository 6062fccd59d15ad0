import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../local/listening.ts';
import { findLeak, plant } from '../embedded/leaks.ts';
import { startRudeProvider } from '../embedded/rude-provider.ts';
import { transcript } from '../embedded/transcript.ts';
import { addKey, call, createTenant, fakeKey, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, readTables, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const random = (bytes: number) => randomBytes(bytes).toString('base64');

interface Shape {
  name: string;
  provider: string;
  model: string;
  make(): { credential: unknown; secrets: string[] };
}

const shapes: Shape[] = [
  { name: 'an OpenAI key', provider: 'openai', model: 'openai/gpt-4o-mini', make: () => one(fakeKey()) },
  {
    name: 'an OpenAI key with its organization',
    provider: 'openai',
    model: 'openai/gpt-4o-mini',
    make() {
      const apiKey = fakeKey();
      return { credential: { apiKey, organization: 'org-1' }, secrets: [apiKey] };
    },
  },
  {
    name: 'a Bedrock API key',
    provider: 'bedrock',
    model: 'bedrock/amazon.nova-micro-v1:0',
    make: () => one(`ABSK${random(60)}`),
  },
  {
    name: 'a short-term Bedrock API key',
    provider: 'bedrock',
    model: 'bedrock/amazon.nova-micro-v1:0',
    make() {
      const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const signature = randomBytes(32).toString('hex');
      const scope = encodeURIComponent(`ASIATESTTESTTESTTEST/${amzDate.slice(0, 8)}/us-east-1/bedrock/aws4_request`);
      const url = `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}&X-Amz-Date=${amzDate}&X-Amz-Expires=43200&X-Amz-Signature=${signature}&X-Amz-SignedHeaders=host&Version=1`;
      return one(`bedrock-api-key-${Buffer.from(url).toString('base64')}`);
    },
  },
  {
    name: 'AWS credentials with a session',
    provider: 'bedrock',
    model: 'bedrock/amazon.nova-micro-v1:0',
    make() {
      const [secretAccessKey, sessionToken] = [random(30), random(150)];
      return {
        credential: { accessKeyId: 'ASIATESTTESTTESTTEST', secretAccessKey, sessionToken, region: 'us-east-1' },
        secrets: [secretAccessKey, sessionToken],
      };
    },
  },
  {
    name: 'a service account',
    provider: 'vertex',
    model: 'vertex/gemini-2.5-flash',
    make: () => account((value) => value),
  },
  {
    name: 'a service account as text',
    provider: 'vertex',
    model: 'vertex/gemini-2.5-flash',
    make: () => account(JSON.stringify),
  },
  {
    name: 'an Anthropic key',
    provider: 'anthropic',
    model: 'anthropic/claude-haiku-4-5',
    make: () => one(`sk-ant-api03-${random(70).replaceAll('/', '_')}`),
  },
  {
    name: 'a Gemini key in an object',
    provider: 'gemini',
    model: 'gemini/gemini-2.5-flash',
    make() {
      const apiKey = `AIza${randomBytes(26).toString('base64url')}`;
      return { credential: { apiKey }, secrets: [apiKey] };
    },
  },
  {
    name: 'a key of a provider that speaks OpenAI',
    provider: 'groq',
    model: 'groq/llama',
    make: () => one(random(40)),
  },
  {
    name: 'a key of Azure',
    provider: 'azure',
    model: 'azure/mine',
    make() {
      const apiKey = random(60);
      return { credential: { endpoint, apiKey, deployments: { mine: 'my-deployment' } }, secrets: [apiKey] };
    },
  },
  {
    name: 'an application of Entra ID, as text',
    provider: 'azure',
    model: 'azure/mine',
    make() {
      const [tenantId, clientId, clientSecret] = [randomUUID(), randomUUID(), random(30)];
      return { credential: JSON.stringify({ endpoint, tenantId, clientId, clientSecret }), secrets: [clientSecret] };
    },
  },
  {
    name: 'a custom key with headers',
    provider: 'custom',
    model: 'custom/llama',
    make() {
      const [apiKey, project, team] = [random(30), random(30), random(30)];
      const credential = { baseUrl: `${rudeUrl}/v1`, apiKey, headers: { project, 'x-team': team } };
      return { credential, secrets: [apiKey, project, team] };
    },
  },
];

const endpoint = 'https://contoso.openai.azure.com';
/** Where the custom server of a test is. */
let rudeUrl = '';

function one(secret: string) {
  return { credential: secret, secrets: [secret] };
}

function account(write: (value: object) => unknown) {
  const private_key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const private_key_id = randomBytes(20).toString('hex');
  const value = {
    type: 'service_account',
    project_id: 'a-project',
    private_key_id,
    private_key,
    client_email: 'someone@a-project.iam.gserviceaccount.com',
    client_id: '1',
  };
  return { credential: write(value), secrets: [private_key] };
}

describe('no secret comes back by any road', () => {
  let stores: Stores;
  let rude: Listening;
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
    rude = await startRudeProvider(() => told);
    const platform = fakeKey();
    stores = await startStores({ openai: platform });
    const { url } = rude;
    rudeUrl = url;
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      VERTEX_BASE_URL: url,
      GOOGLE_TOKEN_URL: `${url}/token`,
      ANTHROPIC_BASE_URL: url,
      GEMINI_BASE_URL: url,
      GROQ_BASE_URL: url,
      AZURE_BASE_URL: url,
      AZURE_AUTHORITY_HOST: url,
      KEYWAY_CUSTOM_HOSTS: '127.0.0.1',
      KEYWAY_CUSTOM_HTTP: '1',
    });
    tenant = await createTenant(gateway);
  });
  afterAll(async () => {
    for (const [i, stream] of streams.entries()) stream.write = writes[i] as typeof stream.write;
    await Promise.all([gateway.close(), rude.close()]);
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

  it.each(shapes)(
    '$name, whatever is done with it and whatever the provider says',
    async ({ provider, model, make }) => {
      const { credential, secrets } = make();
      const next = make();
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
      await api('POST', '/v1/chat/completions', {
        model,
        messages: [{ role: 'user', content: 'ping' }],
        max_tokens: 5,
      });
      await api('GET', '/v1/provider-keys');
      await api('GET', '/v1/logs');
      await api('DELETE', `/v1/provider-keys/${id}`);
      expect(transcript.length - seen).toBeGreaterThan(10);
      for (const text of [...transcript.slice(seen), ...gateway.lines, ...printed, JSON.stringify(stores.events)])
        expect(findLeak(text)).toBeNull();
    },
  );

  it.each(shapes)('$name, in the wrong place', async ({ provider, make }) => {
    const { credential, secrets } = make();
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
