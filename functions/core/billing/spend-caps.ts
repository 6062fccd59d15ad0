import type { ApiKey, ProviderKey, Workspace } from '../accounts/workspace.ts';
import { formatUsd, type NanoUsd, parseUsd } from './money.ts';

/** A limit on what platform credentials may cost in a span of time. It is reached once `limit` is spent or set aside. */
export interface SpendCap {
  /** The name of what is counted, unique within the item that holds the count: `pk_… day 2026-11-23`. Ends in its span. */
  counter: string;
  limit: NanoUsd;
  /** For messages: `the workspace's fallback cap of 5.0000000 USD a day`. */
  name: string;
}

/** Credit that is set aside for one request. */
export interface Hold {
  amount: NanoUsd;
  /** The counters of caps that the amount is counted in, until the cost is known. */
  counters: string[];
  /** Set when the API key has spend caps: its id and the counters of it. */
  apiKey: { id: string; counters: string[] } | null;
  /** The shard of the balance that it lies in; absent: the balance's own item. */
  shard?: number;
}

/** The caps that a hold must keep to. */
export interface HoldCaps {
  fallback: SpendCap[];
  apiKey: { id: string; caps: SpendCap[] } | null;
}

/**
 * The caps that bear on a request which the platform is to serve. The workspace's is the operator's, and bounds all that the platform
 * may cost: with own keys, without, and when the caller leaves them out. Those of own keys bear on what is served in their place.
 * `at`: epoch ms.
 */
export function fallbackCaps(workspace: Workspace, keys: ProviderKey[], at: number): SpendCap[] {
  return [
    ...spans('workspace', "the workspace's fallback cap", workspace.fallbackCaps, at),
    ...keys.flatMap((key) =>
      key.fallbackCaps === undefined
        ? []
        : spans(key.id, `the fallback cap of provider key ${key.id}`, key.fallbackCaps, at),
    ),
  ];
}

/** The spend caps of an API key. */
function apiKeyCaps({ limits }: ApiKey, at: number): SpendCap[] {
  const caps: SpendCap[] = [];
  if (limits.monthUsd !== null)
    caps.push({
      counter: monthOf('key', at),
      limit: limits.monthUsd,
      name: `this API key's spend cap of ${formatUsd(limits.monthUsd)} USD a month`,
    });
  if (limits.totalUsd !== null)
    caps.push({
      counter: 'key total',
      limit: limits.totalUsd,
      name: `this API key's spend cap of ${formatUsd(limits.totalUsd)} USD in total`,
    });
  return caps;
}

interface FallbackCaps {
  dayUsd: NanoUsd | null;
  monthUsd: NanoUsd | null;
}

/** The caps of a workspace or provider key after a change: what is absent stays, null lifts a cap. Amounts are checked already. */
export function fallbackCapsAfter(
  known: FallbackCaps,
  change: { fallback_cap_day_usd?: string | null; fallback_cap_month_usd?: string | null },
): FallbackCaps {
  const after = (before: NanoUsd | null, text: string | null | undefined) =>
    text === undefined ? before : text === null ? null : parseUsd(text);
  return {
    dayUsd: after(known.dayUsd, change.fallback_cap_day_usd),
    monthUsd: after(known.monthUsd, change.fallback_cap_month_usd),
  };
}

/** What a hold of this amount looks like in the ledger. */
export function toHold(amount: NanoUsd, caps: HoldCaps): Hold {
  const counters = (list: SpendCap[]) => list.map((cap) => cap.counter);
  return {
    amount,
    counters: counters(caps.fallback),
    apiKey: caps.apiKey && { id: caps.apiKey.id, counters: counters(caps.apiKey.caps) },
  };
}

/** The caps that a hold must keep to; `replaced`: the own keys in whose place the platform would serve (`Plan.replaced`). */
export function holdCaps(workspace: Workspace, apiKey: ApiKey, replaced: { key: ProviderKey }[], at: number): HoldCaps {
  const keys = replaced.map((target) => target.key);
  const caps = apiKeyCaps(apiKey, at);
  return {
    fallback: fallbackCaps(workspace, keys, at),
    apiKey: caps.length > 0 ? { id: apiKey.countsAs ?? apiKey.id, caps } : null,
  };
}

export function reachedCap(caps: SpendCap[], spent: Record<string, NanoUsd>): SpendCap | null {
  return caps.find(({ counter, limit }) => (spent[counter] ?? 0) >= limit) ?? null;
}

/** Whether a counter's day or month is over by more than two days, so that no request under way can still count in it. */
export function isOver(counter: string, now: number): boolean {
  const span = counter.slice(counter.lastIndexOf(' ') + 1);
  const start = Date.parse(span);
  if (Number.isNaN(start)) return false;
  const days = span.length === 'yyyy-mm'.length ? 31 : 1;
  return start + (days + 2) * 86_400_000 < now;
}

function spans(owner: string, name: string, { dayUsd, monthUsd }: FallbackCaps, at: number): SpendCap[] {
  const caps: SpendCap[] = [];
  if (dayUsd !== null)
    caps.push({
      counter: `${owner} day ${new Date(at).toISOString().slice(0, 10)}`,
      limit: dayUsd,
      name: `${name} of ${formatUsd(dayUsd)} USD a day`,
    });
  if (monthUsd !== null)
    caps.push({ counter: monthOf(owner, at), limit: monthUsd, name: `${name} of ${formatUsd(monthUsd)} USD a month` });
  return caps;
}

function monthOf(owner: string, at: number): string {
  return `${owner} month ${new Date(at).toISOString().slice(0, 7)}`;
}
