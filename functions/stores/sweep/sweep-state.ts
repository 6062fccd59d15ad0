import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SweepState } from '../../core/more-ports/sweep.ts';
import { key, number, readNumber, sortKeys, sweepState } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';

/** One item. Whoever writes an older value than another run did writes nothing. */
export function createSweepState(client: DynamoDBClient, table: string): SweepState {
  const Key = key(sweepState, sortKeys.usage);
  return {
    async read() {
      const { Item = {} } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return {
        until: readNumber(Item.until),
        markedFrom: readNumber(Item.markedFrom),
        rounded: readNumber(Item.rounded),
        roundAt: readNumber(Item.roundAt),
        secretsAt: readNumber(Item.secretsAt),
      };
    },
    async advance(mark, to) {
      await ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key,
            UpdateExpression: 'SET #mark = :to',
            ConditionExpression: 'attribute_not_exists(#mark) OR #mark < :to',
            ExpressionAttributeNames: { '#mark': mark },
            ExpressionAttributeValues: { ':to': number(to) },
          }),
        ),
      );
    },
  };
}
