import type { ApiKeyLimits } from './workspace.ts';

/** A fixed span of UTC time in which requests and tokens are counted. */
export interface CountWindow {
  kind: 'minute' | 'day';
  /** `2026-11-23T10:05` or `2026-11-23`. */
  name: string;
  seconds: number;
  /** Epoch ms. */
  endsAt: number;
}

/** What a window allows; null: that is not limited. */
export interface Allowance {
  window: CountWindow;
  requests: number | null;
  tokens: number | null;
}

/** Where a key stands in one window. `used` may exceed what is allowed. */
export interface Standing {
  allowance: Allowance;
  requestsUsed: number;
  tokensUsed: number;
}

export function windowAt(kind: CountWindow['kind'], at: number): CountWindow {
  const seconds = kind === 'minute' ? 60 : 86_400;
  const start = Math.floor(at / (seconds * 1000)) * seconds * 1000;
  const name = new Date(start).toISOString().slice(0, kind === 'minute' ? 16 : 10);
  return { kind, name, seconds, endsAt: start + seconds * 1000 };
}

/** The windows that a request is counted in, the shortest first; none for a key without such limits. */
export function allowancesOf(limits: ApiKeyLimits, at: number): Allowance[] {
  const allowances: Allowance[] = [];
  const { requestsPerMinute, requestsPerDay, tokensPerMinute } = limits;
  if (requestsPerMinute !== null || tokensPerMinute !== null)
    allowances.push({ window: windowAt('minute', at), requests: requestsPerMinute, tokens: tokensPerMinute });
  if (requestsPerDay !== null) allowances.push({ window: windowAt('day', at), requests: requestsPerDay, tokens: null });
  return allowances;
}

/**
 * One item takes a thousand writes a second. Where a limit lets more than 150 requests a second through, a process takes several
 * at once from the window, so that the writes stay below some 300 a second; the same share for tokens.
 */
const writesPerSecond = 150;
/** For keys that limit tokens only: fewer tokens per request are rare. */
const tokensPerRequest = 1000;

export function requestsAtOnce({ window, requests, tokens }: Allowance): number {
  const possible = requests ?? (tokens ?? 0) / tokensPerRequest;
  return Math.max(1, Math.floor(possible / window.seconds / writesPerSecond));
}

/** How many tokens a process gathers before it writes them down. */
export function tokensAtOnce({ window, tokens }: Allowance): number {
  return Math.floor((tokens ?? 0) / window.seconds / writesPerSecond);
}

export function isExceeded({ allowance, requestsUsed, tokensUsed }: Standing): boolean {
  return (
    (allowance.requests !== null && requestsUsed > allowance.requests) ||
    (allowance.tokens !== null && tokensUsed >= allowance.tokens)
  );
}

/** OpenAI's headers (platform.openai.com/docs/guides/rate-limits). Of two limits on requests the one that is nearer is told. */
export function rateLimitHeaders(standings: Standing[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  let least = Number.POSITIVE_INFINITY;
  for (const { allowance, requestsUsed, tokensUsed } of standings) {
    const { window, requests, tokens } = allowance;
    const reset = formatReset(window.endsAt - now);
    if (requests !== null && requests - requestsUsed < least) {
      least = requests - requestsUsed;
      Object.assign(headers, counted('requests', requests, requestsUsed, reset));
    }
    if (tokens !== null) Object.assign(headers, counted('tokens', tokens, tokensUsed, reset));
  }
  return headers;
}

/** Of two sets of headers that tell of the same thing, the one that leaves less. */
export function nearerLimits(one: Record<string, string>, other: Record<string, string>): Record<string, string> {
  const nearer = { ...one };
  for (const what of ['requests', 'tokens']) {
    const left = (headers: Record<string, string>) => Number(headers[`x-ratelimit-remaining-${what}`] ?? Infinity);
    if (left(other) < left(one))
      for (const [name, value] of Object.entries(other)) if (name.endsWith(what)) nearer[name] = value;
  }
  return nearer;
}

function counted(what: string, limit: number, used: number, reset: string): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - used)),
    [`x-ratelimit-reset-${what}`]: reset,
  };
}

/** As OpenAI writes spans: `120ms`, `7s`, `6m0s`, `23h59m1s`. */
export function formatReset(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const total = Math.ceil(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return `${hours > 0 ? `${hours}h` : ''}${total >= 60 ? `${minutes}m` : ''}${seconds}s`;
}
