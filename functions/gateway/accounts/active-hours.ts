import { nameOf } from '../../core/errors.ts';
import { hourMs, leaseMs } from '../../core/hours.ts';
import { timeOf } from '../../core/ids.ts';
import type { Marks } from '../../core/more-ports/sweep.ts';
import type { RequestLog } from '../../core/ports.ts';

/** Marks the hours in which workspaces have records, so that the sweep looks at no others. */
export interface ActiveHours {
  /**
   * Resolves when the hour of `at` (epoch ms) is marked: at once, and without a write, when this process has done so before. Never rejects:
   * what is not marked is found by the round, within a day.
   */
  mark(workspaceId: string, at: number): Promise<void>;
}

/** What is forgotten is written once more. */
const mostNames = 10_000;

/**
 * One write per workspace, hour and process. Once the hour may have been closed each record marks anew, because the sweep may have been there
 * in between.
 */
export function createActiveHours(deps: {
  marks: Pick<Marks, 'put'>;
  now(): number;
  report(event: string, details: object): void;
}): ActiveHours {
  const known = new Map<string, Promise<void>>();
  return {
    mark(workspaceId, at) {
      const hour = Math.floor(at / hourMs) * hourMs;
      const now = deps.now();
      const late = now >= hour + hourMs + leaseMs;
      const name = `${hour} ${workspaceId}`;
      const before = late ? undefined : known.get(name);
      if (before !== undefined) return before;
      const marked = deps.marks.put({ workspaceId, hour, at: now, late }).catch((error: unknown) => {
        known.delete(name);
        deps.report('hour_not_marked', { workspace_id: workspaceId, error: nameOf(error) });
      });
      if (!late) known.set(name, marked);
      const oldest = known.size > mostNames ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      return marked;
    },
  };
}

/** A request log whose hours are marked before there is a record in them. */
export function withActiveHours(log: RequestLog, { mark }: ActiveHours): RequestLog {
  return {
    ...log,
    async write(record) {
      await mark(record.workspace_id, timeOf(record.request_id));
      await log.write(record);
    },
    async writeIfNone(record) {
      await mark(record.workspace_id, timeOf(record.request_id));
      await log.writeIfNone(record);
    },
  };
}
