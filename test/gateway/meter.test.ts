import { describe, expect, it, test } from 'vitest';
import type { StreamPart } from '../../functions/core/routing/provider.ts';
import { createMeter, estimateDelivered, toEvents } from '../../functions/gateway/meter.ts';
import { failure } from '../core/samples.ts';
import { broken, end, finish, role, words } from './stand-ins.ts';

const usage: StreamPart = {
  type: 'usage',
  chunk: { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
};

async function run(batches: StreamPart[][], includeUsage = true) {
  const meter = createMeter();
  async function* parts() {
    yield* batches;
  }
  const texts: string[] = [];
  const options = {
    includeUsage,
    usageExtras: () => ({ cost: '0.0000000' }),
    errorFrame: (failed: { message: string }) => ({ error: { message: failed.message } }),
  };
  for await (const text of toEvents(parts(), meter, options)) texts.push(text);
  const text = texts.join('');
  expect(text).toMatch(/^(data: [^\n]+\n\n)*$/);
  return { meter, text, frames: text.split('\n\n').slice(0, -1) };
}

/** Every way to cut parts into batches. */
function batchings(parts: StreamPart[]): StreamPart[][][] {
  const [first, ...rest] = parts;
  if (first === undefined) return [[]];
  return batchings(rest).flatMap((batches) => [
    [[first], ...batches],
    ...(batches[0] ? [[[first, ...batches[0]], ...batches.slice(1)]] : []),
  ]);
}

describe('a stream on its way to the caller', () => {
  test.each(
    batchings([role, words('one'), finish, usage, end]).map(
      (batches) => [batches.map(({ length }) => length).join('+'), batches] as const,
    ),
  )('ends with the finish, the usage and [DONE], in batches of %s', async (_, batches) => {
    const { frames, meter } = await run(batches);
    expect(frames.map((frame) => frame.slice(0, 40))).toEqual([
      expect.stringContaining('"index":0,"delta"'),
      expect.stringContaining('"index":0,"delta"'),
      expect.stringContaining('"index":0,"delta":{}'),
      expect.stringContaining('"id":"c"'),
      'data: [DONE]',
    ]);
    expect(frames[3]).toContain('"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":"0.0000000"}');
    expect(meter).toMatchObject({
      complete: true,
      finishReason: 'stop',
      failure: null,
      usage: { prompt: 3, completion: 2 },
    });
  });

  it('meters the usage that the caller did not ask for', async () => {
    const { text, meter } = await run([[words('one'), finish, usage, end]], false);
    expect(text).not.toContain('usage');
    expect(meter.usage).toMatchObject({ prompt: 3, completion: 2 });
  });
});

describe('a cut stream never looks complete', () => {
  const cuts: [string, StreamPart[]][] = [
    ['after content', [words('one'), broken(failure('network'))]],
    ['after the finish', [words('one'), finish, broken(failure('network'))]],
    ['after finish and usage', [words('one'), finish, usage, broken(failure('network'))]],
    ['with an end behind the failure', [words('one'), finish, broken(failure('overloaded')), end]],
    ['with content behind the failure', [words('one'), broken(failure('overloaded')), words('late'), finish, end]],
  ];
  const cases = cuts.flatMap(([says, parts]) =>
    batchings(parts).map((batches) => [says, batches.map(({ length }) => length).join('+'), batches] as const),
  );
  test.each(cases)('%s, in batches of %s', async (_says, _sizes, batches) => {
    const { text, frames, meter } = await run(batches);
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"finish_reason":"stop"');
    expect(text).not.toContain('late');
    expect(frames.filter((frame) => frame.includes('"error"'))).toHaveLength(1);
    expect(frames.at(-1)).toContain('"error"');
    expect(meter).toMatchObject({ complete: false, finishReason: null });
  });
});

describe('what was delivered, when the provider does not count', () => {
  it('is at least a token per chunk, and one per four characters beyond', async () => {
    const { meter } = await run([[words('a'), words('abcde'), words('abcdefghi')]]);
    expect(estimateDelivered(meter)).toBe(3 + 3);
    expect(estimateDelivered(createMeter())).toBe(0);
  });
});
