import fc from 'fast-check';
import { expect, it } from 'vitest';
import { moved, prioritiesFor } from '../../client/order.ts';

const keys = fc
  .array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 8 })
  .map((priorities) => priorities.map((priority, index) => ({ id: `pk_${index}`, priority })));

it('new priorities put the keys into the order that is wanted, whatever they were', () => {
  fc.assert(
    fc.property(keys, (wanted) => {
      const changed = prioritiesFor(wanted);
      const priorities = wanted.map(({ id, priority }) => changed.get(id) ?? priority);
      for (const [index, priority] of priorities.entries()) {
        expect(Number.isInteger(priority)).toBe(true);
        if (index > 0) expect(priority).toBeGreaterThan(priorities[index - 1] ?? 0);
      }
    }),
  );
});

it('keys whose priorities have room between them keep them when another one moves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.nat(), (count, from, to) => {
      const spaced = Array.from({ length: count }, (_, index) => ({ id: `pk_${index}`, priority: index * 10 }));
      const changed = prioritiesFor(moved(spaced, from % count, to % count));
      expect(changed.size).toBeLessThanOrEqual(1);
    }),
  );
});

it('moving keeps every item', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
});
