import type { ApiKeyLimits } from '../../core/accounts/workspace.ts';
import { GatewayError } from '../../core/errors.ts';
import type { WindowCounts } from '../../core/ports.ts';
import { createRateLimiter } from '../accounts/rate-limiter.ts';

export interface ChangeLimiter {
  /** Counts a change by an API key. Throws `rate_limit_exceeded`. `takesAway`: it deletes or revokes. */
  take(workspaceId: string, takesAway: boolean): Promise<void>;
}

/** Null: as many as one likes. */
export interface ChangeLimits {
  perMinute: number | null;
  perDay: number | null;
}

const unlimited: ApiKeyLimits = {
  requestsPerMinute: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  monthUsd: null,
  totalUsd: null,
  models: null,
  expiresAt: null,
};

/**
 * How many changes a workspace may ask for, made or refused: each is kept in the audit trail for more than a year. What takes away is counted
 * apart, so that nobody who floods a workspace with changes keeps its owner from revoking the key that does it.
 */
export function createChangeLimiter(deps: {
  counts: WindowCounts;
  limits: ChangeLimits;
  now(): number;
  report(event: string, details: object): void;
}): ChangeLimiter {
  const { perMinute, perDay } = deps.limits;
  const limiter = createRateLimiter(deps);
  const limits = { ...unlimited, requestsPerMinute: perMinute, requestsPerDay: perDay };
  return {
    async take(workspaceId, takesAway) {
      const what = takesAway ? 'removals' : 'changes';
      const { refusal } = await limiter.take({ id: `${workspaceId}#${what}`, workspaceId, limits });
      if (refusal === null) return;
      throw new GatewayError('rate_limit_exceeded', `This workspace has asked for too many ${what} of its keys.`, {
        ...refusal.details,
        hint: `Up to ${perMinute} a minute and ${perDay} a day are taken, refused ones included, for all API keys of the workspace together. The operator of this gateway sets the limit.`,
      });
    },
  };
}
