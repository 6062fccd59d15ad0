import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTables } from '../local/dynamodb.ts';

export const adminToken = 'bench-admin-token';

/** Something that is measured in a process of its own. */
export interface Running {
  url: string;
  /** The CPU that it has used, in microseconds. */
  cpu(): Promise<number>;
}

export interface Child extends Running {
  process: ChildProcess;
}

const stops: (() => void)[] = [];

/** Has something done when the benchmark is over. */
export function onStop(stop: () => void): void {
  stops.push(stop);
}

/** A file of this folder in a process of its own, once it listens. */
export async function start(file: string, args: string[] = [], env: Record<string, string> = {}): Promise<Child> {
  const child = fork(new URL(file, import.meta.url), args, {
    env: { ...process.env, ...env },
    // A pipe that somebody empties, as in Lambda: what the gateway prints of each request is part of its work.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  onStop(() => child.disconnect());
  return {
    process: child,
    url,
    async cpu() {
      child.send('cpu');
      const [{ cpu }] = (await once(child, 'message')) as [{ cpu: number }];
      return cpu;
    },
  };
}

export function stopAll(): void {
  for (const stop of stops) stop();
}

/** Empty tables and the admin token, in a process of their own. Answers the environment of whoever uses them. */
export async function startStores(): Promise<Record<string, string>> {
  const stores = await start('stores.ts');
  const addresses = (await (await fetch(stores.url)).json()) as { dynamo: string; secrets: string };
  const aws = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamo,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secrets,
  };
  Object.assign(process.env, aws);
  await createTables(new DynamoDBClient({}), { config: 'keyway-config', log: 'keyway-log' });
  await new SecretsManagerClient({}).send(
    new CreateSecretCommand({ Name: 'keyway/admin-token', SecretString: adminToken }),
  );
  return aws;
}

/** A workspace with credit and one OpenAI key of its own; answers its API key. */
export async function createWorkspace(gatewayUrl: string, credential: string): Promise<string> {
  const workspace = await post(gatewayUrl, '/v1/workspaces', adminToken, { name: 'bench', credit_usd: '10' });
  const { key } = (workspace as { api_key: { key: string } }).api_key;
  await post(gatewayUrl, '/v1/provider-keys', key, { provider: 'openai', credential });
  return key;
}

/** A Vertex key for the workspace of an API key, invented. */
export async function addVertexKey(gatewayUrl: string, key: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const credential = {
    type: 'service_account',
    project_id: 'bench',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'bench@bench.iam.gserviceaccount.com',
  };
  await post(gatewayUrl, '/v1/provider-keys', key, { provider: 'vertex', credential });
}

async function post(gatewayUrl: string, path: string, bearer: string, body: object): Promise<unknown> {
  const answer = await fetch(`${gatewayUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status}`);
  return answer.json();
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
