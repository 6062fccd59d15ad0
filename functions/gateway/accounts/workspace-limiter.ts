import {
  type Allowance,
  isExceeded,
  rateLimitHeaders,
  type Standing,
  windowAt,
} from '../../core/accounts/rate-limits.ts';
import type { Workspace, WorkspaceLimits } from '../../core/accounts/workspace.ts';
import { GatewayError, nameOf } from '../../core/errors.ts';
import type { WorkspaceCounts } from '../../core/ports.ts';

/** A request that was counted. */
export interface Lease {
  /** Gives back its place and counts its tokens, once. Never rejects. */
  end(tokens: number): Promise<void>;
}

export interface WorkspaceLimiter {
  /**
   * Counts a request of a workspace that the operator limits. `endsBy` (epoch ms): when it has ended for certain. No call for workspaces
   * without limits.
   */
  take(
    workspace: Workspace,
    endsBy: number,
  ): Promise<{ headers: Record<string, string>; refusal: GatewayError | null; lease: Lease | null }>;
}

interface Counted {
  requests: number;
  tokens: number;
  inFlight: number;
}

/** A refusal of places holds for so long in the process that gave it: nobody is to write twice for each request of a flood. */
const fullMs = 1000;
const manyWorkspaces = 2000;

const unlimited = { headers: {}, refusal: null, lease: null };

/**
 * What the operator lets a workspace take: requests and tokens of a UTC minute, requests at the same moment. One write when a request
 * begins, and one when it ends where places or tokens are limited. Exact over all processes, but for tokens, which are known at the end.
 * When the counting fails the request passes: a limit that cannot be counted must not take the gateway down.
 */
export function createWorkspaceLimiter(deps: {
  counts: WorkspaceCounts;
  now(): number;
  report(event: string, details: object): void;
}): WorkspaceLimiter {
  /** What made this process refuse, and until when it need not ask again. */
  const refused = new Map<string, { counted: Counted; until: number }>();

  const add = async (workspace: Workspace, what: Parameters<WorkspaceCounts['add']>[2], event: string) => {
    try {
      return await deps.counts.add(workspace.id, deps.now(), what);
    } catch (error) {
      deps.report(event, { workspace_id: workspace.id, error: nameOf(error) });
      return null;
    }
  };

  return {
    async take(workspace, endsBy) {
      const { limits } = workspace;
      if (limits === undefined || Object.values(limits).every((limit) => limit === null)) return unlimited;
      const now = deps.now();
      const standing = (counted: Counted): Standing => ({
        allowance: allowanceOf(limits, now),
        requestsUsed: counted.requests,
        tokensUsed: counted.tokens,
      });
      const known = refused.get(workspace.id);
      // Judged anew: the operator may have changed the limits.
      if (known !== undefined && now < known.until && isOver(limits, standing(known.counted), known.counted))
        return refuse(limits, standing(known.counted), known.counted, now);

      const inFlight = limits.requestsInFlight === null ? 0 : 1;
      const counted = await add(workspace, { requests: 1, inFlight, endsBy }, 'rate_limit_not_counted');
      if (counted === null) return unlimited;
      const stands = standing(counted);
      if (isOver(limits, stands, counted)) {
        const full = !isExceeded(stands);
        // What finds no place does not use up the minute.
        const back = { requests: full ? -1 : 0, inFlight: -inFlight, endsBy };
        await add(workspace, back, 'lease_not_ended');
        if (refused.size >= manyWorkspaces) refused.clear();
        refused.set(workspace.id, { counted, until: full ? now + fullMs : stands.allowance.window.endsAt });
        return refuse(limits, stands, counted, now);
      }
      let ended = false;
      return {
        headers: rateLimitHeaders([stands], now),
        refusal: null,
        lease: {
          async end(used) {
            if (ended) return;
            ended = true;
            // There may be a place again.
            refused.delete(workspace.id);
            const tokens = limits.tokensPerMinute === null ? 0 : used;
            await add(workspace, { tokens, inFlight: -inFlight, endsBy }, 'lease_not_ended');
          },
        },
      };
    },
  };
}

function allowanceOf({ requestsPerMinute, tokensPerMinute }: WorkspaceLimits, at: number): Allowance {
  return { window: windowAt('minute', at), requests: requestsPerMinute, tokens: tokensPerMinute };
}

function isOver({ requestsInFlight }: WorkspaceLimits, standing: Standing, { inFlight }: Counted): boolean {
  return isExceeded(standing) || (requestsInFlight !== null && inFlight > requestsInFlight);
}

function refuse(
  { requestsInFlight, tokensPerMinute }: WorkspaceLimits,
  standing: Standing,
  counted: Counted,
  now: number,
) {
  const { window, requests } = standing.allowance;
  const isMinute = isExceeded(standing);
  const retryAfterSeconds = isMinute ? Math.max(1, Math.ceil((window.endsAt - now) / 1000)) : 1;
  const limit = !isMinute
    ? `${requestsInFlight} requests at the same time`
    : requests !== null && counted.requests > requests
      ? `${requests} requests a minute`
      : `${tokensPerMinute} tokens a minute`;
  const refusal = new GatewayError('rate_limit_exceeded', `This workspace's limit of ${limit} is reached.`, {
    retryAfterSeconds,
    hint: 'The operator of this gateway sets the limit, for all API keys of the workspace together; ask whoever that is for more.',
  });
  return { headers: rateLimitHeaders([standing], now), refusal, lease: null };
}
