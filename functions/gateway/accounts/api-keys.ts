import { randomBytes } from 'node:crypto';
import { apiKeyState, presentApiKey } from '../../core/accounts/present.ts';
import type { ApiKey, ApiKeyLimits, Scope } from '../../core/accounts/workspace.ts';
import { parseUsd } from '../../core/billing/money.ts';
import { listOf, newestFirst, pageOf } from '../../core/cursor.ts';
import { GatewayError } from '../../core/errors.ts';
import { formatTime } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ApiKeys } from '../../core/ports.ts';
import { hashApiKey, refOf } from '../access/authenticate.ts';

/** The answer, and what the audit trail keeps. */
interface KeyChanged {
  answer: JsonObject;
  before: JsonObject | null;
  after: JsonObject;
}

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

const noLimits: ApiKeyLimits = {
  requestsPerMinute: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  monthUsd: null,
  totalUsd: null,
  models: null,
  expiresAt: null,
};

/** A new key and what is stored of it: the key itself is nowhere but in the answer. */
export function mintApiKey(
  workspaceId: string,
  name: string | null,
  scopes: Scope[],
  limits: ApiKeyLimits,
  at: number,
): { key: string; stored: ApiKey } {
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
  const change = async (
    workspaceId: string,
    id: string,
    next: (known: ApiKey) => ApiKey,
  ): Promise<KeyChanged & { before: JsonObject }> => {
    let before: JsonObject = {};
    const changed = await deps.keys.update(workspaceId, id, (known) => {
      before = apiKeyState(known);
      return next(known);
    });
    if (changed === null) throw missing();
    return { answer: presentApiKey(changed), before, after: apiKeyState(changed) };
  };

  return {
    async create(workspaceId: string, asked: ApiKeyChange & { scopes: Scope[] }): Promise<KeyChanged> {
      const { key, stored } = mintApiKey(
        workspaceId,
        asked.name ?? null,
        asked.scopes,
        limitsAfter(noLimits, asked),
        deps.now(),
      );
      await deps.keys.create(stored);
      return { answer: { ...presentApiKey(stored), key }, before: null, after: apiKeyState(stored) };
    },

    async update(workspaceId: string, id: string, asked: ApiKeyChange): Promise<KeyChanged> {
      return change(workspaceId, id, (known) => {
        if (known.revokedAt !== null)
          throw new GatewayError('conflict', 'A revoked API key stays revoked; create a new one.');
        return {
          ...known,
          ...(asked.name !== undefined && { name: asked.name }),
          ...(asked.scopes !== undefined && { scopes: [...new Set(asked.scopes)].sort() }),
          ...(asked.enabled !== undefined && { enabled: asked.enabled }),
          limits: limitsAfter(known.limits, asked),
        };
      });
    },

    /**
     * A new key with the same name, scopes and limits, stored before the old one ends: a rotation that breaks off leaves two keys,
     * never none. The old one ends after the overlap, or at once; sooner if it would have anyway.
     */
    async rotate(workspaceId: string, id: string, overlapSeconds: number): Promise<KeyChanged> {
      const at = deps.now();
      const old = (await deps.keys.list(workspaceId)).find((key) => key.id === id);
      if (old === undefined) throw missing();
      if (old.revokedAt !== null)
        throw new GatewayError('conflict', 'A revoked API key has no successor; create a new one.');
      const { key, stored: minted } = mintApiKey(workspaceId, old.name, old.scopes, old.limits, at);
      // What was spent goes over, and what the old key spends until it ends: a rotation must not start its caps anew.
      const stored = { ...minted, countsAs: old.countsAs ?? old.id };
      await deps.keys.create(stored);
      const ended = await change(workspaceId, id, (known) => {
        if (overlapSeconds === 0)
          return { ...known, enabled: false, revokedAt: known.revokedAt ?? new Date(at).toISOString() };
        const ends = known.limits.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(known.limits.expiresAt);
        return {
          ...known,
          limits: { ...known.limits, expiresAt: new Date(Math.min(at + overlapSeconds * 1000, ends)).toISOString() },
        };
      });
      return {
        answer: { ...presentApiKey(stored), key, rotates: id },
        before: ended.before,
        after: { ...ended.after, successor: apiKeyState(stored) },
      };
    },

    /** The record stays, so that the key is told to be revoked instead of unknown. */
    async revoke(workspaceId: string, id: string): Promise<KeyChanged> {
      return change(workspaceId, id, (known) => ({
        ...known,
        enabled: false,
        revokedAt: known.revokedAt ?? new Date(deps.now()).toISOString(),
      }));
    },

    async list(workspaceId: string, limit: number, cursor: string | null): Promise<JsonObject> {
      const page = pageOf(await deps.keys.list(workspaceId), limit, cursor, newestFirst);
      return listOf(page.data.map(presentApiKey), page.nextCursor);
    },
  };
}

function missing(): GatewayError {
  return new GatewayError('not_found', 'There is no such API key.');
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
