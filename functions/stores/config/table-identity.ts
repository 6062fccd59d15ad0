import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { key, tableIdentity } from './config-items.ts';

/**
 * Who the configuration table is: a random id in an item of it, made once by whoever asks first. A table that was made anew has another
 * one, a table that was restored has the one it had; the name tells neither. Read once per process.
 */
export function createTableIdentity(client: DynamoDBClient, table: string): () => Promise<string> {
  const Key = key(tableIdentity, tableIdentity);
  const read = async (): Promise<string | null> =>
    (await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item?.id?.S ?? null;
  const settle = async (): Promise<string> => {
    const known = await read();
    if (known !== null) return known;
    const id = randomUUID();
    const made = await ifCondition(
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...Key, id: { S: id } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    const stored = made ? id : await read();
    if (stored === null) throw new Error('The identity of the table vanished while it was read.');
    return stored;
  };
  let settled: Promise<string> | null = null;
  return () => {
    settled ??= settle().catch((error: unknown) => {
      settled = null;
      throw error;
    });
    return settled;
  };
}
