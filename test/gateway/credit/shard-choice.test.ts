import { expect, it } from 'vitest';
import type { Workspace } from '../../../functions/core/accounts/workspace.ts';
import { createShardChoice } from '../../../functions/gateway/credit/shard-choice.ts';

const now = 1_800_000_000_000;
const workspace = { id: 'ws_1' } as Workspace;
const caps = { fallback: [], apiKey: null };
const cap = { counter: 'a day', limit: 5, name: 'a cap' };
const busy = { holdsAt: Array.from({ length: 50 }, () => now), shards: 0 };
const calm = { holdsAt: [now], shards: 0 };
const credit = (available: number) => ({ balance: available, available });

it('spreads what is crowded, over all shards', () => {
  const choose = (random: number) =>
    createShardChoice({ random: () => random }).of({ workspace, balance: credit(6400), load: busy }, 100, caps, now);
  expect([choose(0), choose(0.5), choose(0.9999)]).toEqual([0, 32, 63]);
});

it('leaves calm workspaces as they are, capped ones, and those with too little to spread', () => {
  const { of } = createShardChoice({ random: () => 0 });
  expect(of({ workspace, balance: credit(6400), load: calm }, 100, caps, now)).toBeNull();
  expect(of({ workspace, balance: credit(6399), load: busy }, 100, caps, now)).toBeNull();
  expect(of({ workspace, balance: credit(6400), load: busy }, 100, { ...caps, fallback: [cap] }, now)).toBeNull();
  const ofKey = { id: 'ak_1', caps: [cap] };
  expect(of({ workspace, balance: credit(6400), load: busy }, 100, { ...caps, apiKey: ofKey }, now)).toBeNull();
});

it('uses shards that were filled before, however little is left at home', () => {
  const { of } = createShardChoice({ random: () => 0 });
  expect(of({ workspace, balance: credit(0), load: { ...busy, shards: 1 } }, 100, caps, now)).toBe(0);
});

it('remembers for ten seconds that a workspace was crowded, each for itself', () => {
  const { of } = createShardChoice({ random: () => 0 });
  const at = (load: typeof busy, ms: number, id = 'ws_1') =>
    of({ workspace: { ...workspace, id }, balance: credit(6400), load }, 100, caps, now + ms);
  expect([at(calm, 0), at(busy, 0), at(busy, 0, 'ws_3'), at(calm, 9999), at(calm, 9999, 'ws_3')]).toEqual([
    null,
    0,
    0,
    0,
    0,
  ]);
  expect([at(calm, 10_000), at(calm, 1, 'ws_2')]).toEqual([null, null]);
});

it('forgets rather than grow without end', () => {
  const { of } = createShardChoice({ random: () => 0 });
  const see = (id: string, load: typeof busy) =>
    of({ workspace: { ...workspace, id }, balance: credit(6400), load }, 100, caps, now);
  for (let i = 0; i <= 2000; i++) see(`ws_${i}`, busy);
  expect([see('ws_0', calm), see('ws_2000', calm)]).toEqual([null, 0]);
});
