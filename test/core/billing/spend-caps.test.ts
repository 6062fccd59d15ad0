import { describe, expect, it } from 'vitest';
import type { ApiKey, Workspace } from '../../../functions/core/accounts/workspace.ts';
import {
  fallbackCaps,
  fallbackCapsAfter,
  holdCaps,
  isOver,
  reachedCap,
  toHold,
} from '../../../functions/core/billing/spend-caps.ts';
import { noLimits } from '../../stores/tables.ts';
import { providerKey } from '../samples.ts';

const at = Date.parse('2026-11-23T10:05:20Z');
const workspace = { id: 'ws_1', fallbackCaps: { dayUsd: 5e9, monthUsd: null } } as Workspace;
const apiKey = { id: 'ak_1', limits: { ...noLimits, monthUsd: 2e9, totalUsd: 3e9 } } as ApiKey;
const capped = providerKey('a', { fallbackCaps: { dayUsd: null, monthUsd: 1e9 } });

describe('spend caps', () => {
  it('are those of the workspace and of the own keys that would have served', () => {
    expect(fallbackCaps(workspace, [capped, providerKey('b')], at)).toEqual([
      { counter: 'workspace day 2026-11-23', limit: 5e9, name: "the workspace's fallback cap of 5.0000000 USD a day" },
      {
        counter: `${capped.id} month 2026-11`,
        limit: 1e9,
        name: `the fallback cap of provider key ${capped.id} of 1.0000000 USD a month`,
      },
    ]);
  });

  it('bear on all that the platform serves, those of own keys on what is served in their place', () => {
    const caps = holdCaps(workspace, apiKey, [], at);
    expect(caps.fallback).toEqual(fallbackCaps(workspace, [], at));
    expect(caps.fallback).toHaveLength(1);
    expect(toHold(7, caps)).toEqual({
      amount: 7,
      counters: ['workspace day 2026-11-23'],
      apiKey: { id: 'ak_1', counters: ['key month 2026-11', 'key total'] },
    });
    expect(toHold(7, holdCaps(workspace, { ...apiKey, limits: noLimits }, [{ key: capped }], at))).toMatchObject({
      counters: ['workspace day 2026-11-23', `${capped.id} month 2026-11`],
      apiKey: null,
    });
  });

  it('of an API key go on counting in its successors', () => {
    expect(holdCaps(workspace, { ...apiKey, countsAs: 'ak_0' }, [], at).apiKey?.id).toBe('ak_0');
  });

  it('are reached when all of it is spent or held', () => {
    const [cap] = fallbackCaps(workspace, [], at);
    if (!cap) throw new Error('a cap');
    expect([
      reachedCap([cap], {}),
      reachedCap([cap], { [cap.counter]: 5e9 - 1 }),
      reachedCap([cap], { [cap.counter]: 5e9 }),
    ]).toEqual([null, null, cap]);
  });

  it('stay as they are, change or go', () => {
    const known = { dayUsd: 1e9, monthUsd: 2e9 };
    expect(fallbackCapsAfter(known, {})).toEqual(known);
    expect(fallbackCapsAfter(known, { fallback_cap_day_usd: null, fallback_cap_month_usd: '0.5' })).toEqual({
      dayUsd: null,
      monthUsd: 5e8,
    });
  });

  it.each([
    ['workspace day 2026-11-23', false],
    ['workspace day 2026-11-21', false],
    ['workspace day 2026-11-20', true],
    ['pk_1 month 2026-11', false],
    ['pk_1 month 2026-10', true],
    ['key total', false],
  ])('count in %s, which is over: %s', (counter, over) => {
    expect(isOver(counter, at)).toBe(over);
  });
});
