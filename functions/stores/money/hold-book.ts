import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { isOver } from '../../core/billing/spend-caps.ts';
import type { HoldBook } from '../../core/more-ports/sweep.ts';
import { type Item, key, number, partition, sortKeys } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import { apiKeyWallet, workspaceWallet } from './ledger.ts';
import { isSpread, readShardItems } from './shard-items.ts';
import { attributeOf, createWallets, readHolds, readSpent, type WalletHold } from './wallet.ts';

/** As many as one BatchGetItem takes. */
const mostKeys = 100;
const atOnce = 8;

/** Finds forgotten holds in the balances of workspaces, eventually consistent: half a read unit each, and no index to keep. */
export function createHoldBook(client: DynamoDBClient, table: string, now: () => number): HoldBook {
  const wallets = createWallets(client, table);

  return {
    async list(workspaceIds, before) {
      const items: Item[] = [];
      for (let from = 0; from < workspaceIds.length; from += mostKeys * atOnce) {
        const starts = Array.from({ length: atOnce }, (_, i) => from + i * mostKeys);
        const parts = starts
          .map((start) => workspaceIds.slice(start, start + mostKeys))
          .filter(({ length }) => length > 0);
        items.push(...(await Promise.all(parts.map((ids) => balances(client, table, ids)))).flat());
      }
      const homes = items.map((home) => ({ workspaceId: `ws_${(home.pk?.S ?? '').slice(3)}`, home }));
      const spread = Map.groupBy(await readShardItems(client, table, homes, false), ({ workspaceId }) => workspaceId);
      return homes.flatMap(({ workspaceId, home }) => {
        const shards = spread.get(workspaceId) ?? [];
        const inShards = shards.flatMap(({ shard, item }) => readHolds(item).map((hold) => ({ ...hold, shard })));
        const holds = sameRequestsOf([...readHolds(home), ...inShards], before);
        const pastCounters = Object.keys(readSpent(home)).filter((counter) => isOver(counter, now()));
        const found = { workspaceId, holds, pastCounters, isSpread: isSpread(workspaceId, home, shards) };
        return holds.length > 0 || pastCounters.length > 0 || found.isSpread ? [found] : [];
      });
    },

    async lapse(workspaceId, requestId, hold) {
      if (hold.apiKey)
        await wallets.lapse(apiKeyWallet(workspaceId, hold.apiKey.id), requestId, hold.amount, hold.apiKey.counters);
      await wallets.lapse(workspaceWallet(workspaceId, hold.shard), requestId, hold.amount, hold.counters);
    },

    async drop(workspaceId, requestId, hold) {
      const owners = [
        ...(hold.apiKey ? [apiKeyWallet(workspaceId, hold.apiKey.id)] : []),
        workspaceWallet(workspaceId, hold.shard),
      ];
      for (const wallet of owners) {
        const names = { '#h': attributeOf.hold(requestId) };
        const none = { ':none': number(0) };
        await ifCondition(
          client.send(
            new UpdateItemCommand({
              TableName: table,
              Key: wallet.key,
              UpdateExpression: 'REMOVE #h',
              ConditionExpression: '#h.a = :none',
              ExpressionAttributeNames: names,
              ExpressionAttributeValues: none,
            }),
          ),
        );
      }
    },

    async dropCounters(workspaceId, counters) {
      const names = Object.fromEntries(counters.map((counter, i) => [`#c${i}`, attributeOf.counter(counter)]));
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: workspaceWallet(workspaceId).key,
          UpdateExpression: `REMOVE ${Object.keys(names).join(', ')}`,
          ExpressionAttributeNames: names,
        }),
      );
    },
  };
}

/** Holds from before that time, each with all holds of the same request: only one of them is charged. */
function sameRequestsOf(holds: WalletHold[], before: number): WalletHold[] {
  const old = new Set(holds.flatMap(({ requestId, at }) => (at < before ? [requestId] : [])));
  return holds.filter(({ requestId }) => old.has(requestId));
}

function balances(client: DynamoDBClient, table: string, ids: string[]): Promise<Item[]> {
  const keys = ids.map((id) => key(partition(id), sortKeys.balance));
  return readItems(batchGetOf(client), table, keys, false);
}
