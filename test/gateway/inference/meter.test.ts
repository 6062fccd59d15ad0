import { describe, expect, it, test } from 'vitest';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import { createMeter, createTextWriter, estimateDelivered } from '../../../functions/gateway/inference/meter.ts';
import { failure } from '../../core/samples.ts';
import { broken, end, finish, finished, role, words } from './stand-ins.ts';

/** Counts that are told only to those who asked. */
function usage(asked = true): Frame {
  const write = (extras: object) => (asked ? `data: ${JSON.stringify({ counts: 3, ...extras })}\n\n` : null);
  return { type: 'usage', usage: { ...noUsage, prompt: 3, completion: 2 }, write };
}

async function run(batches: Frame[][]) {
  const meter = createMeter();
  const texts: string[] = [];
  const told = {
    usageExtras: () => ({ cost: '0.0000000' }),
    errorEvent: (failed: { message: string }) => `data: ${JSON.stringify({ error: failed.message })}\n\n`,
  };
  const write = createTextWriter(meter, told);
  for (const batch of batches) {
    texts.push(write(batch));
    if (meter.complete || meter.failure !== null) break;
  }
  const text = texts.join('');
  expect(text).toMatch(/^(data: [^\n]+\n\n)*$/);
  return { meter, text, frames: text.split('\n\n').slice(0, -1) };
}

/** Every way to cut parts into batches. */
function batchings(parts: Frame[]): Frame[][][] {
  const [first, ...rest] = parts;
  if (first === undefined) return [[]];
  return batchings(rest).flatMap((batches) => [
    [[first], ...batches],
    ...(batches[0] ? [[[first, ...batches[0]], ...batches.slice(1)]] : []),
  ]);
}

describe('a stream on its way to the caller', () => {
  test.each(
    batchings([role, words('one'), finish, finished, usage(), end]).map(
      (batches) => [batches.map(({ length }) => length).join('+'), batches] as const,
    ),
  )('ends with the finish, the usage and the end, in batches of %s', async (_, batches) => {
    const { frames, meter } = await run(batches);
    expect(frames).toEqual([
      'data: {"role":"assistant"}',
      'data: {"said":"one"}',
      'data: {"finished":"stop"}',
      'data: {"counts":3,"cost":"0.0000000"}',
      'data: [THE END]',
    ]);
    expect(meter).toMatchObject({
      complete: true,
      finishReason: 'stop',
      failure: null,
      usage: { prompt: 3, completion: 2 },
    });
  });

  it('meters the usage that the caller did not ask for', async () => {
    const { text, meter } = await run([[words('one'), finish, usage(false), end]]);
    expect(text).not.toContain('counts');
    expect(meter.usage).toMatchObject({ prompt: 3, completion: 2 });
  });
});

describe('a cut stream never looks complete', () => {
  const cuts: [string, Frame[]][] = [
    ['after content', [words('one'), broken(failure('network'))]],
    ['after the finish', [words('one'), finish, broken(failure('network'))]],
    ['after finish and usage', [words('one'), finish, finished, usage(), broken(failure('network'))]],
    ['with an end behind the failure', [words('one'), finish, broken(failure('overloaded')), end]],
    ['with content behind the failure', [words('one'), broken(failure('overloaded')), words('late'), finish, end]],
  ];
  const cases = cuts.flatMap(([says, parts]) =>
    batchings(parts).map((batches) => [says, batches.map(({ length }) => length).join('+'), batches] as const),
  );
  test.each(cases)('%s, in batches of %s', async (_says, _sizes, batches) => {
    const { text, frames, meter } = await run(batches);
    expect(text).not.toContain('[THE END]');
    expect(text).not.toContain('"finished":"stop"');
    expect(text).not.toContain('late');
    expect(frames.filter((frame) => frame.includes('"error"'))).toHaveLength(1);
    expect(frames.at(-1)).toContain('"error"');
    expect(meter).toMatchObject({ complete: false, finishReason: null });
  });
});

describe('events that are numbered', () => {
  it('are counted as they are sent: what is held back has no number yet', async () => {
    const numbered = (next: number, closing: boolean): Frame => ({
      type: 'event',
      text: 'data: {}\n\n',
      content: true,
      closing,
      next,
    });
    expect((await run([[numbered(1, false), numbered(2, false), numbered(3, true)]])).meter.next).toBe(2);
  });
});

describe('what was delivered, when the provider does not count', () => {
  it('is at least a token per chunk, and one per four characters beyond', async () => {
    const { meter } = await run([[words('a'), words('abcde'), words('abcdefghi')]]);
    expect(estimateDelivered(meter)).toBe(3 + 3);
    expect(estimateDelivered(createMeter())).toBe(0);
  });
});
