import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { isObject } from '../functions/core/json.ts';
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

/** The tables of the stack: a partition and a sort key, on demand. Those that exist are left as they are. */
export async function createTables(client: DynamoDBClient, names: string[]): Promise<void> {
  for (const name of names) {
    await client.send(table(name)).catch((error: unknown) => {
      if (!(isObject(error) && error.name === 'ResourceInUseException')) throw error;
    });
  }
}

function table(name: string): CreateTableCommand {
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
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
