import {
  type Allowance,
  allowancesOf,
  isExceeded,
  rateLimitHeaders,
  requestsAtOnce,
  type Standing,
  tokensAtOnce,
} from '../../core/accounts/rate-limits.ts';
import type { ApiKey } from '../../core/accounts/workspace.ts';
import { GatewayError, nameOf } from '../../core/errors.ts';
import type { WindowCounts } from '../../core/ports.ts';

type Limited = Pick<ApiKey, 'id' | 'countsAs' | 'workspaceId' | 'limits'>;

export interface RateLimiter {
  /** Counts a request of the key. Headers for the answer, and the refusal when a limit is exceeded. No call for keys without limits. */
  take(key: Limited): Promise<{ headers: Record<string, string>; refusal: GatewayError | null }>;
  /** Counts the tokens of an answer. */
  countTokens(key: ApiKey, tokens: number): Promise<void>;
}

/** What this process knows of one window of one key. */
interface Known {
  /** Requests that were counted in the store and are not used yet. */
  inHand: number;
  requestsUsed: number;
  tokensUsed: number;
  endsAt: number;
}

/** Windows of this many keys are kept in mind; past ones are forgotten beyond it. */
const manyWindows = 2000;

/**
 * Limits of API keys in fixed windows, counted in the store. A process that has been refused refuses by itself until the window
 * ends, so that a caller who does not slow down costs no writes. When the counting fails, the request passes: spending has caps
 * of its own, and a limit that cannot be counted must not take the gateway down.
 */
export function createRateLimiter(deps: {
  counts: WindowCounts;
  now(): number;
  report(event: string, details: object): void;
}): RateLimiter {
  const windows = new Map<string, Known>();
  const gathered = new Map<string, number>();

  const takeFrom = async (key: Limited, allowance: Allowance): Promise<Standing> => {
    const id = key.countsAs ?? key.id;
    const name = `${id} ${allowance.window.name}`;
    const known = windows.get(name);
    if (
      known !== undefined &&
      (known.inHand > 0 ||
        isExceeded({ allowance, requestsUsed: known.requestsUsed + 1, tokensUsed: known.tokensUsed }))
    ) {
      if (known.inHand > 0) known.inHand--;
      const standing = { allowance, requestsUsed: known.requestsUsed + 1, tokensUsed: known.tokensUsed };
      if (!isExceeded(standing)) known.requestsUsed++;
      return standing;
    }
    const block = requestsAtOnce(allowance);
    const counted = await deps.counts.add(key.workspaceId, id, allowance.window, { requests: block, tokens: 0 });
    const requestsUsed = counted.requests - block + 1;
    if (windows.size > manyWindows) forgetPast(windows, deps.now());
    windows.set(name, { inHand: block - 1, requestsUsed, tokensUsed: counted.tokens, endsAt: allowance.window.endsAt });
    return { allowance, requestsUsed, tokensUsed: counted.tokens };
  };

  return {
    async take(key) {
      const now = deps.now();
      const standings: Standing[] = [];
      try {
        for (const allowance of allowancesOf(key.limits, now)) {
          const standing = await takeFrom(key, allowance);
          standings.push(standing);
          // A request that the minute refuses does not use up the day.
          if (isExceeded(standing))
            return { headers: rateLimitHeaders(standings, now), refusal: refuse(standing, now) };
        }
      } catch (error) {
        deps.report('rate_limit_not_counted', { api_key_id: key.id, error: nameOf(error) });
      }
      return { headers: rateLimitHeaders(standings, now), refusal: null };
    },

    async countTokens(key, tokens) {
      const [allowance] = allowancesOf(key.limits, deps.now());
      if (allowance === undefined || allowance.tokens === null || tokens === 0) return;
      const id = key.countsAs ?? key.id;
      const due = (gathered.get(id) ?? 0) + tokens;
      if (due < tokensAtOnce(allowance)) {
        gathered.set(id, due);
        return;
      }
      gathered.delete(id);
      const counted = await deps.counts.add(key.workspaceId, id, allowance.window, { requests: 0, tokens: due });
      const known = windows.get(`${id} ${allowance.window.name}`);
      if (known) known.tokensUsed = counted.tokens;
    },
  };
}

function refuse({ allowance, tokensUsed }: Standing, now: number): GatewayError {
  const { window, requests, tokens } = allowance;
  const what = tokens !== null && tokensUsed >= tokens ? `${tokens} tokens` : `${requests} requests`;
  const seconds = Math.max(1, Math.ceil((window.endsAt - now) / 1000));
  return new GatewayError('rate_limit_exceeded', `This API key's limit of ${what} a ${window.kind} is reached.`, {
    retryAfterSeconds: seconds,
    // Official clients would wait for a new day otherwise.
    ...(window.kind === 'day' && { shouldRetry: false }),
    hint: `The count starts anew in ${seconds} seconds. The limit of the key can be changed with PATCH /v1/api-keys/{id}.`,
  });
}

function forgetPast(windows: Map<string, Known>, now: number): void {
  for (const [name, { endsAt }] of windows) if (endsAt < now) windows.delete(name);
}
