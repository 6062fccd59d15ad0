import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startSchedule } from '../../local/schedule.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('runs again and again, never twice at a time, and goes on after a failure', async () => {
  let begun = 0;
  const ends: PromiseWithResolvers<void>[] = [];
  const reported: unknown[] = [];
  const schedule = startSchedule(
    1000,
    () => {
      begun++;
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
    (error) => reported.push(error),
  );
  await vi.advanceTimersByTimeAsync(999);
  expect(begun).toBe(0);
  await vi.advanceTimersByTimeAsync(2001);
  expect(begun).toBe(1);
  ends[0]?.reject('failed');
  await vi.advanceTimersByTimeAsync(1000);
  expect([begun, reported]).toEqual([2, ['failed']]);
  let closed = false;
  const closing = schedule.close().then(() => {
    closed = true;
  });
  await vi.advanceTimersByTimeAsync(3000);
  expect([begun, closed]).toEqual([2, false]);
  ends[1]?.resolve();
  await closing;
  expect(closed).toBe(true);
});
