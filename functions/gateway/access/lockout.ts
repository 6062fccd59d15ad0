/**
 * Turns away whoever tries many wrong tokens. The right one passes all the same: against tokens of 200 random bits no number of tries
 * helps, and nobody who shares the operator's address may keep the operator out. Each process counts for itself.
 */
export interface Lockout {
  /** Counts a wrong try. Seconds to wait before the next one; 0: not yet turned away. */
  wrong(source: string): number;
}

const freeTries = 100;
const longestWaitMs = 15 * 60_000;
/** After so long without a try a source starts afresh. */
const forgetMs = 60 * 60_000;
/** What an attacker with many addresses can make a process remember. */
const mostSources = 10_000;

export function createLockout(now: () => number): Lockout & { readonly size: number } {
  const sources = new Map<string, { wrong: number; until: number; at: number }>();
  return {
    wrong(source) {
      const name = networkOf(source);
      const known = sources.get(name);
      const at = now();
      if (known !== undefined && at < known.until) return Math.ceil((known.until - at) / 1000);
      const wrong = known === undefined || at - known.at > forgetMs ? 1 : known.wrong + 1;
      const waitMs = wrong <= freeTries ? 0 : Math.min(longestWaitMs, 1000 * 2 ** (wrong - freeTries - 1));
      // Deleted and set: the one that tried longest ago is the first to be forgotten.
      sources.delete(name);
      sources.set(name, { wrong, until: at + waitMs, at });
      for (const oldest of sources.keys()) {
        if (sources.size <= mostSources) break;
        sources.delete(oldest);
      }
      return Math.ceil(waitMs / 1000);
    },
    get size() {
      return sources.size;
    },
  };
}

/** Whoever has one address of IPv6 has the 64 bits behind its network. */
function networkOf(source: string): string {
  if (!source.includes(':')) return source;
  const [head = '', tail] = source.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(tail ? tail.split(':') : [])];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
