import { createHash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Credits } from '../../core/ports.ts';
import { type Item, key, number, partition, readNumber, sortKeys } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { wholeBalance } from './shard-items.ts';

const markPrefix = 'credit:';

/**
 * Top-ups, each added once for ever, without a balance item that grows with them. A top-up has an item of its own, CREDIT#…,
 * which is first `pending` and then `done`; the balance carries a mark of it only while it is between the two, and counts
 * the top-ups in `credits`.
 *
 *   1  note the top-up as pending, unless it is known            3  set it to done
 *   2  add it to the balance, with its mark and `credits` + 1    4  remove the mark
 *
 * Why no interleaving adds twice: whoever adds has read the balance first and the top-up after it. No mark and still pending
 * means that nobody had added it when the balance was read, for the mark goes only after `done` is written. The condition of
 * step 2 is that `credits` has not moved since that read, and every addition moves it. A crash after any step leaves what
 * the next call finishes: step 2 done and step 3 not is told by the mark.
 */
export function createCredits(client: DynamoDBClient, table: string): Credits {
  const read = async (pk: string, sk: string) =>
    (await client.send(new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true }))).Item ?? null;
  const update = (
    pk: string,
    sk: string,
    rest: {
      UpdateExpression: string;
      ConditionExpression?: string;
      ExpressionAttributeNames?: Record<string, string>;
      ExpressionAttributeValues?: Item;
    },
  ) => ifCondition(client.send(new UpdateItemCommand({ TableName: table, Key: key(pk, sk), ...rest })));

  const finish = async (pk: string, name: string) => {
    await update(pk, sortKeys.credit(name), {
      UpdateExpression: 'SET done = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    });
    await update(pk, sortKeys.balance, {
      UpdateExpression: 'REMOVE #mark',
      ExpressionAttributeNames: { '#mark': markPrefix + name },
    });
  };

  return {
    async topUp(workspaceId, idempotencyKey, amount) {
      const pk = partition(workspaceId);
      const name = createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 22);
      for (let round = 0; round < 50; round++) {
        const balance = await read(pk, sortKeys.balance);
        if (balance === null) return null;
        const unfinished = Object.keys(balance).flatMap((attribute) =>
          attribute.startsWith(markPrefix) ? [attribute.slice(markPrefix.length)] : [],
        );
        for (const each of unfinished) await finish(pk, each);
        const known = await read(pk, sortKeys.credit(name));
        if (known === null) {
          const item = { ...key(pk, sortKeys.credit(name)), amount: number(amount) };
          await ifCondition(
            client.send(
              new PutItemCommand({ TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' }),
            ),
          );
          continue;
        }
        if (readNumber(known.amount) !== amount) return 'conflict';
        if (known.done?.BOOL) return wholeBalance(client, table, workspaceId, balance);
        const added = await update(pk, sortKeys.balance, {
          UpdateExpression:
            'SET #mark = :amount, balance = balance + :amount, available = available + :amount, credits = :next',
          ConditionExpression:
            balance.credits === undefined
              ? 'attribute_exists(pk) AND attribute_not_exists(credits)'
              : 'credits = :known',
          ExpressionAttributeNames: { '#mark': markPrefix + name },
          ExpressionAttributeValues: {
            ':amount': number(amount),
            ':next': number(readNumber(balance.credits) + 1),
            ...(balance.credits && { ':known': balance.credits }),
          },
        });
        if (!added) await new Promise((resolve) => setTimeout(resolve, round * 5 * Math.random()));
      }
      throw new Error('Too many top-ups of one workspace at the same moment.');
    },

    async balance(workspaceId) {
      const item = await read(partition(workspaceId), sortKeys.balance);
      return item && wholeBalance(client, table, workspaceId, item);
    },
  };
}
