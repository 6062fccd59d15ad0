import type { NanoUsd } from './money.ts';

/*
 * When a workspace's credit is spread over more than one item, and in what parts. An item takes 1,000 write units a second
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html), and each movement of credit pays for the
 * whole item, holds of other requests included.
 */

/** How many shards credit is spread over: at 1,000 requests of 20 seconds a second each has 16 a second and some 300 holds. */
export const shardCount = 64;

/** Bytes of the balance's own attributes, of one hold, of what is noted of one shard, and of what one write unit pays for. */
const bytes = { balance: 160, hold: 60, shard: 30, unit: 1024 };

/** A twentieth of what an item takes. What was placed within the last second is all that is known, so this is the least that it takes. */
const manyUnits = 50;

/** What the balance's own item tells of how busy it is. */
export interface BalanceLoad {
  /** When each hold in it was placed, epoch ms. */
  holdsAt: number[];
  /** How many shards have been given credit. */
  shards: number;
}

/** Whether the balance's own item is written so much that new holds should be placed elsewhere. `now`: epoch ms. */
export function isCrowded({ holdsAt, shards }: BalanceLoad, now: number): boolean {
  const placed = holdsAt.filter((at) => at > now - 1000).length;
  const units = Math.ceil((bytes.balance + bytes.hold * holdsAt.length + bytes.shard * shards) / bytes.unit);
  // Each is placed and settled.
  return 2 * placed * units >= manyUnits;
}

/**
 * What a shard is given that lacks credit for a hold of `amount`: room for 64 such holds, and never more than a 64th of what is available,
 * so that no shard has what the others need. Null: that is less than the hold; there is too little credit to spread.
 */
export function shareOf(available: NanoUsd, amount: NanoUsd): NanoUsd | null {
  const wanted = Math.max(amount, 1);
  const share = Math.floor(available / shardCount);
  return share < wanted ? null : Math.min(share, shardCount * wanted);
}
