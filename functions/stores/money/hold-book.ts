import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { isOver } from '../../core/billing/spend-caps.ts';
import type { HoldBook } from '../../core/more-ports/sweep.ts';
import { type Item, key, number, partition, sortKeys } from '../config/config-items.ts';
import { listWorkspaceIds } from '../config/workspace-ids.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import { apiKeyWallet, workspaceWallet } from './ledger.ts';
import { isSpread, readShardItems } from './shard-items.ts';
import { attributeOf, createWallets, readHolds, readSpent, type WalletHold } from './wallet.ts';

/**
 * Finds forgotten holds by reading the balance of every workspace, eventually consistent: half a read unit each, no index to
 * keep and no write on the hot path. A thousand workspaces every five minutes are 4.3 million read units a month, half a dollar.
 */
export function createHoldBook(client: DynamoDBClient, table: string, now: () => number): HoldBook {
  const wallets = createWallets(client, table);

  return {
    async *list(before) {
      for await (const ids of listWorkspaceIds(client, table)) {
        const homes = (await balances(client, table, ids)).map((home) => ({
          workspaceId: `ws_${(home.pk?.S ?? '').slice(3)}`,
          home,
        }));
        const spread = Map.groupBy(await readShardItems(client, table, homes, false), ({ workspaceId }) => workspaceId);
        for (const { workspaceId, home } of homes) {
          const shards = spread.get(workspaceId) ?? [];
          const inShards = shards.flatMap(({ shard, item }) => readHolds(item).map((hold) => ({ ...hold, shard })));
          const holds = sameRequestsOf([...readHolds(home), ...inShards], before);
          const pastCounters = Object.keys(readSpent(home)).filter((counter) => isOver(counter, now()));
          const found = { workspaceId, holds, pastCounters, isSpread: isSpread(workspaceId, home, shards) };
          if (holds.length > 0 || pastCounters.length > 0 || found.isSpread) yield found;
        }
      }
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
