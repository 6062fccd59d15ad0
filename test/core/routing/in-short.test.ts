import { describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../../../functions/core/log-record.ts';
import { inShort } from '../../../functions/core/routing/attempt-record.ts';
import type { Failure, FailureKind } from '../../../functions/core/routing/failure.ts';
import type { Hop, Verdict } from '../../../functions/core/routing/policy.ts';
import { keyId } from '../samples.ts';

const own = (n: number) => ({ type: 'byok', provider: 'openai', key: { id: keyId(String(n % 10)) } });
const failure = (kind: FailureKind): Failure => ({
  kind,
  status: 401,
  code: null,
  message: 'no',
  providerRequestId: null,
});
const hop = (n: number) => ({ target: own(n), failure: failure('credential') }) as unknown as Hop;
const platform = { target: { type: 'platform', provider: 'openai' }, served: true } as unknown as Hop;
const attempt = (kind: FailureKind | null, message: string | null): AttemptRecord => ({
  ...{ target: 'byok', provider: 'openai', provider_key_id: null, region: null, status: null, code: null, ms: 1 },
  ...{ kind, message, provider_request_id: null },
});
const failed = { type: 'failed', target: own(1), failure: failure('quota') } as unknown as Verdict;
const served = { type: 'served', target: platform.target, fallback: true } as unknown as Verdict;

describe('a request in short', () => {
  it('that failed has the failure that the caller was told, which need not be the last', () => {
    const attempts = [attempt('quota', 'first'), attempt('timeout', 'last')];
    expect(inShort({ hops: [hop(1)], verdict: failed }, attempts, 'told')).toEqual({
      route: `byok(${keyId('1')})=credential:401`,
      kind: 'quota',
      message: 'told',
    });
  });

  it('that the platform served has the last failure before', () => {
    const attempts = [attempt('quota', 'first'), attempt('credential', 'second'), attempt(null, null)];
    expect(inShort({ hops: [hop(1), platform], verdict: served }, attempts, null)).toEqual({
      route: `byok(${keyId('1')})=credential:401, platform=200`,
      kind: 'credential',
      message: 'second',
    });
  });

  it('that went well, or was never sent, has none', () => {
    expect(inShort({ hops: [platform], verdict: served }, [attempt(null, null)], null)).toEqual({
      route: 'platform=200',
      kind: null,
      message: null,
    });
    expect(inShort(null, [], 'The model is missing.')).toEqual({
      route: null,
      kind: null,
      message: 'The model is missing.',
    });
  });

  it('is short: a route is cut at a whole target, a message anywhere', () => {
    const hops = Array.from({ length: 100 }, (_, i) => hop(i));
    const { route, message } = inShort({ hops, verdict: failed }, [], 'x'.repeat(9000));
    expect(route?.length).toBeLessThanOrEqual(503);
    expect(route).toMatch(/=credential:401, …$/);
    expect(message).toBe('x'.repeat(500));
  });
});
