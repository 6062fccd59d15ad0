import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toHold } from '../../core/billing/spend-caps.ts';
import type { Ledger } from '../../core/ports.ts';
import { key, partition, refOfApiKeyId, sortKeys } from '../config/config-items.ts';
import { shardKey } from './shard-items.ts';
import { createShards } from './shards.ts';
import { createWallets, type Wallet, type WalletHold } from './wallet.ts';

/**
 * Holds and charges. The hold in the workspace's wallet names the API key whose caps it counts in, and is placed first and
 * ended last: whatever breaks off between two steps, the sweep finds it there and finishes both.
 */
export function createLedger(client: DynamoDBClient, table: string, now: () => number): Ledger {
  const wallets = createWallets(client, table);
  const shards = createShards(client, table, now);

  const holdInShard = async (workspaceId: string, hold: WalletHold, shard: number): Promise<boolean> => {
    for (let round = 0; round < 3; round++) {
      if ((await wallets.hold(workspaceWallet(workspaceId, shard), hold, [])) === true) return true;
      if (!(await shards.refill(workspaceId, shard, hold.amount))) return false;
    }
    return false;
  };

  return {
    async hold(workspaceId, requestId, amount, caps, shard) {
      const hold: WalletHold = { requestId, at: now(), ...toHold(amount, caps) };
      if (shard !== undefined) return holdInShard(workspaceId, hold, shard);
      const placed = await wallets.hold(workspaceWallet(workspaceId), hold, caps.fallback);
      if (placed !== true || caps.apiKey === null || hold.apiKey === null) return placed;
      const capped = await wallets.hold(
        apiKeyWallet(workspaceId, hold.apiKey.id),
        { ...hold, counters: hold.apiKey.counters, apiKey: null },
        caps.apiKey.caps,
      );
      if (capped !== true) await wallets.settle(workspaceWallet(workspaceId), requestId, amount, hold.counters, 0);
      return capped;
    },

    async settle(workspaceId, requestId, hold, cost) {
      if (hold.apiKey)
        await wallets.settle(
          apiKeyWallet(workspaceId, hold.apiKey.id),
          requestId,
          hold.amount,
          hold.apiKey.counters,
          cost,
        );
      await wallets.settle(workspaceWallet(workspaceId, hold.shard), requestId, hold.amount, hold.counters, cost);
      // What a shard is short of must not wait for the sweep, which brings it home otherwise: the others would go on lending.
      if (hold.shard !== undefined && cost > hold.amount)
        await shards.level(workspaceId, hold.shard).catch(() => undefined);
    },

    gather: (workspaceId) => shards.gather(workspaceId),

    async charge(workspaceId, requestId, cost) {
      // The note is what makes a repeated write charge once: the SDK repeats a write whose answer was lost.
      const wallet = workspaceWallet(workspaceId);
      if (await wallets.note(wallet, requestId, now())) await wallets.settle(wallet, requestId, 0, [], cost);
    },
  };
}

/** The balance's own item, or one of its shards. */
export function workspaceWallet(workspaceId: string, shard?: number): Wallet {
  return {
    funded: true,
    key: shard === undefined ? key(partition(workspaceId), sortKeys.balance) : shardKey(workspaceId, shard),
  };
}

export function apiKeyWallet(workspaceId: string, apiKeyId: string): Wallet {
  return { funded: false, key: key(partition(workspaceId), sortKeys.apiKeySpend(refOfApiKeyId(apiKeyId))) };
}
