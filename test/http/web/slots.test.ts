import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlots, type Slots } from '../../../functions/http/web/slots.ts';

/** Takes as many slots as a workspace gets. */
function flood(slots: Slots, workspaceId: string): (() => void)[] {
  const taken: (() => void)[] = [];
  for (;;) {
    try {
      taken.push(slots.take(workspaceId));
    } catch {
      return taken;
    }
  }
}

describe('slots', () => {
  it('refuse with 503 and when to come back', () => {
    const slots = createSlots(1);
    slots.take('ws_a');
    expect(() => slots.take('ws_b')).toThrow(
      expect.objectContaining({ code: 'service_unavailable', details: { retryAfterSeconds: 1 } }),
    );
  });

  it('leave a tenth to others when one workspace floods the process, and give it what the other returns', () => {
    const slots = createSlots(100);
    const greedy = flood(slots, 'ws_greedy');
    expect(greedy).toHaveLength(90);
    expect(flood(slots, 'ws_late')).toHaveLength(10);
    for (const giveBack of greedy.slice(0, 30)) giveBack();
    // While most slots are free again, whoever comes first takes them.
    expect(flood(slots, 'ws_late').length + 10).toBeGreaterThanOrEqual(30);
  });

  it('are given back once, however often that is said', () => {
    const slots = createSlots(2);
    const giveBack = slots.take('ws_a');
    giveBack();
    giveBack();
    expect(slots.inUse()).toBe(0);
  });

  it('are never more than there are, and never kept from a workspace that holds less than its part', () => {
    const step = fc.record({ workspace: fc.integer({ min: 0, max: 4 }), take: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 300 }), (total, steps) => {
        const slots = createSlots(total);
        const held = new Map<number, (() => void)[]>();
        for (const { workspace, take } of steps) {
          const own = held.get(workspace) ?? [];
          held.set(workspace, own);
          if (!take) {
            own.pop()?.();
            continue;
          }
          const used = [...held.values()].reduce((sum, { length }) => sum + length, 0);
          const holders = [...held].filter(([id, { length }]) => length > 0 || id === workspace).length;
          try {
            own.push(slots.take(`ws_${workspace}`));
            expect(used).toBeLessThan(total);
          } catch (error) {
            if (!(error instanceof Error && 'code' in error)) throw error;
            expect(used === total || own.length >= total / (holders + 1)).toBe(true);
          }
        }
        expect(slots.inUse()).toBe([...held.values()].reduce((sum, { length }) => sum + length, 0));
      }),
    );
  });
});
