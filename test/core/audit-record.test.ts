import { describe, expect, it } from 'vitest';
import { boundedState, shownTarget } from '../../functions/core/audit-record.ts';

describe('what an audit record keeps', () => {
  it('of a resource is all of it, and of one that is far too large how large it is', () => {
    const state = { models: Array.from({ length: 100 }, (_, i) => `model-${i}`) };
    expect(boundedState(state)).toEqual(state);
    expect(boundedState(null)).toBeNull();
    expect(boundedState({ text: 'x'.repeat(20_000 - 11) })).not.toHaveProperty('truncated');
    expect(boundedState({ text: 'x'.repeat(20_001 - 11) })).toEqual({ truncated: true, characters: 20_001 });
  });

  it.each([
    ['pk_1', 'pk_1'],
    ['a\nb\r\tc\u0000', 'abc'],
    ['a\u202eb\u200bc\u2028d\u2029e', 'abcde'],
    ['x'.repeat(1000), 'x'.repeat(300)],
    ['', ''],
    [undefined, null],
  ])('of the id %j is one short line', (id, shown) => {
    expect(shownTarget(id)).toBe(shown);
  });
});
