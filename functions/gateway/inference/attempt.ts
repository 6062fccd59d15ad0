import type { Frame } from '../../core/chat/frame.ts';
import { gatewayStops } from '../../core/errors.ts';
import { type Failure, stoppedFailure } from '../../core/routing/failure.ts';
import type { UpstreamAnswer, UpstreamResult } from '../../core/routing/upstream.ts';

/** A stream whose first content-bearing frame is in hand. Its frames begin with everything that came before. */
export interface CommittedStream {
  type: 'stream';
  /** Ends with `end` or `failure`, never just so. Never throws. */
  frames: AsyncIterable<Frame[]>;
  providerRequestId: string | null;
}

/** The provider does not count: the gateway estimates. */
export interface Uncountable {
  type: 'uncountable';
  providerRequestId: string | null;
}

export const uncountable: Uncountable = { type: 'uncountable', providerRequestId: null };

/** `timeUp`: the deadline of the whole request ended it. */
export type AttemptResult =
  | { type: 'served'; answer: UpstreamAnswer | CommittedStream | Uncountable; firstByteMs: number }
  | { type: 'failure'; failure: Failure; timeUp: boolean };

export interface AttemptLimits {
  /** Milliseconds until the first content-bearing event (or the whole answer, when it is not streamed) must be there. */
  contentMs: number;
  /** Milliseconds until the deadline of the whole request. */
  remainingMs: number;
  /** Aborted when the caller leaves, or with the reason `gatewayStops`. */
  callerLeft: AbortSignal;
}

/**
 * One call to a provider, up to the commit point: from then on there is no other attempt, only an honest end.
 * The first-byte timer ends there, or it would cut healthy long streams; deadline and caller keep their hold on the stream.
 * Never rejects.
 */
export async function attempt(
  open: (signal: AbortSignal) => Promise<UpstreamResult>,
  limits: AttemptLimits,
): Promise<AttemptResult> {
  const started = performance.now();
  if (limits.callerLeft.aborted) {
    const failure = { ...endOf(limits.callerLeft), local: true };
    return { type: 'failure', failure, timeUp: failure.stopped === true };
  }
  if (limits.remainingMs <= 0) return { type: 'failure', failure: { ...deadlinePassed, local: true }, timeUp: true };
  const watch = createWatch(limits);
  const opened = await watch.until(open(watch.signal));
  if (opened.type === 'ended') return fail(opened.failure);
  const result = opened.value;
  if (result.type === 'failure') return fail(result.failure);
  if (result.type !== 'stream') {
    watch.release();
    const answer = result.type === 'json' ? result : uncountable;
    return { type: 'served', answer, firstByteMs: performance.now() - started };
  }
  const committed = await commit(result.frames, watch);
  if ('failure' in committed)
    return fail({
      ...committed.failure,
      providerRequestId: committed.failure.providerRequestId ?? result.providerRequestId,
    });
  watch.clearFirstByte();
  return { type: 'served', answer: { ...result, frames: committed.frames }, firstByteMs: performance.now() - started };

  function fail(failure: Failure): AttemptResult {
    watch.end();
    return { type: 'failure', failure, timeUp: watch.timeUp };
  }
}

type Awaited<T> = { type: 'result'; value: T } | { type: 'ended'; failure: Failure };

/** What may end a call from outside: the first-byte limit, the deadline, the caller. */
interface Watch {
  /** Aborted when the call is to end. */
  signal: AbortSignal;
  timeUp: boolean;
  /** The promise's value, or why the wait ended before: a limit, the caller, or the promise's rejection. One wait at a time. */
  until<T>(promise: Promise<T>): Promise<Awaited<T>>;
  clearFirstByte(): void;
  /** Lets go of timers and listeners. */
  release(): void;
  /** `release`, and ends the call. */
  end(): void;
}

/**
 * One slot for whoever waits, filled anew for each wait. `Promise.race` against one long-lived promise would leave a reaction
 * behind on it for every chunk of a stream.
 */
function createWatch({ contentMs, remainingMs, callerLeft }: AttemptLimits): Watch {
  const controller = new AbortController();
  let ended: Failure | null = null;
  let wake: ((failure: Failure) => void) | null = null;
  const interrupt = (failure: Failure) => {
    if (ended !== null) return;
    ended = failure;
    wake?.(failure);
    watch.end();
  };
  const leave = () => {
    watch.timeUp ||= callerLeft.reason === gatewayStops;
    interrupt(endOf(callerLeft));
  };
  const deadline = setTimeout(() => {
    watch.timeUp = true;
    interrupt(deadlinePassed);
  }, remainingMs);
  const firstByte =
    contentMs < remainingMs
      ? setTimeout(() => interrupt(timeout(`No answer within ${contentMs} ms.`)), contentMs)
      : undefined;
  callerLeft.addEventListener('abort', leave, { once: true });
  const watch: Watch = {
    signal: controller.signal,
    timeUp: false,
    until<T>(promise: Promise<T>) {
      return new Promise<Awaited<T>>((resolve) => {
        wake = (failure) => resolve({ type: 'ended', failure });
        if (ended !== null) wake(ended);
        promise.then(
          (value) => resolve({ type: 'result', value }),
          () => resolve({ type: 'ended', failure: ended ?? unexpected }),
        );
      });
    },
    clearFirstByte: () => clearTimeout(firstByte),
    release() {
      clearTimeout(firstByte);
      clearTimeout(deadline);
      callerLeft.removeEventListener('abort', leave);
    },
    end() {
      watch.release();
      controller.abort();
    },
  };
  return watch;
}

/** Reads until something worth sending is there; the frames so far are kept. */
async function commit(
  frames: AsyncIterable<Frame[]>,
  watch: Watch,
): Promise<{ frames: AsyncIterable<Frame[]> } | { failure: Failure }> {
  const iterator = frames[Symbol.asyncIterator]();
  const held: Frame[] = [];
  for (;;) {
    const batch = await nextBatch(iterator, watch);
    const first = batch.findIndex((frame) => frame.type === 'failure' || commits(frame));
    const decisive = batch[first];
    if (decisive?.type === 'failure') {
      close(iterator);
      return { failure: decisive.failure };
    }
    held.push(...batch);
    if (decisive !== undefined) return { frames: resume(held, iterator, watch) };
  }
}

function commits(frame: Frame): boolean {
  return frame.type === 'end' || (frame.type === 'event' && frame.content);
}

function isLast(frame: Frame): boolean {
  return frame.type === 'end' || frame.type === 'failure';
}

async function* resume(held: Frame[], iterator: AsyncIterator<Frame[]>, watch: Watch): AsyncGenerator<Frame[]> {
  let complete = false;
  try {
    let batch = held;
    for (;;) {
      complete = batch.some(isLast);
      yield batch;
      if (complete) return;
      batch = await nextBatch(iterator, watch);
    }
  } finally {
    if (complete) watch.release();
    else watch.end();
    close(iterator);
  }
}

/** The next frames; a stream that ends without a word, throws or is ended from outside gives a `failure`. */
async function nextBatch(iterator: AsyncIterator<Frame[]>, watch: Watch): Promise<Frame[]> {
  const next = await watch.until(iterator.next());
  if (next.type === 'ended') return [{ type: 'failure', failure: next.failure }];
  return next.value.done ? [{ type: 'failure', failure: cut }] : next.value.value;
}

/** Lets the adapter clean up; nobody waits for it. */
function close(iterator: AsyncIterator<Frame[]>): void {
  iterator.return?.().catch(() => undefined);
}

/** Why a signal that ends requests was aborted: the caller left, or the process ends. */
function endOf(signal: AbortSignal): Failure {
  return signal.reason === gatewayStops ? stoppedFailure : cancelled;
}

const cancelled: Failure = {
  kind: 'cancelled',
  status: null,
  code: null,
  message: 'The caller left before the answer was complete.',
  providerRequestId: null,
};
const deadlinePassed: Failure = timeout('The deadline of the request passed.');
const cut: Failure = {
  kind: 'network',
  status: null,
  code: null,
  message: 'The provider ended the stream before the answer was complete.',
  providerRequestId: null,
};
/** An adapter must not throw; if it does, its error may hold anything, so nothing of it is shown. */
const unexpected: Failure = {
  kind: 'network',
  status: null,
  code: null,
  message: 'The call to the provider failed unexpectedly.',
  providerRequestId: null,
  garbled: true,
};

function timeout(message: string): Failure {
  return { kind: 'timeout', status: null, code: null, message, providerRequestId: null };
}
