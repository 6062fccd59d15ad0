import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDynamoDb } from '../../functions/stores/dynamodb/dynamodb.ts';
import { createTables, startDynamoDb } from '../../local/dynamodb.ts';
import type { Listening } from '../../local/listening.ts';
import { createLogStream, type LogStream } from '../../local/log-stream.ts';
import { aws } from '../embedded-gateway.ts';

let dynamo: Listening;
let stream: LogStream;
let batches: DynamoDBStreamEvent['Records'][];
let reported: unknown[];
/** What the exporter does with the next batches; after that it takes all. */
let faults: ((records: DynamoDBStreamEvent['Records']) => string | null)[];

beforeEach(async () => {
  batches = [];
  reported = [];
  faults = [];
  const exporter = async ({ Records }: DynamoDBStreamEvent) => {
    batches.push(Records);
    const failed = faults.shift()?.(Records) ?? null;
    return { batchItemFailures: failed === null ? [] : [{ itemIdentifier: failed }] };
  };
  stream = createLogStream(
    'log',
    async () => exporter,
    (error) => reported.push(error),
  );
  dynamo = await startDynamoDb({ folder: null, watch: stream.watch });
  const client = createDynamoDb({ ...aws, endpoint: dynamo.url });
  await createTables(client, { config: 'other', log: 'log' });
  client.destroy();
});
afterEach(() => dynamo.close());

async function put(table: string, ...ids: string[]): Promise<void> {
  const client = createDynamoDb({ ...aws, endpoint: dynamo.url });
  for (const sk of ids)
    await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'ws_1#0' }, sk: { S: sk } } }));
  client.destroy();
}

const ids = () => batches.map((batch) => batch.map(({ dynamodb }) => dynamodb?.NewImage?.sk?.S));

it('gives what is put into the log table, and nothing else, to the exporter', async () => {
  await put('other', 'not this');
  await put('log', 'a', 'b');
  await stream.close();
  expect(ids().flat()).toEqual(['a', 'b']);
  expect(batches.flat()).toMatchObject([{ eventName: 'INSERT' }, { eventName: 'INSERT' }]);
});

it('gives what failed again, and goes on from there', async () => {
  faults = [(records) => records[1]?.dynamodb?.SequenceNumber ?? null];
  await put('log', 'a', 'b', 'c');
  await vi.waitFor(() => expect(batches.length).toBeGreaterThan(0), 5000);
  await stream.close();
  const given = ids();
  const [first = []] = given;
  expect(given.slice(1).flat()).toEqual(first.length > 1 ? ['b', 'c'] : ['b', 'c'].slice(first.length - 1));
});

it('reports what the exporter throws', async () => {
  faults = [
    () => {
      throw new Error('a fault');
    },
  ];
  await put('log', 'a');
  await stream.close();
  expect(reported).toMatchObject([{ message: 'a fault' }]);
});
