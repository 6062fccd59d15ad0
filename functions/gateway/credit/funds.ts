import { holdForAll } from '../../core/billing/hold.ts';
import { type Hold, holdCaps, toHold } from '../../core/billing/spend-caps.ts';
import type { Plan } from '../../core/routing/plan.ts';
import type { Principal } from '../access/authenticate.ts';
import type { Funds } from '../inference/dispatched.ts';
import type { InferenceDeps, InferenceRequest } from '../inference/request.ts';

/** Sets credit aside once for all platform attempts of a request: in a shard where the balance's own item is crowded, else in that. */
export function createFunds({ principal, requestId, at }: InferenceRequest, plan: Plan, deps: InferenceDeps): Funds {
  const { ledger, shardChoice } = deps;
  const workspaceId = principal.workspace.id;
  const caps = holdCaps(principal.workspace, principal.apiKey, plan.replaced ?? [], at);
  let held: Hold | null = null;
  // Noted before the call: a hold whose answer was lost is settled, too.
  const hold = async (amount: number, shard?: number) => {
    held = { ...toHold(amount, caps), ...(shard !== undefined && { shard }) };
    const placed = await ledger.hold(workspaceId, requestId, amount, caps, shard);
    if (placed !== true) held = null;
    return placed;
  };
  return {
    async place({ offer, candidate }, bounds) {
      if (held !== null) return null;
      if (offer.price === null) return { bar: 'no_price', cap: null };
      const others = plan.platform.filter((target) => target.candidate !== candidate).map((target) => target.offer);
      const amount = holdForAll(bounds, [offer, ...others]);
      const shard = shardChoice.of(principal, amount, caps, at);
      if (shard !== null && (await hold(amount, shard)) === true) return null;
      let placed = await hold(amount);
      if (placed === false && principal.load.shards > 0 && (await ledger.gather(workspaceId)))
        placed = await hold(amount);
      if (placed === true) return null;
      return placed === false ? { bar: 'no_credit', cap: null } : { bar: 'spend_cap', cap: placed };
    },
    held: () => held,
  };
}

/** Whether a hold is worth a try. What lies in shards was not read. */
export function mayHaveCredit({ balance, load }: Pick<Principal, 'balance' | 'load'>): boolean {
  return balance.available > 0 || load.shards > 0;
}
