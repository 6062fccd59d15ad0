import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { UpstreamResult } from '../../../functions/core/routing/upstream.ts';
import { type AttemptResult, attempt, type CommittedStream } from '../../../functions/gateway/inference/attempt.ts';
import { failure } from '../../core/samples.ts';
import {
  aborted,
  broken,
  collect,
  end,
  failed,
  finish,
  json,
  role,
  type Step,
  stream,
  type Trace,
  words,
} from './stand-ins.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Seen {
  signal: AbortSignal | null;
  caller: AbortController;
}

function start(
  open: (signal: AbortSignal) => Promise<UpstreamResult>,
  limits: { contentMs?: number; remainingMs?: number } = {},
): { result: Promise<AttemptResult>; seen: Seen } {
  const seen: Seen = { signal: null, caller: new AbortController() };
  const result = attempt(
    (signal) => {
      seen.signal = signal;
      return open(signal);
    },
    { contentMs: 100, remainingMs: 1000, ...limits, callerLeft: seen.caller.signal },
  );
  return { result, seen };
}

const startStream = (steps: Step[], trace?: Trace) => start(async (signal) => stream(steps, signal, trace));

async function committed(result: Promise<AttemptResult>): Promise<CommittedStream> {
  const got = await result;
  if (got.type !== 'served' || got.answer.type !== 'stream')
    throw new Error(`not a committed stream: ${JSON.stringify(got)}`);
  return got.answer;
}

async function failureOf(result: Promise<AttemptResult>) {
  const got = await result;
  if (got.type !== 'failure') throw new Error('it served');
  return { ...got.failure, timeUp: got.timeUp };
}

describe('the commit point', () => {
  it('is the first content, and what came before is kept in order', async () => {
    const answer = await committed(startStream([[role], [words('one')], [words('two'), finish], [end]]).result);
    expect(await collect(answer.frames)).toEqual([role, words('one'), words('two'), finish, end]);
    expect(answer.providerRequestId).toBe('provider-1');
  });

  test.each<[string, Step[]]>([
    ['before anything', [[broken(failure('quota'))]]],
    ['after the role', [[role], [broken(failure('quota'))]]],
    ['in the same batch as the role', [[role, broken(failure('quota')), words('late')]]],
  ])('a failure %s is a failure of the attempt', async (_, steps) => {
    const trace = { cleaned: false };
    const { result, seen } = startStream(steps, trace);
    expect(await failureOf(result)).toMatchObject({ kind: 'quota', providerRequestId: 'provider-1', timeUp: false });
    expect(seen.signal?.aborted).toBe(true);
    await vi.waitFor(() => expect(trace.cleaned).toBe(true));
  });

  test.each<[string, Step[]]>([
    ['nothing at all', []],
    ['the role alone', [[role]]],
  ])('a stream of %s was cut', async (_, steps) => {
    expect(await failureOf(startStream(steps).result)).toMatchObject({ kind: 'network', status: null });
  });

  it('a failure in the same batch after content belongs to the stream', async () => {
    const answer = await committed(startStream([[words('one'), broken(failure('overloaded')), end]]).result);
    expect((await collect(answer.frames)).map(({ type }) => type)).toEqual(['event', 'failure', 'end']);
  });

  it('an answer that is complete without content is an answer', async () => {
    const answer = await committed(startStream([[role], [end]]).result);
    expect(await collect(answer.frames)).toEqual([role, end]);
  });
});

describe('a committed stream never just ends', () => {
  test.each<[string, Step[], string]>([
    ['the provider ends it early', [[words('one')]], 'network'],
    ['the adapter throws', [[words('one')], 'throw'], 'network'],
    ['the provider reports a failure', [[words('one')], [broken(failure('quota'))], [words('late')]], 'quota'],
  ])('%s', async (_, steps, kind) => {
    const parts = await collect((await committed(startStream(steps).result)).frames);
    expect(parts).toEqual([words('one'), { type: 'failure', failure: expect.objectContaining({ kind }) }]);
    expect(JSON.stringify(parts)).not.toContain('sk-FAKE');
  });
});

describe('an adapter that breaks its word', () => {
  test.each<[string, (signal: AbortSignal) => Promise<UpstreamResult>]>([
    ['rejects', () => Promise.reject(new Error('sk-FAKE-must-not-be-seen'))],
    ['throws in the stream', async (signal) => stream([[role], 'throw'], signal)],
  ])('%s: a failure that shows nothing of the error', async (_, open) => {
    const result = await failureOf(start(open).result);
    expect(result).toMatchObject({ kind: 'network', garbled: true });
    expect(JSON.stringify(result)).not.toContain('sk-FAKE');
  });

  it('ignores the signal: the attempt ends all the same', async () => {
    const { result } = start(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(100);
    expect((await failureOf(result)).kind).toBe('timeout');
  });
});

describe('limits', () => {
  const hang = async (signal: AbortSignal) => {
    await aborted(signal);
    return failed(failure('network'));
  };

  it('the first byte is awaited so long and no longer', async () => {
    const { result, seen } = start(hang);
    await vi.advanceTimersByTimeAsync(99);
    expect(seen.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failureOf(result)).toMatchObject({ kind: 'timeout', timeUp: false });
    expect(seen.signal?.aborted).toBe(true);
  });

  it('headers and a role are no first byte', async () => {
    const { result } = startStream([[role], 'hang']);
    await vi.advanceTimersByTimeAsync(100);
    expect((await failureOf(result)).kind).toBe('timeout');
  });

  it('the first-byte limit does not cut a stream that has begun', async () => {
    const { result, seen } = startStream([[words('one')], 'hang']);
    const answer = await committed(result);
    await vi.advanceTimersByTimeAsync(900);
    expect(seen.signal?.aborted).toBe(false);
    const parts = collect(answer.frames);
    await vi.advanceTimersByTimeAsync(100);
    expect((await parts).at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'timeout' } });
    expect(seen.signal?.aborted).toBe(true);
  });

  it('the deadline ends the wait and says that time is up', async () => {
    const { result } = start(hang, { contentMs: 5000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await failureOf(result)).toMatchObject({ kind: 'timeout', timeUp: true });
  });

  it('past the deadline no call is made', async () => {
    const { result, seen } = start(async () => json(), { remainingMs: 0 });
    expect(await failureOf(result)).toMatchObject({ kind: 'timeout', timeUp: true, local: true });
    expect(seen.signal).toBeNull();
  });

  test.each<[string, () => Promise<unknown>]>([
    ['an answer', async () => start(async () => json()).result],
    ['a failure', async () => start(async () => failed(failure('quota'))).result],
    ['a complete stream', async () => collect((await committed(startStream([[words('one')], [end]]).result)).frames)],
    ['a cut stream', async () => collect((await committed(startStream([[words('one')]]).result)).frames)],
  ])('no timer is left after %s', async (_, run) => {
    await run();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a complete call is not aborted: its connection serves the next one', async () => {
    const { result, seen } = startStream([[words('one')], [end]]);
    await collect((await committed(result)).frames);
    expect(seen.signal?.aborted).toBe(false);
  });
});

describe('a caller who leaves', () => {
  it('before the call: none is made', async () => {
    const caller = new AbortController();
    caller.abort();
    let called = false;
    const open = async () => {
      called = true;
      return json();
    };
    expect(
      await failureOf(attempt(open, { contentMs: 100, remainingMs: 1000, callerLeft: caller.signal })),
    ).toMatchObject({ kind: 'cancelled', local: true });
    expect(called).toBe(false);
  });

  it('while it waits: the upstream call is aborted', async () => {
    const { result, seen } = start(() => new Promise(() => undefined));
    seen.caller.abort();
    expect((await failureOf(result)).kind).toBe('cancelled');
    expect(seen.signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('in the middle of a stream: the upstream call is aborted and the stream says why it ended', async () => {
    const trace = { cleaned: false };
    const { result, seen } = startStream([[words('one')], 'hang', [words('two')]], trace);
    const parts = collect((await committed(result)).frames);
    seen.caller.abort();
    expect((await parts).at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'cancelled' } });
    expect(seen.signal?.aborted).toBe(true);
    await vi.waitFor(() => expect(trace.cleaned).toBe(true));
  });

  it('and stops reading: the upstream call is aborted', async () => {
    const { result, seen } = startStream([[words('one')], [words('two')], 'hang']);
    for await (const _ of (await committed(result)).frames) break;
    expect(seen.signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
