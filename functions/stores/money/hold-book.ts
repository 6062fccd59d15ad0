import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { isOver } from '../../core/billing/spend-caps.ts';
import type { HoldBook } from '../../core/more-ports/sweep.ts';
import { type Item, key, number, partition, sortKeys } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import { apiKeyWallet, workspaceWallet } from './ledger.ts';
import { attributeOf, createWallets, readHolds, readSpent } from './wallet.ts';

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
      return items.flatMap((item) => {
        const holds = readHolds(item).filter((hold) => hold.at < before);
        const pastCounters = Object.keys(readSpent(item)).filter((counter) => isOver(counter, now()));
        if (holds.length === 0 && pastCounters.length === 0) return [];
        return [{ workspaceId: `ws_${(item.pk?.S ?? '').slice(3)}`, holds, pastCounters }];
      });
    },

    async lapse(workspaceId, requestId, hold) {
      if (hold.apiKey)
        await wallets.lapse(apiKeyWallet(workspaceId, hold.apiKey.id), requestId, hold.amount, hold.apiKey.counters);
      await wallets.lapse(workspaceWallet(workspaceId), requestId, hold.amount, hold.counters);
    },

    async drop(workspaceId, requestId) {
      const known = readHolds((await balances(client, table, [workspaceId]))[0] ?? {}).find(
        (hold) => hold.requestId === requestId,
      );
      const owners = [
        ...(known?.apiKey ? [apiKeyWallet(workspaceId, known.apiKey.id)] : []),
        workspaceWallet(workspaceId),
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

function balances(client: DynamoDBClient, table: string, ids: string[]): Promise<Item[]> {
  const keys = ids.map((id) => key(partition(id), sortKeys.balance));
  return readItems(batchGetOf(client), table, keys, false);
}
