import { randomUUID } from 'node:crypto';
import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { TableRecord } from '../../core/more-ports/sweep.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { type Item, key, number, readNumber, schemaVersion, tableIdentity } from './config-items.ts';

/**
 * The table's own record. `id`: who the table is, made once by whoever asks first. A table that was made anew has another one, a table that
 * was restored has the one it had. `name` and `since`: under which name, and since when: a table that finds another name in it was restored
 * from a backup of the other, or is older than these fields. `schema`: see config-items.ts.
 */
export function createTableIdentity(client: DynamoDBClient, table: string, now: () => number) {
  const Key = key(tableIdentity, tableIdentity);
  const read = async (): Promise<Item> =>
    (await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item ?? {};
  const set = (values: Record<string, AttributeValue>, condition: string, known: Item = {}) => {
    const names = Object.keys(values);
    return ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries([
            ...names.map((name) => [`:${name}`, values[name]]),
            ...Object.entries(known),
          ]),
        }),
      ),
    );
  };
  const stamp = () => ({
    name: { S: table },
    since: { S: new Date(now()).toISOString() },
    schema: number(schemaVersion),
  });

  const settle = async (): Promise<Item> => {
    const known = await read();
    if (known.id?.S === undefined) await set({ id: { S: randomUUID() }, ...stamp() }, 'attribute_not_exists(id)');
    else if (known.name?.S !== table)
      await set(
        stamp(),
        known.name === undefined ? 'attribute_not_exists(#name)' : '#name = :known',
        known.name && { ':known': known.name },
      );
    else if (readNumber(known.schema) < schemaVersion)
      await set({ schema: number(schemaVersion) }, '#schema < :schema');
    else return known;
    const stored = await read();
    if (stored.id?.S === undefined) throw new Error('The identity of the table vanished while it was read.');
    return stored;
  };

  let settled: Promise<string> | null = null;
  return {
    /** Read once per process. */
    identity(): Promise<string> {
      settled ??= settle().then(({ id }) => id?.S ?? '');
      settled.catch(() => {
        settled = null;
      });
      return settled;
    },

    /** Read each time. */
    async record(): Promise<TableRecord> {
      const { id, since, schema } = await settle();
      return { id: id?.S ?? '', since: Date.parse(since?.S ?? ''), isNewer: readNumber(schema) > schemaVersion };
    },
  };
}
