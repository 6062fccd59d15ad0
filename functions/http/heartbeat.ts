/** API Gateway ends a regional stream that is silent for five minutes; many proxies do after one. */
const silenceMs = 15_000;

/** Fills silences of a stream of server-sent events with comments, which readers skip. */
export async function* withHeartbeat(events: AsyncIterable<string>, everyMs: number = silenceMs): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = await within(next, everyMs);
      if (result === null) {
        yield ': keep-alive\n\n';
        continue;
      }
      if (result.done) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

/** The result if it comes in time, null otherwise. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
