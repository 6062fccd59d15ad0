import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withHeartbeat } from '../../functions/http/heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const beat = ': keep-alive\n\n';

/** Events that come after so many milliseconds each. */
async function* events(
  steps: [ms: number, text: string][],
  onEnd: () => void = () => undefined,
): AsyncGenerator<string> {
  try {
    for (const [ms, text] of steps) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      yield text;
    }
  } finally {
    onEnd();
  }
}

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const text of stream) all.push(text);
  return all;
}

describe('a heartbeat', () => {
  it('fills silences, as often as they last, and loses no event', async () => {
    const steps: [number, string][] = [
      [5, 'a'],
      [35, 'b'],
      [9, 'c'],
    ];
    const collected = collect(withHeartbeat(events(steps), 10));
    await vi.advanceTimersByTimeAsync(100);
    expect(await collected).toEqual(['a', beat, beat, beat, 'b', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes at least every fifteen seconds unless told otherwise', async () => {
    const collected = collect(withHeartbeat(events([[15_001, 'a']])));
    await vi.advanceTimersByTimeAsync(15_001);
    expect(await collected).toEqual([beat, 'a']);
  });

  it('adds nothing while its reader is what is slow', async () => {
    const seen: string[] = [];
    const slow = new Writable({
      decodeStrings: false,
      highWaterMark: 1,
      write(text: string, _encoding, done) {
        seen.push(text);
        setTimeout(done, 25);
      },
    });
    withHeartbeat(
      events([
        [1, 'a'],
        [1, 'b'],
        [1, 'c'],
      ]),
      10,
    ).pipe(slow);
    await vi.advanceTimersByTimeAsync(200);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('ends what it reads when its reader leaves', async () => {
    const ended = vi.fn();
    const stream = withHeartbeat(
      events(
        [
          [1, 'a'],
          [1, 'b'],
        ],
        ended,
      ),
      10,
    )[Symbol.asyncIterator]();
    const first = stream.next();
    await vi.advanceTimersByTimeAsync(1);
    expect((await first).value).toBe('a');
    await stream.return?.();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes on an error of what it reads', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'a';
      throw new Error('broken');
    }
    await expect(collect(withHeartbeat(failing(), 10))).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });
});
