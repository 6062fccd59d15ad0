import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Mark, Marks } from '../../core/more-ports/sweep.ts';
import { key, marks as layout, number, readNumber } from '../config/config-items.ts';
import { ifCondition, queryPages } from '../dynamodb/dynamodb.ts';
import type { HotCalls } from '../dynamodb/hot-calls.ts';

/** What nobody removed goes by itself. */
const keptMs = 60 * 86_400_000;

/**
 * One item per workspace and hour with requests, in partitions by the hour: the sweep reads what there is to do and no more. An hour's marks are
 * spread, because at its beginning all workspaces make theirs, and a partition takes a thousand writes a second.
 */
export function createMarks(client: DynamoDBClient, calls: Pick<HotCalls, 'putItem'>, table: string): Marks {
  const condition = ({ at }: Mark) => ({
    ConditionExpression: '#at = :at',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':at': number(at) },
  });

  return {
    async put(mark) {
      const { hour, at } = mark;
      const expires_at = number(Math.floor((hour + keptMs) / 1000));
      await calls.putItem({ TableName: table, Item: { ...keyOf(mark), at: number(at), expires_at } });
    },

    async *list(hour) {
      const partitions = hour === null ? [layout.late] : layout.ofHour(hour);
      const lists = await Promise.all(
        partitions.map(async (pk) => {
          const found: Mark[][] = [];
          const all = {
            TableName: table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: pk } },
            ConsistentRead: true,
          };
          for await (const items of queryPages(client, all))
            found.push(
              items.map(({ sk, at }) => ({
                ...layout.read(sk?.S ?? '', hour),
                at: readNumber(at),
                late: hour === null,
              })),
            );
          return found;
        }),
      );
      for (const found of lists) yield* found;
    },

    async stands(mark) {
      const answer = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(mark), ConsistentRead: true }),
      );
      return answer.Item !== undefined && readNumber(answer.Item.at) === mark.at;
    },

    async remove(mark) {
      await ifCondition(client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(mark), ...condition(mark) })));
    },
  };
}

function keyOf({ workspaceId, hour, late }: Mark) {
  return late
    ? key(layout.late, layout.lateName(workspaceId, hour))
    : key(layout.partition(workspaceId, hour), workspaceId);
}
