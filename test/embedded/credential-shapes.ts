import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject } from '../../functions/core/json.ts';
import type { ProviderDefinition } from '../../functions/providers/definition.ts';
import { simulatedApiKey, simulatedSecretAccessKey } from '../../local/simulated/bedrock/credentials.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';

/** How a simulated provider treats a credential; `tenant-<n>` works, and tells whose it is. */
export type Word = 'demo' | 'invalid' | 'denied' | 'ratelimited' | 'quota' | 'overloaded' | 'slow' | `tenant-${number}`;

/** One shape of a provider's credential, as its definition's schemas list them. */
export interface CredentialShape {
  provider: string;
  /** Of the provider's shapes. */
  name: string;
  /** A chat model that the simulated provider has. */
  model: string;
  /** Works at the simulated provider, or fails there. `custom`: where the simulated custom server is. */
  simulated(word: Word, custom: string): unknown;
  /** As a real one looks, and what of it must never be seen. `custom`: where the custom server is. */
  real(custom: string): { credential: unknown; secrets: string[] };
}

type Make = Omit<CredentialShape, 'provider' | 'model'>;

/** Throws for a definition whose shapes nobody has written down here: a new provider begins with its simulation. */
export function shapesOf(definition: ProviderDefinition): CredentialShape[] {
  const { name, credentialSchemas, testModel } = definition;
  const known = own[name] ?? apiKeys(definition);
  if (known.length !== credentialSchemas.length)
    throw new Error(
      `${name} has ${credentialSchemas.length} shapes of credentials, and the simulation ${known.length}.`,
    );
  return known.map((shape) => ({ ...shape, provider: name, model: `${name}/${testModel}` }));
}

const random = (bytes: number) => randomBytes(bytes).toString('base64');
const unique = () => randomBytes(4).toString('hex');

const prefixes: Record<string, string> = { anthropic: 'sk-ant-sim-', gemini: 'AIzaSim-' };

/** For providers whose credential is one API key, as text or in an object. */
function apiKeys({ name, credentialSchemas }: ProviderDefinition): Make[] {
  const prefix = prefixes[name] ?? 'sk-sim-';
  return credentialSchemas.map((schema) => {
    const write = (apiKey: string) => (schema.type === 'object' ? { apiKey } : apiKey);
    return {
      name: schema.type === 'object' ? 'an API key in an object' : 'an API key',
      simulated: (word) => write(prefix + word),
      real() {
        const apiKey = random(40);
        return { credential: write(apiKey), secrets: [apiKey] };
      },
    };
  });
}

const bedrockKey = (word: Word) => simulatedApiKey(`sim-${word}`);
const realBedrockKey = () => `ABSK${random(60)}`;
const endpoint = 'https://contoso.openai.azure.com';

const own: Record<string, Make[]> = {
  openai: [
    {
      name: 'an API key',
      simulated: (word) => `sk-sim-${word}`,
      real: () => one(`sk-proj-${randomBytes(24).toString('base64url')}`),
    },
    {
      name: 'an API key with its organization',
      simulated: (word) => ({ apiKey: `sk-sim-${word}`, organization: 'org-1' }),
      real: () => inside((apiKey) => ({ apiKey, organization: 'org-1' })),
    },
  ],
  bedrock: [
    { name: 'an API key', simulated: bedrockKey, real: () => one(realBedrockKey()) },
    {
      name: 'an API key in an object',
      simulated: (word) => ({ apiKey: bedrockKey(word), region: 'eu-west-1' }),
      real() {
        const apiKey = realBedrockKey();
        return { credential: { apiKey, region: 'eu-west-1' }, secrets: [apiKey] };
      },
    },
    {
      name: 'AWS credentials',
      simulated: (word) => ({
        accessKeyId: `AKIASIMKEYWAY${word.toUpperCase().replace('-', '_')}`,
        secretAccessKey: simulatedSecretAccessKey,
        region: 'us-east-1',
      }),
      real() {
        const [secretAccessKey, sessionToken] = [random(30), random(150)];
        return {
          credential: { accessKeyId: 'ASIATESTTESTTESTTEST', secretAccessKey, sessionToken, region: 'us-east-1' },
          secrets: [secretAccessKey, sessionToken],
        };
      },
    },
    { name: 'a role', simulated: role, real: () => ({ credential: role('demo'), secrets: [] }) },
  ],
  vertex: [
    { name: 'a service account', simulated: (word) => simulatedServiceAccount(word), real: () => account((it) => it) },
    {
      name: 'a service account as text',
      simulated: (word) => JSON.stringify(simulatedServiceAccount(word)),
      real: () => account(JSON.stringify),
    },
    {
      name: 'an API key of express mode',
      simulated: (word) => ({ apiKey: `AQ.Sim-${word}` }),
      real: () => inside((apiKey) => ({ apiKey })),
    },
    { name: 'a workload identity', simulated: workload, real: () => ({ credential: workload('demo'), secrets: [] }) },
  ],
  azure: [
    {
      name: 'a key of the resource',
      simulated: (word) => ({ endpoint, apiKey: `sk-sim-${word}` }),
      real: () => inside((apiKey) => ({ endpoint, apiKey, deployments: { 'gpt-4o-mini': 'my-deployment' } })),
    },
    {
      name: 'an application of Entra ID',
      simulated: (word) => ({
        endpoint,
        tenantId: randomUUID(),
        clientId: randomUUID(),
        clientSecret: `sk-sim-${word}`,
      }),
      real: () =>
        inside((clientSecret) =>
          JSON.stringify({ endpoint, tenantId: randomUUID(), clientId: randomUUID(), clientSecret }),
        ),
    },
  ],
  custom: [
    {
      name: 'a server with a key and headers',
      simulated: (word, custom) => ({ baseUrl: `${custom}/v1`, apiKey: `sk-sim-${word}`, headers: { 'x-team': word } }),
      real(custom) {
        const [apiKey, project, team] = [random(30), random(30), random(30)];
        const credential = { baseUrl: `${custom}/v1`, apiKey, headers: { project, 'x-team': team } };
        return { credential, secrets: [apiKey, project, team] };
      },
    },
  ],
};

function one(secret: string) {
  return { credential: secret, secrets: [secret] };
}

function inside(write: (secret: string) => unknown) {
  const secret = random(40);
  return { credential: write(secret), secrets: [secret] };
}

/** Each trusts whoever assumes it first. */
function role(word: Word) {
  return { roleArn: `arn:aws:iam::111122223333:role/keyway-${word}-${unique()}`, region: 'us-east-1' };
}

function workload(word: Word) {
  return {
    projectId: 'keyway-simulated',
    projectNumber: '1234567890',
    poolId: `${word}-${unique()}`,
    providerId: 'keyway-aws',
  };
}

function account(write: (value: JsonObject) => unknown) {
  const private_key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const value = {
    type: 'service_account',
    project_id: 'a-project',
    private_key_id: randomBytes(20).toString('hex'),
    private_key,
    client_email: 'someone@a-project.iam.gserviceaccount.com',
    client_id: '1',
  };
  return { credential: write(value), secrets: [private_key] };
}
