import { describe, expect, it } from 'vitest';
import { createRecently } from '../../../functions/gateway/keys/recently.ts';

describe('what was written lately', () => {
  it('is written once by requests that run at once, and again by a later one', () => {
    const recent = createRecently();
    expect(recent.begin('a', 100, 105)).toBe(true);
    expect(recent.begin('a', 101, 106)).toBe(false);
    expect(recent.begin('b', 101, 106)).toBe(true);
    expect(recent.begin('a', 105, 110)).toBe(true);
  });

  it('is tried again after it failed', () => {
    const recent = createRecently();
    recent.begin('a', 100, 105);
    recent.failed('a');
    expect(recent.begin('a', 101, 106)).toBe(true);
  });

  it('is forgotten, the oldest first, before it fills the memory', () => {
    const recent = createRecently(2);
    for (const name of ['a', 'b', 'c']) recent.begin(name, 0, 10);
    expect(recent.begin('c', 0, 11)).toBe(false);
    expect(recent.begin('b', 0, 11)).toBe(false);
    expect(recent.begin('a', 0, 11)).toBe(true);
  });
});
