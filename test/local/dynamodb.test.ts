import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTables, startDynamoDb } from '../../local/dynamodb.ts';

const key = { pk: { S: 'ws_1' }, sk: { S: 'a' } };
const item = { ...key, note: { S: 'kept' } };

async function withClient<T>(folder: string | null, use: (client: DynamoDBClient) => Promise<T>): Promise<T> {
  const server = await startDynamoDb({ folder });
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  try {
    await createTables(client, { config: 'config', log: 'log' });
    return await use(client);
  } finally {
    client.destroy();
    await server.close();
  }
}

describe('the local DynamoDB', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyway-test-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has both tables, and keeps nothing without a folder', async () => {
    await withClient(null, async (client) => {
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['config', 'log']);
      await client.send(new PutItemCommand({ TableName: 'config', Item: item }));
    });
    expect(
      await withClient(null, (client) => client.send(new GetItemCommand({ TableName: 'config', Key: key }))),
    ).not.toHaveProperty('Item');
  });

  it('brings its items through a restart on the same folder', async () => {
    const path = join(folder, 'deep', 'dynamodb');
    await withClient(path, (client) => client.send(new PutItemCommand({ TableName: 'config', Item: item })));
    expect(
      await withClient(path, (client) =>
        client.send(new GetItemCommand({ TableName: 'config', Key: key, ConsistentRead: true })),
      ),
    ).toMatchObject({ Item: item });
  });

  it('gives the log of an older version its index, and keeps what is in it', async () => {
    await withClient(null, async (client) => {
      await client.send(new DeleteTableCommand({ TableName: 'log' }));
      await waitUntilTableNotExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: 'log' });
      const names = ['pk', 'sk'];
      await client.send(
        new CreateTableCommand({
          TableName: 'log',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
        }),
      );
      await client.send(new PutItemCommand({ TableName: 'log', Item: item }));
      await createTables(client, { config: 'config', log: 'log' });
      const { Table } = await client.send(new DescribeTableCommand({ TableName: 'log' }));
      expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['recent']);
      expect(await client.send(new GetItemCommand({ TableName: 'log', Key: key, ConsistentRead: true }))).toMatchObject(
        { Item: item },
      );
    });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'waits for a process that ends by %s, and finds what that one wrote',
    async (signal) => {
      const owner = spawnOwner(folder);
      await once(owner, 'message');
      // Still held when the next one starts: the owner is ended only while that one waits.
      const next = withClient(folder, (client) =>
        client.send(new GetItemCommand({ TableName: 'config', Key: key, ConsistentRead: true })),
      );
      owner.kill(signal);
      expect(await next).toMatchObject({ Item: item });
    },
  );

  it('says so when another process keeps the folder', async () => {
    const owner = spawnOwner(folder);
    await once(owner, 'message');
    await expect(startDynamoDb({ folder, handoverMs: 100 })).rejects.toThrow(
      /is in use by another process.*KEYWAY_DATA_DIR/,
    );
    owner.kill('SIGKILL');
    await once(owner, 'exit');
  });
});

/** A process that holds the folder and tells when it has written the item. */
function spawnOwner(folder: string): ChildProcess {
  const script = `
    import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
    import { createTables, startDynamoDb } from './local/dynamodb.ts';
    const server = await startDynamoDb({ folder: ${JSON.stringify(folder)} });
    const client = new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
    await createTables(client, { config: 'config', log: 'log' });
    await client.send(new PutItemCommand({ TableName: 'config', Item: ${JSON.stringify(item)} }));
    process.send('written');`;
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
