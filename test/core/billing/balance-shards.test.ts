import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCrowded, shardCount, shareOf } from '../../../functions/core/billing/balance-shards.ts';

const now = 1_800_000_000_000;
/** Holds of requests that come `rate` times a second and last for `seconds`. */
const steady = (rate: number, seconds: number) => ({
  holdsAt: Array.from({ length: Math.round(rate * seconds) }, (_, i) => now - 1 - (i * 1000) / rate),
  shards: 0,
});

describe("the balance's own item", () => {
  it.each([
    // What DynamoDB takes is reached at 250, 90 and 20 requests a second.
    { seconds: 0.1, calm: 100, crowded: 200 },
    { seconds: 1, calm: 12, crowded: 20 },
    { seconds: 20, calm: 4, crowded: 7 },
  ])('is crowded long before it is full, with answers of $seconds seconds', ({ seconds, calm, crowded }) => {
    expect([isCrowded(steady(calm, seconds), now), isCrowded(steady(crowded, seconds), now)]).toEqual([false, true]);
  });

  it('is not crowded by streams that came long ago, nor when it is empty', () => {
    const old = { holdsAt: Array.from({ length: 500 }, () => now - 1000), shards: 0 };
    expect([isCrowded(old, now), isCrowded({ holdsAt: [], shards: 64 }, now)]).toEqual([false, false]);
  });

  it('is crowded from its 50th unit a second on: to place and settle, for the whole item', () => {
    const holds = (count: number) => ({ holdsAt: Array.from({ length: count }, () => now), shards: 0 });
    // 160 + 15 · 60 bytes are two units; 14 holds fit into one.
    expect([isCrowded(holds(14), now), isCrowded(holds(15), now)]).toEqual([false, true]);
    expect(isCrowded({ ...holds(9), shards: 64 }, now)).toBe(true);
    const among = (young: number, all: number) => ({
      holdsAt: Array.from({ length: all }, (_, i) => (i < young ? now : now - 5000)),
      shards: 0,
    });
    // Five units, and 25.
    expect([isCrowded(among(5, 70), now), isCrowded(among(4, 70), now)]).toEqual([true, false]);
    expect([isCrowded(among(1, 407), now), isCrowded(among(1, 406), now)]).toEqual([true, false]);
    expect(isCrowded({ ...holds(8), shards: 64 }, now)).toBe(false);
  });
});

describe('the share of a shard', () => {
  it('is room for 64 holds, a 64th of what is available at most, and at least the hold', () => {
    expect(shareOf(64 * 64 * 10, 10)).toBe(640);
    expect(shareOf(1e12, 10)).toBe(640);
    expect(shareOf(640, 10)).toBe(10);
    expect(shareOf(639, 10)).toBeNull();
    expect(shareOf(64, 0)).toBe(1);
    expect(shareOf(63, 0)).toBeNull();
    expect(shareOf(-5, 1)).toBeNull();
  });

  it('is whole, takes the hold, and leaves the other shards theirs', () => {
    const nano = fc.integer({ min: 0, max: 2 ** 50 });
    fc.assert(
      fc.property(nano, nano, (available, amount) => {
        const share = shareOf(available, amount);
        if (share === null) return available < shardCount * Math.max(amount, 1);
        return Number.isSafeInteger(share) && share >= amount && share > 0 && share * shardCount <= available;
      }),
    );
  });
});
