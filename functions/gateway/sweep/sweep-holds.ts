import { defaultRetentionDays } from '../../core/accounts/workspace.ts';
import { parseUsd } from '../../core/billing/money.ts';
import type { Hold } from '../../core/billing/spend-caps.ts';
import { leaseMs } from '../../core/hours.ts';
import { timeOf } from '../../core/ids.ts';
import { brokenOffRecord, isBrokenOff } from '../../core/log-record.ts';
import type { HoldBook } from '../../core/more-ports/sweep.ts';
import type { Ledger, RequestLog, Workspaces } from '../../core/ports.ts';

/** How long an empty hold waits for a process that was only suspended, as a laptop is. */
const rememberMs = 24 * 60 * 60_000;

export interface SweepHoldsDeps {
  book: HoldBook;
  ledger: Ledger;
  log: Pick<RequestLog, 'get' | 'writeIfNone'>;
  workspaces: Pick<Workspaces, 'get'>;
  now(): number;
}

export interface SweptHolds {
  settled: number;
  released: number;
  /** By workspace: when the first of the requests came that have a record only now. Epoch ms. */
  told: Map<string, number>;
}

/**
 * Ends the holds of these workspaces' requests that broke off. The request log knows the cost of those that got so far; what the others may
 * have cost at the provider is the operator's loss, never the tenant's. These get a record that says so: the hold is all that they left.
 * A request on the tenant's own key holds nothing, and leaves none.
 */
export async function sweepHolds(workspaceIds: string[], deps: SweepHoldsDeps): Promise<SweptHolds> {
  const count: SweptHolds = { settled: 0, released: 0, told: new Map() };
  const now = deps.now();
  for (const { workspaceId, holds, pastCounters, isSpread } of await deps.book.list(workspaceIds, now - leaseMs)) {
    const charged = new Set<string>();
    for (const { requestId, at, ...hold } of holds) {
      await sweepOne(workspaceId, requestId, hold, at, charged.has(requestId));
      charged.add(requestId);
    }
    if (isSpread) await deps.ledger.gather(workspaceId);
    if (pastCounters.length > 0) await deps.book.dropCounters(workspaceId, pastCounters);
  }
  return count;

  async function sweepOne(
    workspaceId: string,
    requestId: string,
    hold: Hold,
    at: number,
    isCharged: boolean,
  ): Promise<void> {
    const record = await deps.log.get(workspaceId, requestId);
    if (record !== null && !isBrokenOff(record)) {
      // Settled and yet held: the hold is a write that reached the store twice, the second time after the settlement.
      const cost = record.settled || isCharged ? 0 : (parseUsd(record.cost) ?? 0);
      await deps.ledger.settle(workspaceId, requestId, hold, cost);
      count.settled++;
    } else if (hold.amount > 0) {
      // The record first: should the rest fail, the next run finds the hold and does it.
      if (record === null) {
        const days = (await deps.workspaces.get(workspaceId))?.retentionDays ?? defaultRetentionDays;
        const request = { requestId, workspaceId, apiKeyId: hold.apiKey?.id ?? null, at };
        await deps.log.writeIfNone(brokenOffRecord(request, days));
      }
      const cameAt = timeOf(requestId);
      count.told.set(workspaceId, Math.min(cameAt, count.told.get(workspaceId) ?? cameAt));
      await deps.book.lapse(workspaceId, requestId, hold);
      count.released++;
    } else if (at < now - rememberMs) await deps.book.drop(workspaceId, requestId, hold);
  }
}
