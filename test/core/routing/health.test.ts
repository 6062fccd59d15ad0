import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { KeyHealth } from '../../../functions/core/accounts/workspace.ts';
import { type FailureKind, failureKinds } from '../../../functions/core/routing/failure.ts';
import {
  afterClaim,
  afterFailure,
  afterRelease,
  afterSuccess,
  concernsKey,
  coolingUntil,
  type HealthEvent,
  healthVersionOf,
  standingOf,
} from '../../../functions/core/routing/health.ts';
import { failure, keyHealth, providerKey } from '../samples.ts';

const start = Date.parse('2026-03-01T00:00:00Z');

function at(ms: number, change: Partial<HealthEvent> = {}): HealthEvent {
  return { version: 1, model: 'gpt-4o-mini', now: start + ms, random: 0, ...change };
}

/** Fails again and again, each time right after the cooldown ended; gives the length of each cooldown in ms. */
function cooldowns(kind: FailureKind, times: number): number[] {
  let health: KeyHealth | undefined;
  let now = 0;
  return Array.from({ length: times }, () => {
    health = afterFailure(health, failure(kind), at(now)) ?? health;
    const until = Math.max(...Object.values(health?.cooldowns ?? {}).map((cooldown) => cooldown.until)) - start;
    const span = until - now;
    now = until + 1;
    return span;
  });
}

describe('which failures say something about the key', () => {
  const concerning: FailureKind[] = [
    'credential',
    'permission',
    'quota',
    'rate_limit',
    'model_access',
    'secret_unavailable',
  ];
  test.each(failureKinds)('%s', (kind) => {
    expect(concernsKey(kind)).toBe(concerning.includes(kind));
  });
});

describe('a cooldown', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'of another model is none of a model that is called %s',
    (model) => {
      const health = afterFailure(undefined, failure('rate_limit'), at(0));
      expect(standingOf(health ?? undefined, 1, model, start + 1)).toEqual({ type: 'ready' });
    },
  );

  test.each([
    ['credential', '*', 30_000],
    ['quota', '*', 60_000],
    ['rate_limit', 'gpt-4o-mini', 5_000],
    ['permission', 'gpt-4o-mini', 30_000],
    ['model_access', 'gpt-4o-mini', 30_000],
  ] as const)('after %s covers %s for %d ms', (kind, scope, ms) => {
    expect(afterFailure(undefined, failure(kind), at(0))?.cooldowns).toEqual({ [scope]: { kind, until: start + ms } });
  });

  it('is not set when the secret cannot be read: the next read may succeed', () => {
    const unread = afterFailure(undefined, failure('secret_unavailable'), at(0));
    expect([unread?.state, unread?.cooldowns]).toEqual(['failing', {}]);
  });

  it('doubles with each failure in a row, up to a quarter of an hour', () => {
    expect(cooldowns('rate_limit', 10)).toEqual(
      [5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map((seconds) => seconds * 1000),
    );
  });

  it('of one model does not grow with the failures of another', () => {
    let known: KeyHealth | undefined;
    for (let i = 0; i < 8; i++)
      known = afterFailure(known, failure('model_access'), at(i * 1_000_000, { model: 'never-allowed' })) ?? undefined;
    const limited = afterFailure(known, failure('rate_limit'), at(8_000_000));
    expect(limited?.cooldowns['gpt-4o-mini']).toEqual({ kind: 'rate_limit', until: start + 8_005_000 });
    expect(limited?.failures).toBe(9);
  });

  it('goes on growing after a request that tried the key learnt nothing', () => {
    const once = afterFailure(undefined, failure('quota'), at(0)) ?? undefined;
    const twice = afterFailure(once, failure('quota'), at(61_000)) ?? undefined;
    const released = afterRelease(afterClaim(twice, at(200_000)) ?? undefined, at(201_000)) ?? undefined;
    expect(afterFailure(released, failure('quota'), at(202_000))?.cooldowns).toEqual({
      '*': { kind: 'quota', until: start + 202_000 + 240_000, inARow: 3 },
    });
  });

  test.each([
    [0, 0],
    [700, 700],
    [120_000, 120_000],
    [86_400_000, 3_600_000],
  ])('of Retry-After %d ms lasts %d ms, whatever the kind and the failures before', (retryAfterMs, ms) => {
    const known = keyHealth({ failures: 9 });
    expect(afterFailure(known, failure('rate_limit', { retryAfterMs }), at(0))?.cooldowns['gpt-4o-mini']?.until).toBe(
      start + ms,
    );
  });

  it('is lengthened by jitter of at most a tenth, never shortened', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 40 }),
        fc.option(fc.integer({ min: 0, max: 1e9 })),
        (random, failures, retryAfterMs) => {
          const told = failure('quota', retryAfterMs === null ? {} : { retryAfterMs });
          const known = keyHealth({ failures });
          const plain = (afterFailure(known, told, at(0))?.cooldowns['*']?.until ?? 0) - start;
          const jittered = (afterFailure(known, told, at(0, { random }))?.cooldowns['*']?.until ?? 0) - start;
          expect(jittered).toBeGreaterThanOrEqual(plain);
          expect(jittered).toBeLessThanOrEqual(Math.ceil(plain * 1.1));
        },
      ),
    );
  });

  it('of one model leaves that of another as it is, also when it is over: somebody has still to try', () => {
    const first = afterFailure(undefined, failure('rate_limit'), at(0, { model: 'o3' })) ?? undefined;
    const second = afterFailure(first, failure('rate_limit'), at(1000)) ?? undefined;
    expect(Object.keys(second?.cooldowns ?? {})).toEqual(['o3', 'gpt-4o-mini']);
    const third = afterFailure(second, failure('credential'), at(9000));
    expect(Object.keys(third?.cooldowns ?? {})).toEqual(['o3', 'gpt-4o-mini', '*']);
  });

  it('is kept for the twenty latest models only, since callers choose the names', () => {
    let health: KeyHealth | undefined;
    for (let i = 0; i < 50; i++)
      health = afterFailure(health, failure('rate_limit', { retryAfterMs: 5000 }), at(i, { model: `m${i}` })) ?? health;
    expect(Object.keys(health?.cooldowns ?? {}).sort()).toEqual(Array.from({ length: 20 }, (_, i) => `m${i + 30}`));
  });
});

describe('the edges', () => {
  const opened = (kind: FailureKind, ms: number, change: Partial<HealthEvent> = {}) =>
    afterFailure(undefined, failure(kind, { retryAfterMs: ms }), at(0, change)) ?? undefined;

  it('a cooldown is not shortened by what an earlier request learns later', () => {
    const long = opened('model_access', 100_000);
    const untilAfter = (retryAfterMs: number) =>
      afterFailure(long, failure('rate_limit', { retryAfterMs }), at(10))?.cooldowns['gpt-4o-mini']?.until;
    expect([untilAfter(1000), untilAfter(200_000)]).toEqual([start + 100_000, start + 200_010]);
  });

  it('a failure at the very end of a cooldown starts a new one', () => {
    const first = afterFailure(undefined, failure('credential'), at(0)) ?? undefined;
    expect(afterFailure(first, failure('credential'), at(29_999))).toBeNull();
    expect(afterFailure(first, failure('credential'), at(30_000))?.failures).toBe(2);
  });

  it('an unreadable secret is noted again after a minute, and a last use after five', () => {
    const unread = afterFailure(undefined, failure('secret_unavailable'), at(0)) ?? undefined;
    expect(afterFailure(unread, failure('secret_unavailable'), at(59_999))).toBeNull();
    expect(afterFailure(unread, failure('secret_unavailable'), at(60_000))).not.toBeNull();
    const used = afterSuccess(undefined, at(0)) ?? undefined;
    expect(afterSuccess(used, at(300_000))).toBeNull();
    expect(afterSuccess(used, at(300_001))).not.toBeNull();
  });

  it('of two cooldowns the later one counts', () => {
    const cooldowns = (whole: number, one: number) =>
      keyHealth({
        cooldowns: {
          '*': { kind: 'quota', until: start + whole },
          'gpt-4o-mini': { kind: 'rate_limit', until: start + one },
        },
      });
    const kindAt = (whole: number, one: number, now: number) => {
      const standing = standingOf(cooldowns(whole, one), 1, 'gpt-4o-mini', start + now);
      return [standing.type, standing.type !== 'ready' && standing.cooldown.kind];
    };
    expect(kindAt(10, 1000, 500)).toEqual(['cooling', 'rate_limit']);
    expect(kindAt(1000, 10, 500)).toEqual(['cooling', 'quota']);
    expect(kindAt(10, 20, 500)).toEqual(['probe', 'rate_limit']);
    expect(coolingUntil(cooldowns(10, 1000), start)).toBe(new Date(start + 1000).toISOString());
    expect(coolingUntil(cooldowns(10, 1000), start + 1000)).toBeNull();
    expect(coolingUntil(cooldowns(10, 1000), start + 999)).not.toBeNull();
    expect(coolingUntil(undefined, start)).toBeNull();
  });

  it('a claim and its release leave other models and other versions of the key alone', () => {
    const other = opened('rate_limit', 90_000, { model: 'o3' });
    const both = afterFailure(other, failure('rate_limit', { retryAfterMs: 1000 }), at(0)) ?? undefined;
    const claimed = afterClaim(both, at(1001)) ?? undefined;
    expect(claimed?.cooldowns.o3).toEqual(both?.cooldowns.o3);
    expect(claimed?.cooldowns['gpt-4o-mini']).toMatchObject({ until: start + 16_001, probing: true });
    expect(afterRelease(claimed, at(1002, { version: 2 }))).toBeNull();
    expect(afterRelease(undefined, at(1002))).toBeNull();
  });

  it('a success lifts what covers the whole key, forgets what is over, and keeps count while another model cools', () => {
    const whole =
      afterFailure(opened('rate_limit', 90_000, { model: 'o3' }), failure('credential'), at(1)) ?? undefined;
    const lifted = afterSuccess(afterClaim(whole, at(31_000)) ?? undefined, at(31_500));
    expect(Object.keys(lifted?.cooldowns ?? {})).toEqual(['o3']);
    expect([lifted?.state, lifted?.failures]).toEqual(['failing', 2]);
    const early = afterSuccess(whole, at(1000));
    expect(Object.keys(early?.cooldowns ?? {})).toEqual(['o3']);
    const later = afterSuccess(whole, at(90_000));
    expect([later?.state, later?.failures, later?.cooldowns]).toEqual(['ok', 0, {}]);
    expect(afterSuccess(whole, at(1000, { startedAt: start + 1 }))).not.toBeNull();
    expect(afterSuccess(whole, at(1000, { startedAt: start }))).toBeNull();
  });

  it('jitter is a tenth at most, to the nearest millisecond', () => {
    const span = (retryAfterMs: number, random: number) =>
      (opened('rate_limit', retryAfterMs, { random })?.cooldowns['gpt-4o-mini']?.until ?? 0) - start;
    expect([span(1000, 1), span(9, 0.9), span(9, 0.1)]).toEqual([1100, 10, 9]);
  });

  it('names of 120 characters are kept as they are', () => {
    const scopes = (length: number) =>
      Object.keys(opened('rate_limit', 1, { model: 'm'.repeat(length) })?.cooldowns ?? {});
    expect(scopes(120)).toEqual(['m'.repeat(120)]);
    expect(scopes(121)).toEqual([`${'m'.repeat(60)}…${'m'.repeat(60)}`]);
  });

  it('health is told apart by its own version, or the key’s', () => {
    expect([
      healthVersionOf(providerKey('a', { version: 7 })),
      healthVersionOf(providerKey('a', { version: 7, healthVersion: 3 })),
    ]).toEqual([7, 3]);
  });
});

describe('the scope of a cooldown', () => {
  it.each(['*', 'openai/*', '?', '', 'a b', 'x'.repeat(301)])(
    'is never the whole key for a model called %j',
    (model) => {
      const known = afterFailure(undefined, failure('rate_limit'), at(0, { model })) ?? undefined;
      expect(known?.cooldowns['*']).toBeUndefined();
      expect(standingOf(known, 1, 'gpt-4o-mini', start + 1).type).toBe('ready');
      expect(standingOf(known, 1, model, start + 1).type).toBe('cooling');
      const whole = afterFailure(undefined, failure('quota'), at(0)) ?? undefined;
      expect(afterFailure(whole, failure('rate_limit'), at(61_000, { model }))?.cooldowns['*']).toEqual(
        whole?.cooldowns['*'],
      );
    },
  );

  it('is told apart for long names by their ends, claimed, released and lifted', () => {
    const [model, other] = [`${'m'.repeat(200)}-a`, `${'m'.repeat(200)}-b`];
    const cooled = afterFailure(undefined, failure('rate_limit'), at(0, { model })) ?? undefined;
    expect(Object.keys(cooled?.cooldowns ?? {})[0]).toHaveLength(121);
    expect(standingOf(cooled, 1, other, start + 1).type).toBe('ready');
    const claimed = afterClaim(cooled, at(5001, { model })) ?? undefined;
    expect(standingOf(claimed, 1, model, start + 5002).type).toBe('cooling');
    const released = afterRelease(claimed, at(5003, { model })) ?? undefined;
    expect(standingOf(released, 1, model, start + 5003).type).toBe('probe');
    expect(afterSuccess(cooled, at(4000, { model }))).toMatchObject({ state: 'ok', cooldowns: {} });
    expect(afterSuccess(cooled, at(4000, { model: other }))).toBeNull();
  });

  it('takes little room whatever the names, and never loses the one of the whole key', () => {
    const name = fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{100,300}$/), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.nat(1e6)), { minLength: 30, maxLength: 60 }), (models) => {
        let known = afterFailure(undefined, failure('credential'), at(0)) ?? undefined;
        for (const [model, retryAfterMs] of models)
          known = afterFailure(known, failure('rate_limit', { retryAfterMs }), at(1, { model })) ?? known;
        expect(JSON.stringify(known?.cooldowns).length).toBeLessThan(1600);
        expect(Object.keys(known?.cooldowns ?? {}).length).toBeLessThanOrEqual(20);
        expect(known?.cooldowns['*']?.kind).toBe('credential');
      }),
    );
  });

  it('takes no more of the one item for a hundred keys than for twenty, whatever fails with whatever message', () => {
    const messages = ['x'.repeat(1000), '\u0001'.repeat(1000), '日'.repeat(1000), '😀'.repeat(500)];
    for (const message of messages) {
      const bytes = (keys: number) => {
        let known: KeyHealth | undefined;
        for (let i = 0; i < 30; i++)
          known =
            afterFailure(
              known,
              failure('rate_limit', { message, retryAfterMs: 60_000 }),
              at(120_000 + i, { model: `a-model-with-a-name-of-${i}`, keys }),
            ) ?? known;
        return keys * Buffer.byteLength(JSON.stringify(known));
      };
      const hundred = bytes(100);
      console.log(`HEALTH of 100 failing keys, messages of ${JSON.stringify(message[0])}: ${hundred} bytes`);
      expect(hundred).toBeLessThan(160_000);
      expect(bytes(1)).toBeGreaterThan(hundred / 100);
    }
  });

  it('is forgotten first for those that end first', () => {
    let known: KeyHealth | undefined;
    for (let i = 0; i < 30; i++)
      known =
        afterFailure(
          known,
          failure('rate_limit', { retryAfterMs: 60_000 - i }),
          at(i, { model: `${i}-`.padEnd(110, 'x') }),
        ) ?? known;
    expect(
      Object.keys(known?.cooldowns ?? {})
        .map((each) => Number.parseInt(each, 10))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: Object.keys(known?.cooldowns ?? {}).length }, (_, i) => i));
    expect(Object.keys(known?.cooldowns ?? {}).length).toBeGreaterThan(5);
  });
});

describe('after a cooldown', () => {
  const cooled = afterFailure(undefined, failure('rate_limit', { retryAfterMs: 10_000 }), at(0)) ?? undefined;

  it('one request claims the key, and the others leave it alone until its lease is over', () => {
    expect(standingOf(cooled, 1, 'gpt-4o-mini', start + 9_999).type).toBe('cooling');
    expect(afterClaim(cooled, at(9_999))).toBeNull();
    expect(standingOf(cooled, 1, 'gpt-4o-mini', start + 10_000).type).toBe('probe');
    expect(standingOf(cooled, 1, 'o3', start + 10_000).type).toBe('ready');
    expect(standingOf(cooled, 2, 'gpt-4o-mini', start + 10_000).type).toBe('ready');
    const claimed = afterClaim(cooled, at(10_000)) ?? undefined;
    expect(afterClaim(claimed, at(10_001))).toBeNull();
    expect(standingOf(claimed, 1, 'gpt-4o-mini', start + 10_001).type).toBe('cooling');
    expect(afterClaim(claimed, at(25_000))).not.toBeNull();
  });

  it('another failure of the same kind starts a new cooldown, though the claim still holds', () => {
    const claimed = afterClaim(cooled, at(10_000)) ?? undefined;
    expect(afterFailure(claimed, failure('rate_limit'), at(10_050))).toMatchObject({
      failures: 2,
      cooldowns: { 'gpt-4o-mini': { until: start + 20_050 } },
    });
  });

  it('a trial that learnt nothing hands the key to the next request', () => {
    const claimed = afterClaim(cooled, at(10_000)) ?? undefined;
    const released = afterRelease(claimed, at(11_000)) ?? undefined;
    expect(standingOf(released, 1, 'gpt-4o-mini', start + 11_000).type).toBe('probe');
    expect(afterRelease(released, at(11_001))).toBeNull();
  });

  it('a success counts only when its request began after the failure', () => {
    expect(afterSuccess(cooled, at(20_000, { startedAt: start - 1 }))).toBeNull();
    expect(afterSuccess(cooled, at(20_000, { startedAt: start + 1 }))).toMatchObject({
      state: 'ok',
      cooldowns: {},
      failures: 0,
    });
  });
});

describe('what is written down', () => {
  it('a failure with what the provider said, and since when it lasts', () => {
    const told = failure('credential', { status: 401, code: 'invalid_api_key', message: 'x'.repeat(400) });
    const first = afterFailure(undefined, told, at(0)) ?? undefined;
    expect(first).toEqual({
      version: 1,
      state: 'failing',
      since: '2026-03-01T00:00:00.000Z',
      lastError: {
        kind: 'credential',
        status: 401,
        code: 'invalid_api_key',
        message: 'x'.repeat(300),
        at: '2026-03-01T00:00:00.000Z',
      },
      failures: 1,
      cooldowns: { '*': { kind: 'credential', until: start + 30_000 } },
      lastUsedAt: '2026-03-01T00:00:00.000Z',
    });
    expect(afterFailure(first, told, at(31_000))).toMatchObject({ since: '2026-03-01T00:00:00.000Z', failures: 2 });
  });

  it('no repetition of the same failure while its cooldown lasts', () => {
    const first = afterFailure(undefined, failure('credential'), at(0)) ?? undefined;
    expect(afterFailure(first, failure('credential'), at(1000))).toBeNull();
    expect(afterFailure(first, failure('quota'), at(1000))).not.toBeNull();
  });

  it('no repetition of an unreadable secret within a minute', () => {
    const first = afterFailure(undefined, failure('secret_unavailable'), at(0)) ?? undefined;
    expect(afterFailure(first, failure('secret_unavailable'), at(59_000))).toBeNull();
    expect(afterFailure(first, failure('secret_unavailable'), at(61_000))).not.toBeNull();
  });

  it('the same failure again after a recovery', () => {
    const failing = afterFailure(undefined, failure('secret_unavailable'), at(0)) ?? undefined;
    const recovered = afterSuccess(failing, at(1000)) ?? undefined;
    expect(afterFailure(recovered, failure('secret_unavailable'), at(2000))?.state).toBe('failing');
  });

  it('nothing of a success of a healthy key, but now and then when it was last used', () => {
    const first = afterSuccess(undefined, at(0)) ?? undefined;
    expect(first).toMatchObject({
      state: 'ok',
      since: '2026-03-01T00:00:00.000Z',
      lastUsedAt: '2026-03-01T00:00:00.000Z',
    });
    expect(afterSuccess(first, at(299_000))).toBeNull();
    expect(afterSuccess(first, at(301_000))).toMatchObject({
      state: 'ok',
      since: '2026-03-01T00:00:00.000Z',
      lastUsedAt: '2026-03-01T00:05:01.000Z',
    });
  });
});

describe('recovery', () => {
  const failing = afterFailure(undefined, failure('credential'), at(0)) ?? undefined;

  it('at the first success: cooldown and count are gone, the last error stays to be seen', () => {
    expect(afterSuccess(failing, at(31_000))).toMatchObject({
      state: 'ok',
      since: '2026-03-01T00:00:31.000Z',
      failures: 0,
      cooldowns: {},
      lastError: { kind: 'credential' },
    });
  });

  it('of one model leaves the cooldown of another', () => {
    const other = afterFailure(undefined, failure('rate_limit'), at(0, { model: 'o3' })) ?? undefined;
    expect(afterSuccess(other, at(1000))).toBeNull();
    const both = afterFailure(other, failure('rate_limit'), at(1000)) ?? undefined;
    expect(afterSuccess(both, at(1500))).toMatchObject({ state: 'failing', cooldowns: { o3: { kind: 'rate_limit' } } });
  });

  it('at once when the key is rotated: another version starts afresh', () => {
    expect(afterSuccess(failing, at(1000, { version: 2 }))).toMatchObject({
      version: 2,
      state: 'ok',
      failures: 0,
      cooldowns: {},
      lastError: null,
    });
    expect(afterFailure(failing, failure('credential'), at(1000, { version: 2 }))).toMatchObject({
      version: 2,
      failures: 1,
      since: '2026-03-01T00:00:01.000Z',
    });
  });

  it('keeps the time of last use over a rotation until the key is used again', () => {
    expect(afterSuccess(failing, at(1000, { version: 2 }))?.lastUsedAt).toBe('2026-03-01T00:00:01.000Z');
  });
});
