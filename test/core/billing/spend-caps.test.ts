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

  it('are told by the first that is reached; one of nothing always is, one of little not before anything is spent', () => {
    const caps = ['x', 'y', 'z'].map((counter) => ({ counter, limit: 1, name: counter }));
    expect(reachedCap(caps, { y: 1, z: 1 })?.name).toBe('y');
    expect(reachedCap(caps, {})).toBeNull();
    expect(reachedCap([{ counter: 'n', limit: 0, name: 'n' }], {})?.name).toBe('n');
  });

  it('of an API key bear on it singly, too', () => {
    const one = { ...apiKey, limits: { ...noLimits, totalUsd: 3e9 } };
    expect(holdCaps(workspace, one, [], at).apiKey?.caps.map(({ counter }) => counter)).toEqual(['key total']);
  });

  it('are over two days after the end of their span, to the millisecond', () => {
    const end = Date.parse('2026-10-01T00:00:00Z') + 33 * 86_400_000;
    expect([isOver('k month 2026-10', end), isOver('k month 2026-10', end + 1)]).toEqual([false, true]);
    const day = Date.parse('2026-11-23T00:00:00Z') + 3 * 86_400_000;
    expect([isOver('k day 2026-11-23', day), isOver('k day 2026-11-23', day + 1)]).toEqual([false, true]);
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
