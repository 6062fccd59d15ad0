import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  PutItemCommand,
  paginateScan,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { isObject } from '../functions/core/json.ts';
import { recentIndex } from '../functions/stores/log/log-items.ts';
import { type Listening, listen, refusePages } from './listening.ts';
import { StartProblem } from './start-problem.ts';

/**
 * DynamoDB on 127.0.0.1: dynalite in this process, its files under `folder`, or in memory when that is null.
 * A process that has just been told to end gets `handoverMs` to let go of the folder. Throws when another process keeps it.
 */
export async function startDynamoDb(options: {
  folder: string | null;
  handoverMs?: number;
  watch?(server: Server): Server;
}): Promise<Listening> {
  if (options.folder !== null) await awaitFolder(options.folder, options.handoverMs ?? 5000);
  const path = options.folder ?? undefined;
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return listen(refusePages(options.watch?.(server) ?? server));
}

/**
 * The tables of the stack: a partition and a sort key, on demand, and the index of the log. Those that exist keep what is in them.
 * `keys`: of the encrypted secrets, where they are used.
 */
export async function createTables(
  client: DynamoDBClient,
  names: { config: string; log: string; keys?: string },
): Promise<void> {
  const keys = names.keys === undefined ? [] : [table(names.keys)];
  for (const command of [table(names.config), table(names.log, recentIndex), ...keys]) {
    await client.send(command).catch((error: unknown) => {
      if (!(isObject(error) && error.name === 'ResourceInUseException')) throw error;
    });
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: names.log }));
  if (Table?.GlobalSecondaryIndexes === undefined) await rebuildLog(client, names.log);
}

/** dynalite adds no index to a table that is there: the log of an older version moves into a new one. */
async function rebuildLog(client: DynamoDBClient, name: string): Promise<void> {
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client }, { TableName: name })) items.push(...(page.Items ?? []));
  await client.send(new DeleteTableCommand({ TableName: name }));
  await waitUntilTableNotExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: name });
  await client.send(table(name, recentIndex));
  for (const Item of items) await client.send(new PutItemCommand({ TableName: name, Item }));
}

function table(name: string, index?: GlobalSecondaryIndex): CreateTableCommand {
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', ...(index === undefined ? [] : ['recent'])].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    ...(index !== undefined && { GlobalSecondaryIndexes: [index] }),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
}

interface LevelDatabase {
  open(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens and closes the database once, with the very library that dynalite uses: dynalite itself ends the whole
 * process with "Database is not open" when another process holds the folder.
 */
async function awaitFolder(folder: string, handoverMs: number): Promise<void> {
  const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
    Level: new (path: string) => LevelDatabase;
  };
  const end = Date.now() + handoverMs;
  for (;;) {
    const database = new Level(folder);
    try {
      await database.open();
      await database.close();
      return;
    } catch (error) {
      const locked = error instanceof Error && isObject(error.cause) && error.cause.code === 'LEVEL_LOCKED';
      if (!locked) throw error;
      if (Date.now() > end)
        throw new StartProblem(
          `The data folder ${folder} is in use by another process. Stop that one, or set KEYWAY_DATA_DIR to another folder.`,
        );
      await delay(50);
    }
  }
}
