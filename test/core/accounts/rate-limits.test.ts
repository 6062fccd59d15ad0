import { describe, expect, it } from 'vitest';
import {
  allowancesOf,
  formatReset,
  rateLimitHeaders,
  requestsAtOnce,
  windowAt,
} from '../../../functions/core/accounts/rate-limits.ts';
import { noLimits } from '../../stores/tables.ts';

const at = Date.parse('2026-11-23T10:05:20.500Z');

describe('rate limits', () => {
  it('count in the minute and the day of UTC', () => {
    expect(windowAt('minute', at)).toEqual({
      kind: 'minute',
      name: '2026-11-23T10:05',
      seconds: 60,
      endsAt: Date.parse('2026-11-23T10:06:00Z'),
    });
    expect(windowAt('day', at)).toEqual({
      kind: 'day',
      name: '2026-11-23',
      seconds: 86_400,
      endsAt: Date.parse('2026-11-24T00:00:00Z'),
    });
  });

  it('count nothing for keys without limits', () => {
    expect(allowancesOf(noLimits, at)).toEqual([]);
    expect(allowancesOf({ ...noLimits, monthUsd: 1, totalUsd: 1, models: ['m'] }, at)).toEqual([]);
  });

  it.each([
    [0, '0ms'],
    [120, '120ms'],
    [999.5, '1000ms'],
    [1000, '1s'],
    [59_001, '1m0s'],
    [360_000, '6m0s'],
    [86_341_000, '23h59m1s'],
    [3_600_000, '1h0m0s'],
  ])('write a span of %d ms as %s', (ms, text) => {
    expect(formatReset(ms)).toBe(text);
  });

  it.each([
    [60, 1],
    [9000, 1],
    [18_000, 2],
    [60_000, 6],
    [600_000, 66],
  ])('of %d requests a minute take %d at once', (requests, atOnce) => {
    expect(requestsAtOnce({ window: windowAt('minute', at), requests, tokens: null })).toBe(atOnce);
  });

  it('tell the limit that is nearer', () => {
    const [minute, day] = allowancesOf(
      { ...noLimits, requestsPerMinute: 10, requestsPerDay: 100, tokensPerMinute: 5000 },
      at,
    );
    if (!minute || !day) throw new Error('two windows');
    const standings = [
      { allowance: minute, requestsUsed: 4, tokensUsed: 1200 },
      { allowance: day, requestsUsed: 98, tokensUsed: 0 },
    ];
    expect(rateLimitHeaders(standings, at)).toEqual({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '2',
      'x-ratelimit-reset-requests': '13h54m40s',
      'x-ratelimit-limit-tokens': '5000',
      'x-ratelimit-remaining-tokens': '3800',
      'x-ratelimit-reset-tokens': '40s',
    });
  });
});
