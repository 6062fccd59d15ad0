import { isCrowded, shardCount, shareOf } from '../../core/billing/balance-shards.ts';
import type { NanoUsd } from '../../core/billing/money.ts';
import type { HoldCaps } from '../../core/billing/spend-caps.ts';
import type { Principal } from '../access/authenticate.ts';

export interface ShardChoice {
  /** The shard in which a hold should be placed; null: in the balance's own item. `at`: epoch ms. */
  of(
    principal: Pick<Principal, 'workspace' | 'balance' | 'load'>,
    amount: NanoUsd,
    caps: HoldCaps,
    at: number,
  ): number | null;
}

/** Once a workspace was seen crowded: what was read may be a few seconds old by the time a hold is placed. */
const rememberMs = 10_000;
const manyWorkspaces = 2000;

/**
 * Spreads the holds of busy workspaces. Workspaces with caps keep theirs in one item, where the caps are counted; so do those that have too
 * little credit to spread. The balance's own item goes on taking what it takes with ease, so nothing has to be agreed between processes.
 */
export function createShardChoice({ random }: { random(): number }): ShardChoice {
  const crowdedUntil = new Map<string, number>();
  return {
    of({ workspace, balance, load }, amount, caps, at) {
      if (caps.fallback.length > 0 || caps.apiKey !== null) return null;
      if (load.shards === 0 && shareOf(balance.available, amount) === null) return null;
      if (isCrowded(load, at)) {
        if (crowdedUntil.size >= manyWorkspaces) crowdedUntil.clear();
        crowdedUntil.set(workspace.id, at + rememberMs);
      } else if ((crowdedUntil.get(workspace.id) ?? 0) <= at) return null;
      return Math.floor(random() * shardCount);
    },
  };
}
