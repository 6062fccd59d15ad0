import type { Failure } from '../core/failure.ts';
import type { ProviderJson, ProviderResult, StreamPart } from '../core/provider.ts';

/** A stream whose first content-bearing part is in hand. Its parts begin with everything that came before. */
export interface CommittedStream {
  type: 'stream';
  parts: AsyncIterable<StreamPart[]>;
  providerRequestId: string | null;
  droppedParams: string[];
}

export type AttemptResult = { type: 'served'; answer: ProviderJson | CommittedStream; firstByteMs: number } | { type: 'failure'; failure: Failure };

export interface AttemptLimits {
  /** Milliseconds until the first content-bearing event (or the whole answer, when it is not streamed) must be there. */
  firstByteMs: number;
  /** Milliseconds until the deadline of the whole request. */
  remainingMs: number;
  /** Aborted when the caller leaves. */
  callerLeft: AbortSignal;
}

/**
 * One call to a provider, up to the commit point: from then on there is no other attempt, only an honest end.
 * The first-byte timer ends there, or it would cut healthy long streams; deadline and caller keep their hold on the stream.
 */
export async function attempt(open: (signal: AbortSignal) => Promise<ProviderResult>, limits: AttemptLimits): Promise<AttemptResult> {
  const controller = new AbortController();
  const ended = Promise.withResolvers<Failure>();
  const end = (failure: Failure) => {
    ended.resolve(failure);
    controller.abort();
  };
  const leave = () => end(cancelled);
  if (limits.callerLeft.aborted) return { type: 'failure', failure: cancelled };
  limits.callerLeft.addEventListener('abort', leave, { once: true });
  const deadline = setTimeout(() => end(timeout('The deadline of the request passed.')), limits.remainingMs);
  const firstByte = limits.firstByteMs < limits.remainingMs ? setTimeout(() => end(timeout(`No answer within ${limits.firstByteMs} ms.`)), limits.firstByteMs) : null;
  const release = () => {
    clearTimeout(deadline);
    limits.callerLeft.removeEventListener('abort', leave);
  };
  const started = performance.now();
  const interrupted = ended.promise.then((failure): ProviderResult => ({ type: 'failure', failure }));
  try {
    const result = await Promise.race([open(controller.signal).catch(unexpected), interrupted]);
    if (result.type === 'failure') return finish({ type: 'failure', failure: result.failure });
    if (result.type === 'json') return finish({ type: 'served', answer: result, firstByteMs: performance.now() - started });
    const committed = await commit(result.parts, ended.promise, release);
    if ('failure' in committed)
      return finish({ type: 'failure', failure: { ...committed.failure, providerRequestId: committed.failure.providerRequestId ?? result.providerRequestId } });
    return { type: 'served', answer: { ...result, parts: committed.parts }, firstByteMs: performance.now() - started };
  } finally {
    if (firstByte !== null) clearTimeout(firstByte);
  }

  function finish(result: AttemptResult): AttemptResult {
    release();
    if (result.type === 'failure') controller.abort();
    return result;
  }
}

/** Reads until something worth sending is there; the parts so far are kept. */
async function commit(parts: AsyncIterable<StreamPart[]>, ended: Promise<Failure>, release: () => void): Promise<{ parts: AsyncIterable<StreamPart[]> } | { failure: Failure }> {
  const iterator = parts[Symbol.asyncIterator]();
  const interrupted = ended.then((failure) => ({ failure }));
  const held: StreamPart[] = [];
  for (;;) {
    const next = await Promise.race([iterator.next(), interrupted]);
    if ('failure' in next) return next;
    if (next.done) return { failure: cut };
    for (const part of next.value) {
      if (part.type === 'failure' && !held.some(commits)) return { failure: part.failure };
      held.push(part);
    }
    if (held.some(commits)) return { parts: resume(held, iterator, interrupted, release) };
  }
}

function commits(part: StreamPart): boolean {
  return part.type === 'end' || (part.type === 'chunk' && part.content);
}

/** The rest of a stream: ends with `end` or `failure`, never just so. */
async function* resume(held: StreamPart[], iterator: AsyncIterator<StreamPart[]>, interrupted: Promise<{ failure: Failure }>, release: () => void): AsyncGenerator<StreamPart[]> {
  try {
    yield held;
    if (held.some((part) => part.type === 'end' || part.type === 'failure')) return;
    for (;;) {
      const next = await Promise.race([iterator.next(), interrupted]);
      if ('failure' in next) return yield [{ type: 'failure', failure: next.failure }];
      if (next.done) return yield [{ type: 'failure', failure: cut }];
      yield next.value;
      if (next.value.some((part) => part.type === 'end' || part.type === 'failure')) return;
    }
  } finally {
    release();
    void iterator.return?.();
  }
}

function unexpected(): ProviderResult {
  // An adapter must not throw; if it does, its error may hold anything, so nothing of it is shown.
  return {
    type: 'failure',
    failure: { kind: 'network', status: null, code: null, message: 'The call to the provider failed unexpectedly.', providerRequestId: null, garbled: true },
  };
}

const cancelled: Failure = { kind: 'cancelled', status: null, code: null, message: 'The caller left before the answer was complete.', providerRequestId: null };
const cut: Failure = { kind: 'network', status: null, code: null, message: 'The provider ended the stream before the answer was complete.', providerRequestId: null };

function timeout(message: string): Failure {
  return { kind: 'timeout', status: null, code: null, message, providerRequestId: null };
}
