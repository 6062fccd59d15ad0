import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { createRedactor } from '../../../functions/core/redact.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { formatRoute } from '../../../functions/core/routing/policy.ts';
import type { OwnTarget, PlatformBar, PlatformTarget } from '../../../functions/core/routing/target.ts';
import type { UpstreamCall, UpstreamResult } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { dispatch } from '../../../functions/gateway/inference/dispatch.ts';
import type { DispatchDeps, DispatchRequest } from '../../../functions/gateway/inference/dispatched.ts';
import type { CredentialSource, ResolvedCredential } from '../../../functions/gateway/keys/credentials.ts';
import { failure, keyId, own, plan, platform } from '../../core/samples.ts';
import { failed, json, smallBounds, stream, words } from './stand-ins.ts';

const secret = 'sk-FAKE-0123456789';

const someHold = { amount: 42, counters: [], apiKey: null };

/** A call that went out. */
type Sent = Omit<UpstreamCall, 'signal'> & { signal: AbortSignal };

/** What happens to each call, in order; the calls and what was held are kept. */
interface World {
  calls: { credentialKey: string; model: string; region: string | null; signal: AbortSignal }[];
  holds: number[];
  deps: DispatchDeps;
}

/** What the place of a hold answers. */
type Placed = Awaited<ReturnType<DispatchDeps['funds']['place']>>;

/** Funds that are noted before the ledger is asked, as the real ones are. */
function funds(place: () => Placed | Promise<Placed>, holds: number[] = []): DispatchDeps['funds'] {
  let held: typeof someHold | null = null;
  return {
    async place() {
      if (held !== null) return null;
      held = someHold;
      holds.push(held.amount);
      const barred = await place();
      if (barred !== null) held = null;
      return barred;
    },
    held: () => held,
  };
}

function world(
  answers: (UpstreamResult | ((call: Sent) => UpstreamResult | Promise<UpstreamResult>))[],
  change: Partial<DispatchDeps> = {},
): World {
  const calls: World['calls'] = [];
  const holds: number[] = [];
  const send = async (call: Sent): Promise<UpstreamResult> => {
    calls.push({ credentialKey: call.credentialKey, model: call.model, region: call.region, signal: call.signal });
    const answer = answers[calls.length - 1];
    if (answer === undefined) throw new Error('one call too many');
    return typeof answer === 'function' ? answer(call) : answer;
  };
  const deps: DispatchDeps = {
    upstream: async () => ({
      prepare: async (call) => ({
        type: 'ready',
        dropped: [],
        bounds: smallBounds,
        send: (signal) => send({ ...call, signal }),
      }),
    }),
    credentials: credentials(),
    funds: funds(() => null, holds),
    locate: (candidate) => candidate,
    claim: async () => true,
    circuit: { enter: async () => 'open' },
    random: () => 0,
    ...change,
  };
  return { calls, holds, deps };
}

function resolved(name: string, change: Partial<ResolvedCredential> = {}): ResolvedCredential {
  return {
    credential: new Secret({ apiKey: secret }),
    credentialKey: name,
    secretVersion: 'first',
    writtenAt: 0,
    region: null,
    facts: { type: 'api_key', region: null, names: {} },
    redact: createRedactor({ apiKey: secret }),
    learn: () => undefined,
    ...change,
  };
}

function credentials(change: Partial<CredentialSource> = {}): CredentialSource {
  return {
    resolve: async (target) => resolved(target.type === 'byok' ? target.key.id : `platform/${target.provider}`),
    reread: () => Promise.reject(new Error('only tests of keys read again')),
    refresh: async () => null,
    ...change,
  };
}

function request(change: Partial<DispatchRequest> = {}): DispatchRequest {
  return {
    workspaceId: 'ws_1',
    call: {
      operation: 'answer',
      door: null,
      body: {},
      conversation: () => Promise.reject(new Error('not read')) as never,
      head: { mintedId: '1', created: 1, callerModel: 'gpt-4o-mini', includeUsage: false },
      stream: true,
      headers: {},
    },
    contentTimeoutMs: 5000,
    started: performance.now(),
    deadline: performance.now() + 5000,
    callerLeft: new AbortController().signal,
    ...change,
  };
}

async function run(
  given: World,
  own: OwnTarget[],
  rest: PlatformTarget[] | PlatformBar = [platform()],
  change: Partial<DispatchRequest> = {},
) {
  const done = await dispatch(plan(own, rest), request(change), given.deps);
  const calls = done.tried.filter(({ sent }) => sent !== null).length;
  const attempts = done.tried.map(({ record }) => record);
  return {
    ...done,
    calls,
    attempts,
    route: formatRoute(done.hops).replace(/pk_0*(\w)/g, (_, name: string) => name.toLowerCase()),
  };
}

const refused = (kind: Failure['kind'], change: Partial<Failure> = {}) =>
  failed(failure(kind, { status: 401, ...change }));

describe('the loop that calls providers', () => {
  it('goes from target to target and keeps a record of each attempt', async () => {
    const given = world([refused('credential', { providerRequestId: 'r1', code: 'invalid_api_key' }), json()]);
    const done = await run(given, [own('a')]);
    expect(done.route).toBe('byok(a)=credential:401, platform=200');
    expect(done.calls).toBe(2);
    expect(done.served?.answer.type).toBe('json');
    expect(done.attempts).toMatchObject([
      {
        target: 'byok',
        provider: 'openai',
        provider_key_id: keyId('a'),
        kind: 'credential',
        status: 401,
        code: 'invalid_api_key',
        provider_request_id: 'r1',
      },
      {
        target: 'platform',
        provider_key_id: null,
        kind: null,
        status: 200,
        code: null,
        message: null,
        provider_request_id: 'provider-1',
      },
    ]);
    expect(given.calls.map(({ credentialKey }) => credentialKey)).toEqual([keyId('a'), 'platform/openai']);
  });

  it('asks nobody else once content has come', async () => {
    const given = world([
      (call) => stream([[words('one')], [{ type: 'failure', failure: failure('quota') }]], call.signal),
    ]);
    const done = await run(given, [own('a'), own('b')]);
    expect(done).toMatchObject({ route: 'byok(a)=200', calls: 1, verdict: { type: 'served' } });
  });

  it('asks the next one when a stream fails before its content', async () => {
    const given = world([
      (call) => stream([[{ type: 'failure', failure: failure('quota') }]], call.signal),
      (call) => stream([[words('one')]], call.signal),
    ]);
    expect((await run(given, [own('a'), own('b')])).route).toBe('byok(a)=quota, byok(b)=200');
  });

  it('treats an adapter that throws as a failing connection and shows nothing of the error', async () => {
    const throwing = () => {
      throw new Error(secret);
    };
    const done = await run(world([throwing, json()]), [own('a')]);
    expect(done.route).toBe('byok(a)=network, platform=200');
    expect(JSON.stringify(done.attempts)).not.toContain(secret);
  });

  it('removes the credential from everything that a provider said', async () => {
    const echo = failure('bad_request', {
      message: `Bad ${secret}`,
      code: secret,
      param: secret,
      hint: secret,
      providerRequestId: secret,
    });
    const done = await run(world([failed(echo)]), [own('a')]);
    expect(JSON.stringify([done.attempts, done.hops, done.verdict])).not.toContain(secret);
    expect(done.verdict).toMatchObject({ failure: { message: 'Bad [redacted]' } });
  });

  it('does not count failures that the adapter knew without a call', async () => {
    const done = await run(world([refused('credential', { local: true }), json()]), [own('a')]);
    expect(done.calls).toBe(1);
    expect(done.attempts).toHaveLength(2);
  });
});

describe('a secret that cannot be read', () => {
  const unreadable = (missing: boolean) =>
    credentials({
      resolve: async (target) => {
        if (target.type === 'byok' || missing)
          throw new SecretUnavailable('Secrets Manager: DecryptionFailure.', missing);
        return resolved('platform/openai');
      },
    });

  it('of an own key makes no call, and the next target is tried', async () => {
    const done = await run(world([json()], { credentials: unreadable(false) }), [own('a')]);
    expect(done).toMatchObject({ route: 'byok(a)=secret_unavailable, platform=200', calls: 1 });
  });

  it('of an exclusive key never lets the platform serve', async () => {
    const given = world([], { credentials: unreadable(false) });
    const done = await run(given, [own('a', { fallbackEnabled: false })], 'exclusive');
    expect(done).toMatchObject({ route: 'byok(a)=secret_unavailable, platform=skipped:exclusive', calls: 0 });
    expect(given.calls).toEqual([]);
  });

  it('of the platform, because there is none, bars it and holds nothing', async () => {
    const given = world([], { credentials: unreadable(true) });
    const done = await run(given, []);
    expect(done.verdict).toEqual({ type: 'nothing', bar: 'not_configured' });
    expect(given.holds).toEqual([]);
  });
});

describe('a refused credential', () => {
  it('is tried again when another version is stored by now', async () => {
    const source = credentials({ refresh: async () => resolved('a@second', { secretVersion: 'second' }) });
    const given = world([refused('credential'), json()], { credentials: source });
    const done = await run(given, [own('a')]);
    expect(given.calls.map(({ credentialKey }) => credentialKey)).toEqual([keyId('a'), 'a@second']);
    expect(done).toMatchObject({ route: 'byok(a)=200', calls: 2 });
    expect(done.attempts).toHaveLength(2);
  });

  it('is tried again once only', async () => {
    const source = credentials({ refresh: async () => resolved('a@second') });
    const given = world([refused('credential'), refused('credential')], { credentials: source });
    expect((await run(given, [own('a')], 'byok_only')).route).toBe(
      'byok(a)=credential:401, platform=skipped:byok_only',
    );
  });

  test.each(['permission', 'quota', 'rate_limit'] as const)('but not after %s', async (kind) => {
    let asked = 0;
    const source = credentials({
      refresh: async () => {
        asked++;
        return null;
      },
    });
    await run(world([refused(kind)], { credentials: source }), [own('a')], 'byok_only');
    expect(asked).toBe(0);
  });
});

describe('credit', () => {
  it('is set aside once, before the first call with platform credentials', async () => {
    const order: string[] = [];
    const given = world([
      refused('overloaded'),
      () => {
        order.push('call');
        return json();
      },
    ]);
    given.deps.funds = funds(() => {
      order.push('hold');
      return null;
    });
    const done = await run(given, [], [platform('bedrock'), platform('vertex')]);
    expect(order).toEqual(['hold', 'call']);
    expect(done.held).toBe(someHold);
  });

  it('is not touched when an own key serves', async () => {
    const given = world([json()]);
    expect((await run(given, [own('a')])).held).toBeNull();
    expect(given.holds).toEqual([]);
  });

  it('that does not suffice bars the platform without a call', async () => {
    const given = world([refused('rate_limit')], { funds: funds(() => ({ bar: 'no_credit', cap: null })) });
    const done = await run(given, [own('a')]);
    expect(done).toMatchObject({
      route: 'byok(a)=rate_limit:401, platform=skipped:no_credit',
      held: null,
      verdict: { type: 'failed' },
    });
    expect(given.calls).toHaveLength(1);
  });

  it('that does not suffice leaves a platform credential whose cooldown is over to requests that can pay', async () => {
    const entered: string[] = [];
    const enter = async (name: string) => {
      entered.push(name);
      return 'claimed' as const;
    };
    const given = world([], { funds: funds(() => ({ bar: 'no_credit', cap: null })), circuit: { enter } });
    expect((await run(given, [])).route).toBe('platform=skipped:no_credit');
    expect(entered).toEqual([]);
  });

  it('against a spend cap bars the platform, and says which', async () => {
    const cap = { counter: 'key total', limit: 100, name: 'the cap' };
    const capped = () => funds(() => ({ bar: 'spend_cap', cap }));
    const done = await run(world([refused('rate_limit')], { funds: capped() }), [own('a')]);
    expect(done).toMatchObject({ route: 'byok(a)=rate_limit:401, platform=skipped:spend_cap', held: null, cap });
    expect((await run(world([], { funds: capped() }), [])).verdict).toEqual({
      type: 'nothing',
      bar: 'spend_cap',
    });
  });

  it('is still to be settled when the gateway itself breaks after the hold', async () => {
    const given = world([], { circuit: { enter: () => Promise.reject(new Error('broken')) } });
    const done = await run(given, []);
    expect(done.held).toBe(someHold);
    expect(done.crash).toBeInstanceOf(Error);
  });

  it('is still to be settled when the answer to the hold was lost', async () => {
    const done = await run(world([], { funds: funds(() => Promise.reject(new Error('timeout'))) }), []);
    expect(done.held).toBe(someHold);
    expect(done.crash).toBeInstanceOf(Error);
  });

  it('is never spent on a model whose price in that region is not known', async () => {
    const given = world([], {
      locate: (candidate) => ({ ...candidate, offer: candidate.offer && { ...candidate.offer, price: null } }),
    });
    expect((await run(given, [])).verdict).toEqual({ type: 'nothing', bar: 'no_price' });
    expect(given.holds).toEqual([]);
  });
});

describe('time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const hang = (call: Sent) =>
    new Promise<UpstreamResult>((resolve) =>
      call.signal.addEventListener('abort', () => resolve(failed(failure('network')))),
    );
  const within = (ms: number) => ({ deadline: performance.now() + ms });

  it('is one deadline for all attempts: nothing is tried after it', async () => {
    const given = world([hang]);
    const running = run(given, [own('a'), own('b')], [platform()], within(20));
    await vi.advanceTimersByTimeAsync(20);
    expect((await running).route).toBe('byok(a)=timeout');
    expect(given.calls).toHaveLength(1);
    expect(given.calls[0]?.signal.aborted).toBe(true);
  });

  it('per attempt leads to the next target', async () => {
    const running = run(world([hang, json()]), [own('a')], [platform()], { ...within(5000), contentTimeoutMs: 5 });
    await vi.advanceTimersByTimeAsync(5);
    expect((await running).route).toBe('byok(a)=timeout, platform=200');
  });

  it('that has passed already is told as a timeout without a call', async () => {
    const given = world([]);
    expect(await run(given, [own('a')], [platform()], within(-1))).toMatchObject({
      route: 'byok(a)=timeout',
      calls: 0,
    });
  });

  it('passes before a repetition: at least 100 ms, at most 400', async () => {
    for (const [random, ms] of [
      [0, 100],
      [1, 400],
    ] as const) {
      const given = world([refused('overloaded'), json()], { random: () => random });
      const running = run(given, [own('a')], 'byok_only', within(5000));
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(given.calls).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(await running).toMatchObject({
        route: 'byok(a)=overloaded:401, platform=skipped:byok_only, byok(a)=200',
        calls: 2,
      });
    }
  });

  it('is not spent on a secret that its store does not give', async () => {
    const given = world([], { credentials: { ...credentials(), resolve: () => new Promise<never>(() => undefined) } });
    const running = run(given, [own('a')], undefined, { deadline: performance.now() + 200 });
    await vi.advanceTimersByTimeAsync(200);
    const done = await running;
    expect(done).toMatchObject({
      route: 'byok(a)=timeout',
      calls: 0,
      held: null,
      verdict: { type: 'failed', failure: { kind: 'timeout' } },
    });
  });

  it('left for a repetition is not waited away', async () => {
    const running = run(world([refused('overloaded'), json()]), [own('a')], 'byok_only', within(60));
    await vi.advanceTimersByTimeAsync(30);
    expect(await running).toMatchObject({ calls: 2, verdict: { type: 'served' } });
  });
});

describe('a caller who leaves', () => {
  it('while a provider is asked: the call is aborted and nobody else is asked', async () => {
    const caller = new AbortController();
    const given = world([
      () => {
        caller.abort();
        return new Promise<UpstreamResult>(() => undefined);
      },
    ]);
    const done = await run(given, [own('a'), own('b')], [platform()], { callerLeft: caller.signal });
    expect(done).toMatchObject({ route: 'byok(a)=cancelled', calls: 1 });
    expect(given.calls[0]?.signal.aborted).toBe(true);
  });

  it('while a secret is read: nobody is asked', async () => {
    const leaving = new AbortController();
    const resolve = () => {
      leaving.abort();
      return new Promise<never>(() => undefined);
    };
    const given = world([], { credentials: { ...credentials(), resolve } });
    expect((await run(given, [own('a')], undefined, { callerLeft: leaving.signal })).route).toBe('byok(a)=cancelled');
  });

  it('before the repetition: it is not made', async () => {
    const caller = new AbortController();
    const given = world([refused('overloaded')], {
      random: () => {
        caller.abort();
        return 1;
      },
    });
    const done = await run(given, [own('a')], 'byok_only', { callerLeft: caller.signal });
    expect(done).toMatchObject({ calls: 1, verdict: { failure: { kind: 'cancelled' } } });
  });
});
