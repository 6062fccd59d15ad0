import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure, FailureKind } from '../../../functions/core/routing/failure.ts';
import { createKept, type Obtain } from '../../../functions/providers/sessions/kept.ts';

const hour = 3_600_000;
const minute = 60_000;
const { signal } = new AbortController();
const failing =
  (kind: FailureKind): Obtain<string> =>
  async () => ({ failure: { kind, status: null, code: null, message: 'no', providerRequestId: null } as Failure });
const giving =
  (value: string, lifetimeMs = hour): Obtain<string> =>
  async () => ({ value, lifetimeMs });

describe('what is got for a credential', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is kept until five minutes before its end, under its key alone', async () => {
    const kept = createKept<string>();
    expect(await kept.get('pk_1@1', giving('a'), signal)).toEqual({ value: 'a', fresh: true });
    vi.setSystemTime(hour - 5 * minute - 1);
    expect(await kept.get('pk_1@1', giving('b'), signal)).toEqual({ value: 'a', fresh: false });
    expect(await kept.get('pk_1@2', giving('c'), signal)).toEqual({ value: 'c', fresh: true });
    vi.setSystemTime(hour - 5 * minute);
    expect(await kept.get('pk_1@1', giving('b'), signal)).toEqual({ value: 'b', fresh: true });
  });

  it.each(['network', 'timeout', 'overloaded', 'rate_limit'] as const)(
    'is used to its end, and no longer, when another one cannot be got for %s',
    async (kind) => {
      const kept = createKept<string>();
      await kept.get('pk_1@1', giving('a'), signal);
      vi.setSystemTime(hour - 1);
      expect(await kept.get('pk_1@1', failing(kind), signal)).toEqual({ value: 'a', fresh: false });
      vi.setSystemTime(hour);
      expect(await kept.get('pk_1@1', failing(kind), signal)).toMatchObject({ failure: { kind } });
    },
  );

  it('is given up at once when its owner has taken the trust away', async () => {
    const kept = createKept<string>();
    await kept.get('pk_1@1', giving('a'), signal);
    vi.setSystemTime(hour - minute);
    expect(await kept.get('pk_1@1', failing('permission'), signal)).toMatchObject({ failure: { kind: 'permission' } });
  });

  it('is got once for all who ask meanwhile, and a failure is not kept', async () => {
    const kept = createKept<string>();
    const answer = Promise.withResolvers<{ value: string; lifetimeMs: number }>();
    const obtain = vi.fn(() => answer.promise);
    const asked = Array.from({ length: 20 }, () => kept.get('pk_1@1', obtain, signal));
    answer.resolve({ value: 'a', lifetimeMs: hour });
    expect(new Set((await Promise.all(asked)).map((got) => ('value' in got ? got.value : null)))).toEqual(
      new Set(['a']),
    );
    expect(obtain).toHaveBeenCalledTimes(1);
    await kept.get('pk_2@1', failing('network'), signal);
    expect(await kept.get('pk_2@1', giving('b'), signal)).toEqual({ value: 'b', fresh: true });
  });

  it('is forgotten when it is refused, but not the one that took its place', async () => {
    const kept = createKept<string>();
    await kept.get('pk_1@1', giving('a'), signal);
    kept.drop('pk_1@1', 'a');
    expect(await kept.get('pk_1@1', giving('b'), signal)).toEqual({ value: 'b', fresh: true });
    kept.drop('pk_1@1', 'a');
    expect(await kept.get('pk_1@1', giving('c'), signal)).toEqual({ value: 'b', fresh: false });
  });
});
