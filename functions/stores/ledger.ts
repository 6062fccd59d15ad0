import { createHash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Ledger } from '../core/ports.ts';
import { type Item, key, partition, readBalance, sortKeys } from './config-items.ts';
import { ifCondition } from './dynamodb.ts';

/**
 * One item per workspace; every movement is one conditional update of it, so it is atomic without a transaction.
 * A hold is an entry under `holds` named by the request, a top-up one under `credits` named by the hash of its key:
 * the condition on that entry is what makes each movement happen once.
 */
export function createLedger(client: DynamoDBClient, table: string): Ledger {
  const update = (workspaceId: string, expression: { update: string; condition: string; names?: Record<string, string>; values?: Item }) =>
    ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(workspaceId), sortKeys.balance),
          UpdateExpression: expression.update,
          ConditionExpression: expression.condition,
          ExpressionAttributeNames: expression.names,
          ExpressionAttributeValues: expression.values,
        }),
      ),
    );
  const read = async (workspaceId: string) => {
    const answer = await client.send(new GetItemCommand({ TableName: table, Key: key(partition(workspaceId), sortKeys.balance), ConsistentRead: true }));
    return answer.Item ?? null;
  };

  return {
    async hold(workspaceId, requestId, amount) {
      const held = await update(workspaceId, {
        update: 'SET holds.#r = :hold, available = available - :amount',
        condition: 'available >= :amount AND available > :zero AND attribute_not_exists(holds.#r)',
        names: { '#r': requestId },
        values: { ':hold': { M: { amount: number(amount) } }, ':amount': number(amount), ':zero': number(0) },
      });
      if (held) return true;
      const item = await read(workspaceId);
      return item?.holds?.M?.[requestId] !== undefined;
    },

    async settle(workspaceId, requestId, held, cost) {
      await update(workspaceId, {
        update: 'SET balance = balance - :cost, available = available + :back REMOVE holds.#r',
        condition: 'attribute_exists(holds.#r)',
        names: { '#r': requestId },
        values: { ':cost': number(cost), ':back': number(held - cost) },
      });
    },

    async topUp(workspaceId, idempotencyKey, amount) {
      const mark = createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 22);
      await update(workspaceId, {
        update: 'SET credits.#k = :amount, balance = balance + :amount, available = available + :amount',
        condition: 'attribute_exists(pk) AND attribute_not_exists(credits.#k)',
        names: { '#k': mark },
        values: { ':amount': number(amount) },
      });
      return this.balance(workspaceId);
    },

    async balance(workspaceId) {
      const item = await read(workspaceId);
      return item && readBalance(item);
    },
  };
}

function number(value: number) {
  return { N: String(value) };
}
