import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { showParams } from '../../../functions/core/chat/dropped-params.ts';

describe('names of fields that were left out', () => {
  test.each([
    ['logit_bias', 'logit_bias'],
    ['a\r\nx-evil: 1', 'a%0D%0Ax-evil:%201'],
    ['a,b', 'a%2Cb'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['😀', '%F0%9F%98%80'],
    ['\ud800', '%EF%BF%BD'],
  ])('%j is shown as %s', (name, shown) => {
    expect(showParams([name])).toEqual([shown]);
  });

  it('fit a header, whatever callers send', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 80 }), (names) => {
        const shown = showParams(names).join(',');
        expect(shown).toMatch(/^[\x21-\x7e]*$/);
        expect(showParams(names).length).toBeLessThanOrEqual(50);
      }),
    );
  });
});
