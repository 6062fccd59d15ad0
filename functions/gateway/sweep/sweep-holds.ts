import { defaultRetentionDays } from '../../core/accounts/workspace.ts';
import { parseUsd } from '../../core/billing/money.ts';
import type { Hold } from '../../core/billing/spend-caps.ts';
import { brokenOffRecord, isBrokenOff } from '../../core/log-record.ts';
import type { HoldBook } from '../../core/more-ports/sweep.ts';
import type { Ledger, RequestLog, Workspaces } from '../../core/ports.ts';

/** Longer than any function runs (15 minutes): whoever placed an older hold is not at work any more. */
export const leaseMs = 20 * 60_000;
/** How long an empty hold waits for a process that was only suspended, as a laptop is. */
const rememberMs = 24 * 60 * 60_000;

export interface SweepHoldsDeps {
  book: HoldBook;
  ledger: Ledger;
  log: Pick<RequestLog, 'get' | 'writeIfNone'>;
  workspaces: Pick<Workspaces, 'get'>;
  now(): number;
}

/**
 * Ends the holds of requests that broke off. The request log knows the cost of those that got so far; what the others may
 * have cost at the provider is the operator's loss, never the tenant's. These get a record that says so: the hold is all that they left.
 * A request on the tenant's own key holds nothing, and leaves none.
 */
export async function sweepHolds(deps: SweepHoldsDeps): Promise<{ settled: number; released: number }> {
  const count = { settled: 0, released: 0 };
  const now = deps.now();
  for await (const { workspaceId, holds, pastCounters, isSpread } of deps.book.list(now - leaseMs)) {
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
      await deps.book.lapse(workspaceId, requestId, hold);
      count.released++;
    } else if (at < now - rememberMs) await deps.book.drop(workspaceId, requestId, hold);
  }
}
