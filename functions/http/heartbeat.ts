import { Readable } from 'node:stream';

/** API Gateway ends a regional stream that is silent for five minutes; many proxies do after one. */
export const silenceMs = 15_000;
export const comment = ': keep-alive\n\n';

/**
 * A stream of server-sent events whose silences are filled with comments, which readers skip. Pieces are pulled as the reader
 * takes them. One timer serves the whole stream. When the reader leaves, `events` is ended and gets to finish its work.
 */
export function withHeartbeat(events: AsyncIterable<string>, everyMs: number = silenceMs): Readable {
  const iterator = events[Symbol.asyncIterator]();
  let waiting = false;
  const timer = setTimeout(beat, everyMs);
  function beat() {
    if (waiting) stream.push(comment);
    timer.refresh();
  }
  const stream = new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      if (waiting) return;
      waiting = true;
      iterator.next().then(
        (next) => {
          if (stream.destroyed) return;
          waiting = false;
          timer.refresh();
          stream.push(next.done ? null : next.value);
        },
        (error) => stream.destroy(error),
      );
    },
    destroy(error, done) {
      clearTimeout(timer);
      const ended = iterator.return?.() ?? Promise.resolve();
      ended.then(
        () => done(error),
        (failed) => done(error ?? failed),
      );
    },
  });
  return stream;
}
