/** What ends a wait. */
interface Limits {
  /** In terms of `performance.now()`. */
  deadline: number;
  callerLeft: AbortSignal;
}

/** Full jitter around a quarter of a second (aws.amazon.com/builders-library, "Timeouts, retries and backoff with jitter"). */
export function jitter(random: () => number): number {
  return 100 + random() * 300;
}

/** The promise's value; null when the deadline passes or the caller leaves first. A secret in a slow store is not waited for any longer. */
export function inTime<Value>(promise: Promise<Value>, { deadline, callerLeft }: Limits): Promise<Value | null> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      callerLeft.removeEventListener('abort', giveUp);
    };
    const giveUp = () => {
      done();
      resolve(null);
    };
    const timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()));
    callerLeft.addEventListener('abort', giveUp, { once: true });
    if (callerLeft.aborted) giveUp();
    promise.finally(done).then(resolve, reject);
  });
}

/** Waits, but not longer than half of the time that is left, nor after the caller left. */
export function pause(ms: number, { deadline, callerLeft }: Limits): Promise<void> {
  if (callerLeft.aborted) return Promise.resolve();
  const span = Math.min(ms, Math.max(0, (deadline - performance.now()) / 2));
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      callerLeft.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, span);
    callerLeft.addEventListener('abort', done, { once: true });
  });
}
