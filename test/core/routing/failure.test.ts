import { expect, it, test } from 'vitest';
import { dispositions, failureKinds, reachOf } from '../../../functions/core/routing/failure.ts';
import { failure } from '../samples.ts';

test.each([
  // kind, next, retryLast, cooldown, shouldRetry
  ['credential', true, false, 'key', false],
  ['permission', true, false, 'model', false],
  ['rate_limit', true, false, 'model', true],
  ['quota', true, false, 'key', false],
  ['model_access', true, false, 'model', true],
  ['overloaded', true, true, 'none', true],
  ['network', true, true, 'none', true],
  ['secret_unavailable', true, false, 'none', true],
  ['bad_request', false, false, 'none', false],
  ['content_filter', false, false, 'none', false],
  ['cancelled', false, false, 'none', false],
] as const)(
  'after %s: next %s, last one again %s, cooldown of %s, repeat %s',
  (kind, next, retryLast, cooldown, shouldRetry) => {
    expect(dispositions[kind]).toEqual({ next, retryLast, cooldown, shouldRetry });
    expect(reachOf(failure(kind))).toBe(cooldown);
    expect(reachOf(failure(kind, { modelOnly: true }))).toBe(cooldown === 'key' ? 'model' : cooldown);
  },
);

it('after a time-out the next target may be tried, never the same one: it may be at work still, and is paid', () => {
  expect(dispositions.timeout).toEqual({ next: true, retryLast: false, cooldown: 'none', shouldRetry: true });
});

it('every kind has its disposition, and there are no others', () => {
  expect([...failureKinds].sort()).toEqual(Object.keys(dispositions).sort());
});
