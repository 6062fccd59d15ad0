import { describe, expect, it } from 'vitest';
import { readingCall } from '../../../../local/simulated/brain/fitting-tools.ts';
import type { Said } from '../../../../local/simulated/brain/said.ts';
import { nextTools } from '../../../../local/simulated/brain/tool-calls.ts';

const offered = ['look_up', 'book', 'pay'];
const free = { choice: 'free', parallel: true } as const;

describe('the tools that a simulated model calls', () => {
  it.each<[string, Said[], Parameters<typeof nextTools>[2], string[]]>([
    ['none that nobody named', [{ user: 'hello' }], free, []],
    ['all that the last text names', [{ user: 'look_up and pay' }], free, ['look_up', 'pay']],
    [
      'one at a time where parallel calls are off',
      [{ user: 'look_up and pay' }],
      { choice: 'free', parallel: false },
      ['look_up'],
    ],
    ['step after step', [{ user: 'look_up then book and pay' }], free, ['look_up']],
    [
      'the next step when the first is done',
      [{ user: 'look_up then book and pay' }, { called: 'look_up' }],
      free,
      ['book', 'pay'],
    ],
    ['none when all is done', [{ user: 'look_up then book' }, { called: 'look_up' }, { called: 'book' }], free, []],
    ['afresh for a new text', [{ user: 'look_up' }, { called: 'look_up' }, { user: 'look_up' }], free, ['look_up']],
    ['the first when it has to call one', [{ user: 'hello' }], { choice: 'required', parallel: true }, ['look_up']],
    ['the forced one, once', [{ user: 'look_up' }], { choice: { name: 'pay' }, parallel: true }, ['pay']],
    ['no forced one twice', [{ user: 'look_up' }, { called: 'pay' }], { choice: { name: 'pay' }, parallel: true }, []],
    ['none when that is forbidden', [{ user: 'look_up' }], { choice: 'none', parallel: true }, []],
  ])('are %s', (_, conversation, options, names) => {
    expect(nextTools(offered, conversation, options)).toEqual(names);
  });
});

describe('the tool that reads a file', () => {
  const path = (name: string) => ({ name, input: { type: 'object', properties: { path: {} }, required: ['path'] } });

  it('is none that reads pictures', () => {
    expect(readingCall('a.txt', [path('view_image')], null)).toBeNull();
    expect(readingCall('a.txt', [path('view_image'), path('view_file')], null)).toMatchObject({ name: 'view_file' });
  });
});
