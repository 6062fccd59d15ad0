import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { withHeartbeat } from '../../functions/http/heartbeat.ts';

const comment = ': keep-alive\n\n';
const hour = 3_600_000;

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

describe('a stream with a heartbeat', () => {
  it('passes the pieces on as they are', async () => {
    expect(await withHeartbeat(pieces('a', 'b', 'c'), hour).toArray()).toEqual(['a', 'b', 'c']);
  });

  it('fills a silence with comments, and goes on with what comes after it', async () => {
    const silence = Promise.withResolvers<void>();
    async function* slow() {
      yield 'a';
      await silence.promise;
      yield 'b';
    }
    const seen: string[] = [];
    for await (const piece of withHeartbeat(slow(), 1)) {
      seen.push(piece);
      if (seen.length === 4) silence.resolve();
    }
    expect(seen.slice(0, 4)).toEqual(['a', comment, comment, comment]);
    expect(seen.filter((piece) => piece !== comment)).toEqual(['a', 'b']);
  });

  it('adds nothing while the reader is what is slow', async () => {
    const seen: string[] = [];
    const slow = new Writable({
      decodeStrings: false,
      highWaterMark: 1,
      write(piece: string, _encoding, done) {
        seen.push(piece);
        setTimeout(done, 10);
      },
    });
    await pipeline(withHeartbeat(pieces('a', 'b', 'c', 'd'), 1), slow);
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets the events finish their work when the reader leaves', async () => {
    const finished = Promise.withResolvers<void>();
    async function* events() {
      try {
        yield 'a';
        yield 'b';
      } finally {
        finished.resolve();
      }
    }
    const stream = withHeartbeat(events(), hour);
    for await (const piece of stream) {
      expect(piece).toBe('a');
      break;
    }
    await finished.promise;
    expect(stream.destroyed).toBe(true);
  });

  it('fails as the events do', async () => {
    async function* failing() {
      yield 'a';
      throw new Error('broken');
    }
    await expect(withHeartbeat(failing(), hour).toArray()).rejects.toThrow('broken');
  });
});
