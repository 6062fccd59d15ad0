import { apiKeyState, presentBalance, presentWorkspace, workspaceState } from '../../core/accounts/present.ts';
import {
  defaultRetentionDays,
  noWorkspaceLimits,
  type Workspace,
  type WorkspaceLimits,
} from '../../core/accounts/workspace.ts';
import { formatUsd, parseUsd } from '../../core/billing/money.ts';
import { fallbackCapsAfter } from '../../core/billing/spend-caps.ts';
import { listOf } from '../../core/cursor.ts';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Credits, Workspaces } from '../../core/ports.ts';
import { mintApiKey } from './api-keys.ts';

/** The answer, and what the audit trail keeps. */
interface WorkspaceChanged {
  answer: JsonObject;
  before: JsonObject | null;
  after: JsonObject;
}

export interface WorkspaceChange {
  name?: string;
  enabled?: boolean;
  /** `suspended_reason` is told to the tenant; without `suspended` it changes the reason of a suspension that holds. */
  suspended?: boolean;
  suspended_reason?: string | null;
  requests_per_minute?: number | null;
  requests_in_flight?: number | null;
  tokens_per_minute?: number | null;
  retention_days?: number;
  fallback_cap_day_usd?: string | null;
  fallback_cap_month_usd?: string | null;
}

export function createWorkspaceService(deps: { workspaces: Workspaces; credits: Credits; now(): number }) {
  const balanceOf = async (id: string) => (await deps.credits.balance(id)) ?? { balance: 0, available: 0 };

  return {
    async create(id: string, name: string, creditUsd: string | null): Promise<WorkspaceChanged> {
      const at = deps.now();
      const credit = creditUsd === null ? 0 : (parseUsd(creditUsd) ?? 0);
      const workspace: Workspace = {
        id,
        name,
        enabled: true,
        createdAt: new Date(at).toISOString(),
        retentionDays: defaultRetentionDays,
        fallbackCaps: { dayUsd: null, monthUsd: null },
      };
      const { key, stored } = mintApiKey(
        workspace.id,
        'first key',
        ['inference', 'manage'],
        {
          requestsPerMinute: null,
          requestsPerDay: null,
          tokensPerMinute: null,
          monthUsd: null,
          totalUsd: null,
          models: null,
          expiresAt: null,
        },
        at,
      );
      await deps.workspaces.create(workspace, credit, stored);
      const state = presentWorkspace(workspace, { balance: credit, available: credit });
      return {
        answer: {
          ...state,
          balance_usd: formatUsd(credit),
          api_key: { id: stored.id, key, scopes: stored.scopes },
        },
        before: null,
        after: { ...state, api_key: apiKeyState(stored) },
      };
    },

    async update(id: string, change: WorkspaceChange): Promise<WorkspaceChanged> {
      let before: JsonObject = {};
      const next = await deps.workspaces.update(id, (known) => {
        before = workspaceState(known);
        return {
          ...known,
          name: change.name ?? known.name,
          enabled: change.enabled ?? known.enabled,
          retentionDays: change.retention_days ?? known.retentionDays,
          fallbackCaps: fallbackCapsAfter(known.fallbackCaps, change),
          limits: limitsAfter(known.limits ?? noWorkspaceLimits, change),
          suspension: suspensionAfter(known.suspension ?? null, change, deps.now()),
        };
      });
      if (next === null) throw missing();
      return { answer: presentWorkspace(next, await balanceOf(id)), before, after: workspaceState(next) };
    },

    async get(id: string): Promise<JsonObject> {
      const [workspace, balance] = await Promise.all([deps.workspaces.get(id), balanceOf(id)]);
      if (workspace === null) throw missing();
      return presentWorkspace(workspace, balance);
    },

    async list(limit: number, cursor: string | null): Promise<JsonObject> {
      const page = await deps.workspaces.list(limit, cursor);
      return listOf(
        page.data.map(({ workspace, balance }) => presentWorkspace(workspace, balance)),
        page.nextCursor,
      );
    },

    async addCredits(id: string, amountUsd: string, idempotencyKey: string): Promise<WorkspaceChanged> {
      const [workspace, known] = await Promise.all([deps.workspaces.get(id), balanceOf(id)]);
      if (workspace === null) throw missing();
      const balance = await deps.credits.topUp(id, idempotencyKey, parseUsd(amountUsd) ?? 0);
      if (balance === null) throw missing();
      if (balance === 'conflict')
        throw new GatewayError('conflict', 'This idempotency key was used for another amount.', {
          param: 'idempotency_key',
          shouldRetry: false,
        });
      const answer = {
        object: 'credit',
        workspace_id: id,
        amount_usd: formatUsd(parseUsd(amountUsd) ?? 0),
        idempotency_key: idempotencyKey,
        ...presentBalance(balance),
      };
      return { answer, before: presentBalance(known), after: answer };
    },
  };
}

function limitsAfter(known: WorkspaceLimits, change: WorkspaceChange): WorkspaceLimits {
  const after = (asked: number | null | undefined, before: number | null) => (asked === undefined ? before : asked);
  return {
    requestsPerMinute: after(change.requests_per_minute, known.requestsPerMinute),
    requestsInFlight: after(change.requests_in_flight, known.requestsInFlight),
    tokensPerMinute: after(change.tokens_per_minute, known.tokensPerMinute),
  };
}

function suspensionAfter(
  known: Workspace['suspension'],
  change: WorkspaceChange,
  now: number,
): Workspace['suspension'] {
  if (!(change.suspended ?? known != null)) return null;
  const reason = change.suspended_reason === undefined ? (known?.reason ?? null) : change.suspended_reason;
  return { reason, since: known?.since ?? new Date(now).toISOString() };
}

function missing(): GatewayError {
  return new GatewayError('not_found', 'There is no such workspace.');
}
