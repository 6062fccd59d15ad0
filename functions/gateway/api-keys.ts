import { randomBytes } from 'node:crypto';
import { listOf, newestFirst, pageOf } from '../core/cursor.ts';
import { GatewayError } from '../core/errors.ts';
import { formatTime } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { parseUsd } from '../core/money.ts';
import type { ApiKeys } from '../core/ports.ts';
import { presentApiKey } from '../core/present.ts';
import type { ApiKey, ApiKeyLimits, Scope } from '../core/workspace.ts';
import { hashApiKey, refOf } from './admit.ts';

export interface ApiKeyChange {
  name?: string | null;
  scopes?: Scope[];
  enabled?: boolean;
  requests_per_minute?: number | null;
  requests_per_day?: number | null;
  tokens_per_minute?: number | null;
  spend_month_usd?: string | null;
  spend_total_usd?: string | null;
  models?: string[] | null;
  expires_at?: string | null;
}

const noLimits: ApiKeyLimits = { requestsPerMinute: null, requestsPerDay: null, tokensPerMinute: null, monthUsd: null, totalUsd: null, models: null, expiresAt: null };

/** A new key and what is stored of it: the key itself is nowhere but in the answer. */
export function mintApiKey(workspaceId: string, name: string | null, scopes: Scope[], limits: ApiKeyLimits, at: number): { key: string; stored: ApiKey } {
  const key = `kw_${workspaceId.slice(3)}_${randomBytes(33).toString('base64url')}`;
  const hash = hashApiKey(key);
  return {
    key,
    stored: {
      id: `ak_${formatTime(at)}${refOf(hash)}`,
      workspaceId,
      name,
      hash,
      scopes: [...new Set(scopes)].sort(),
      enabled: true,
      revokedAt: null,
      createdAt: new Date(at).toISOString(),
      limits,
    },
  };
}

export function createApiKeyService(deps: { keys: ApiKeys; now(): number }) {
  const find = async (workspaceId: string, id: string): Promise<ApiKey> => {
    const key = await deps.keys.get(workspaceId, id);
    if (key === null) throw new GatewayError('not_found', 'There is no such API key.');
    return key;
  };

  return {
    async create(workspaceId: string, change: ApiKeyChange & { scopes: Scope[] }): Promise<JsonObject> {
      const { key, stored } = mintApiKey(workspaceId, change.name ?? null, change.scopes, limitsAfter(noLimits, change), deps.now());
      await deps.keys.put(stored);
      return { ...presentApiKey(stored), key };
    },

    async update(workspaceId: string, id: string, change: ApiKeyChange): Promise<JsonObject> {
      const known = await find(workspaceId, id);
      if (known.revokedAt !== null) throw new GatewayError('conflict', 'A revoked API key stays revoked; create a new one.');
      const next: ApiKey = {
        ...known,
        ...(change.name !== undefined && { name: change.name }),
        ...(change.scopes !== undefined && { scopes: [...new Set(change.scopes)].sort() }),
        ...(change.enabled !== undefined && { enabled: change.enabled }),
        limits: limitsAfter(known.limits, change),
      };
      await deps.keys.put(next);
      return presentApiKey(next);
    },

    /** A new key with the same name, scopes and limits. The old one ends after the overlap, or at once; sooner if it would have anyway. */
    async rotate(workspaceId: string, id: string, overlapSeconds: number): Promise<JsonObject> {
      const known = await find(workspaceId, id);
      const { name, scopes, limits } = known;
      if (known.revokedAt !== null) throw new GatewayError('conflict', 'A revoked API key has no successor; create a new one.');
      const at = deps.now();
      const { key, stored } = mintApiKey(workspaceId, name, scopes, limits, at);
      await deps.keys.put(stored);
      const until = Math.min(at + overlapSeconds * 1000, limits.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(limits.expiresAt));
      const ended: ApiKey =
        overlapSeconds === 0 ? { ...known, enabled: false, revokedAt: new Date(at).toISOString() } : { ...known, limits: { ...limits, expiresAt: new Date(until).toISOString() } };
      await deps.keys.put(ended);
      return { ...presentApiKey(stored), key, rotates: id };
    },

    /** The record stays, so that the key is told to be revoked instead of unknown. */
    async revoke(workspaceId: string, id: string): Promise<void> {
      const known = await find(workspaceId, id);
      await deps.keys.put({ ...known, enabled: false, revokedAt: known.revokedAt ?? new Date(deps.now()).toISOString() });
    },

    async list(workspaceId: string, limit: number, cursor: string | null): Promise<JsonObject> {
      const page = pageOf(await deps.keys.list(workspaceId), limit, cursor, newestFirst);
      return listOf(page.data.map(presentApiKey), page.nextCursor);
    },
  };
}

function limitsAfter(known: ApiKeyLimits, change: ApiKeyChange): ApiKeyLimits {
  const amount = (text: string | null) => (text === null ? null : parseUsd(text));
  return {
    requestsPerMinute: change.requests_per_minute === undefined ? known.requestsPerMinute : change.requests_per_minute,
    requestsPerDay: change.requests_per_day === undefined ? known.requestsPerDay : change.requests_per_day,
    tokensPerMinute: change.tokens_per_minute === undefined ? known.tokensPerMinute : change.tokens_per_minute,
    monthUsd: change.spend_month_usd === undefined ? known.monthUsd : amount(change.spend_month_usd),
    totalUsd: change.spend_total_usd === undefined ? known.totalUsd : amount(change.spend_total_usd),
    models: change.models === undefined ? known.models : change.models,
    expiresAt: change.expires_at === undefined ? known.expiresAt : change.expires_at,
  };
}
