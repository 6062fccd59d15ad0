import { setTimeout as delay } from 'node:timers/promises';
import {
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { KeyHealth } from '../../core/accounts/workspace.ts';
import { type HealthRecords, platformOwner } from '../../core/ports.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { document, type Item, key, partition, platformPartition, readHealth, sortKeys } from './config-items.ts';

/** One winner per round; a burst of first failures settles in two, because the losers find nothing left to write. */
const mostRounds = 10;

/**
 * One item per workspace, and one for the platform. It is written on changes of state only, so it stays cool. Each write is on
 * condition that the document is still the one it was made from: processes do not erase each other's cooldowns, and a change of
 * state has exactly one author.
 */
export function createHealthRecords(client: DynamoDBClient, table: string): HealthRecords {
  const itemKey = (owner: string): Item =>
    key(owner === platformOwner ? platformPartition : partition(owner), sortKeys.health);
  const read = async (owner: string) => {
    const answer = await client.send(
      new GetItemCommand({ TableName: table, Key: itemKey(owner), ConsistentRead: true }),
    );
    return readHealth(answer.Item);
  };
  const write = (owner: string, id: string, known: KeyHealth | undefined, next: KeyHealth) =>
    ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: itemKey(owner),
          UpdateExpression: 'SET #keys.#id = :next',
          ConditionExpression: known === undefined ? 'attribute_not_exists(#keys.#id)' : '#keys.#id = :known',
          ExpressionAttributeNames: { '#keys': 'keys', '#id': id },
          ExpressionAttributeValues: {
            ':next': document(next),
            ...(known !== undefined && { ':known': document(known) }),
          },
        }),
      ),
    );
  const create = (owner: string) =>
    ifCondition(
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...itemKey(owner), keys: { M: {} } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );

  return {
    read,

    async update(owner, id, known, change) {
      let before = known;
      for (let round = 0; round < mostRounds; round++) {
        const after = change(before);
        if (after === null) return null;
        try {
          if (await write(owner, id, before, after)) return { before, after };
        } catch (error) {
          if (!lacksParent(error)) throw error;
          await create(owner);
        }
        if (round > 0) await delay(Math.random() * 10 * 2 ** round);
        before = (await read(owner))[id];
      }
      throw new Error(`The health of one key changed ${mostRounds} times while it was being written.`);
    },

    async remove(owner, id) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: itemKey(owner),
          UpdateExpression: 'REMOVE #keys.#id',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#keys': 'keys', '#id': id },
        }),
      );
    },
  };
}

/** What DynamoDB says when the map that an update reaches into is not there: the platform's item is made on first use. */
function lacksParent(error: unknown): boolean {
  return (
    error instanceof DynamoDBServiceException &&
    error.name === 'ValidationException' &&
    /document path/i.test(error.message)
  );
}
