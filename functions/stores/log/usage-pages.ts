import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { UsageRecord } from '../../core/billing/usage-rows.ts';
import { formatTime } from '../../core/ids.ts';
import type { UsagePages } from '../../core/more-ports/sweep.ts';
import { fromAttributes, logPartitionOf, logShards } from './log-items.ts';

/** Another name for each: some are words of DynamoDB's own. */
const names = Object.fromEntries(
  [
    'sk',
    'at',
    'model',
    'provider',
    'credential',
    'api_key_id',
    'provider_key_id',
    'error_code',
    'usage',
    'cost',
    'upstream_cost',
  ].map((name) => [`#${name}`, name]),
);
const json = new Set(['usage']);

interface Shard {
  /** Read and not yet handed out, oldest first. */
  waiting: UsageRecord[];
  /** What is being read; null: there is no more. */
  next: Promise<QueryCommandOutput> | null;
}

/**
 * Reads a workspace's partitions side by side, each a page of 1 MB ahead of what is worked on
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html), and of each record what usage is made of. The records need no
 * order within a page, only that none is left behind its end.
 */
export function createUsagePages(client: DynamoDBClient, table: string): UsagePages {
  return {
    async *pages(workspaceId, from, to, after) {
      const oldest = after === null ? `req_${formatTime(from)}` : `${after}!`;
      const newest = `req_${formatTime(to)}~`;
      if (newest < oldest) return;
      const ask = (shard: number, start?: QueryCommandOutput['LastEvaluatedKey']) => {
        const page = client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :oldest AND :newest',
            ProjectionExpression: Object.keys(names).join(', '),
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: {
              ':pk': { S: logPartitionOf(workspaceId, shard) },
              ':oldest': { S: oldest },
              ':newest': { S: newest },
            },
            ConsistentRead: true,
            ExclusiveStartKey: start,
          }),
        );
        // Whoever stops reading does not wait for it.
        page.catch(() => undefined);
        return page;
      };
      const shards: Shard[] = Array.from({ length: logShards }, (_, shard) => ({ waiting: [], next: ask(shard) }));
      const fill = async (shard: Shard, index: number): Promise<void> => {
        while (shard.waiting.length === 0 && shard.next !== null) {
          const { Items = [], LastEvaluatedKey } = await shard.next;
          shard.next = LastEvaluatedKey ? ask(index, LastEvaluatedKey) : null;
          shard.waiting = Items.map(
            ({ sk, ...item }) => ({ request_id: sk?.S, ...fromAttributes(item, json) }) as unknown as UsageRecord,
          );
        }
      };
      for (;;) {
        await Promise.all(shards.map(fill));
        const heads = shards.filter(({ waiting }) => waiting.length > 0);
        if (heads.length === 0) return;
        // The shard that has been read least far says up to where all of them are known.
        const ends = heads.map(({ waiting, next }) => ({
          last: waiting.at(-1)?.request_id ?? '',
          isAll: next === null,
        }));
        const bounds = ends.filter(({ isAll }) => !isAll).map(({ last }) => last);
        const upTo =
          bounds.toSorted()[0] ??
          ends
            .map(({ last }) => last)
            .toSorted()
            .at(-1) ??
          '';
        const records: UsageRecord[] = [];
        for (const shard of heads) {
          const { waiting } = shard;
          const rest =
            (waiting.at(-1)?.request_id ?? '') <= upTo
              ? waiting.length
              : waiting.findIndex(({ request_id }) => request_id > upTo);
          records.push(...waiting.slice(0, rest));
          shard.waiting = waiting.slice(rest);
        }
        yield { records, upTo, isLast: bounds.length === 0 };
      }
    },
  };
}
