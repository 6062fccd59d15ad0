import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ApiKey, Workspace } from '../../functions/core/accounts/workspace.ts';
import { formatUlid } from '../../functions/core/ids.ts';
import { createWorkspaces } from '../../functions/stores/config/workspaces.ts';
import { createTables, startDynamoDb } from '../../local/dynamodb.ts';

export interface Tables {
  client: DynamoDBClient;
  url: string;
  config: string;
  log: string;
  keys: string;
  close(): Promise<void>;
}

/**
 * What the store tests run against: always the embedded DynamoDB, and another one whose address is in
 * KEYWAY_TEST_DYNAMODB (DynamoDB Local, where there is Java).
 */
export const stores: [name: string, url: string | null][] = [
  ['the embedded DynamoDB', null],
  ...(process.env.KEYWAY_TEST_DYNAMODB
    ? [[`DynamoDB at ${process.env.KEYWAY_TEST_DYNAMODB}`, process.env.KEYWAY_TEST_DYNAMODB] as [string, string]]
    : []),
];

export async function openTables(url: string | null = null): Promise<Tables> {
  const server = url === null ? await startDynamoDb({ folder: null }) : { url, close: async () => {} };
  const client = createClient(server.url);
  const suffix = randomBytes(4).toString('hex');
  const [config, log, keys] = [`config-${suffix}`, `log-${suffix}`, `keys-${suffix}`];
  await createTables(client, { config, log, keys });
  return {
    client,
    url: server.url,
    config,
    log,
    keys,
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

export function createClient(url: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: 64 } }),
  });
}

export function newId(prefix: string, at = Date.now()): string {
  return `${prefix}_${formatUlid(at, randomBytes(10))}`;
}

export const noLimits: ApiKey['limits'] = {
  requestsPerMinute: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  monthUsd: null,
  totalUsd: null,
  models: null,
  expiresAt: null,
};

/** A workspace with credit (nano-dollars) and one API key, in the tables. */
export async function addWorkspace(
  { client, config }: Tables,
  credit: number,
): Promise<{ workspace: Workspace; apiKey: ApiKey }> {
  const createdAt = new Date().toISOString();
  const workspace: Workspace = {
    id: newId('ws'),
    name: 'a workspace',
    enabled: true,
    createdAt,
    retentionDays: 30,
    fallbackCaps: { dayUsd: null, monthUsd: null },
  };
  const apiKey: ApiKey = {
    id: newId('ak'),
    workspaceId: workspace.id,
    name: null,
    hash: randomBytes(32).toString('base64url'),
    scopes: ['inference', 'manage'],
    enabled: true,
    revokedAt: null,
    createdAt,
    limits: noLimits,
  };
  await createWorkspaces(client, config).create(workspace, credit, apiKey);
  return { workspace, apiKey };
}
