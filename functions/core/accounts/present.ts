import { formatUsd, type NanoUsd } from '../billing/money.ts';
import type { JsonObject } from '../json.ts';
import type { Balance, Fallbacks } from '../ports.ts';
import { coolingUntil, healthVersionOf } from '../routing/health.ts';
import { type ApiKey, type KeyHealth, noWorkspaceLimits, type ProviderKey, type Workspace } from './workspace.ts';

/** The resources of docs/api.md, from what is stored. No secret is in what is stored. `trust`: what the owner has to set up for it. */
export function presentProviderKey(
  key: ProviderKey,
  known: KeyHealth | undefined,
  fallbacks: Fallbacks | undefined,
  now: number,
  trust: JsonObject | null = null,
): JsonObject {
  const health = known?.version === healthVersionOf(key) ? known : undefined;
  return {
    id: key.id,
    object: 'provider_key',
    provider: key.provider,
    label: key.label,
    region: key.region,
    region_source: key.regionSource,
    fallback_enabled: key.fallbackEnabled,
    fallback_on: key.fallbackOn,
    priority: key.priority,
    models: key.models,
    fallback_cap_day_usd: usdOrNull(key.fallbackCaps?.dayUsd),
    fallback_cap_month_usd: usdOrNull(key.fallbackCaps?.monthUsd),
    enabled: key.enabled,
    credential: { type: key.credentialType, hint: key.credentialHint },
    ...(trust && { trust }),
    version: key.version,
    health: {
      ...presentHealth(health, now),
      fallbacks_24h: fallbacks?.count ?? 0,
      fallback_cost_24h_usd: formatUsd(fallbacks?.cost ?? 0),
    },
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    last_used_at: known?.lastUsedAt ?? null,
  };
}

/** How a credential fares, of a tenant or of the platform. */
export function presentHealth(health: KeyHealth | undefined, now: number) {
  return {
    state: stateOf(health, now),
    since: health?.since ?? null,
    last_error: health?.lastError ?? null,
    failures: health?.failures ?? 0,
    cooling_until: coolingUntil(health, now),
  };
}

function stateOf(health: KeyHealth | undefined, now: number): string {
  if (health?.lastUsedAt == null) return 'unused';
  if (health.state === 'ok') return 'healthy';
  return coolingUntil(health, now) === null ? 'failing' : 'cooling_down';
}

export function presentApiKey(key: ApiKey): JsonObject {
  const { limits } = key;
  return {
    id: key.id,
    object: 'api_key',
    name: key.name,
    scopes: key.scopes,
    enabled: key.enabled && key.revokedAt === null,
    revoked_at: key.revokedAt,
    requests_per_minute: limits.requestsPerMinute,
    requests_per_day: limits.requestsPerDay,
    tokens_per_minute: limits.tokensPerMinute,
    spend_month_usd: usdOrNull(limits.monthUsd),
    spend_total_usd: usdOrNull(limits.totalUsd),
    models: limits.models,
    expires_at: limits.expiresAt,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt ?? null,
  };
}

export function presentBalance(balance: Balance): JsonObject {
  return {
    balance_usd: formatUsd(balance.balance),
    held_usd: formatUsd(balance.balance - balance.available),
    available_usd: formatUsd(balance.available),
  };
}

export function presentWorkspace(workspace: Workspace, balance: Balance): JsonObject {
  const { fallbackCaps, limits = noWorkspaceLimits, suspension = null } = workspace;
  return {
    id: workspace.id,
    object: 'workspace',
    name: workspace.name,
    enabled: workspace.enabled,
    suspended: suspension !== null,
    suspended_reason: suspension?.reason ?? null,
    suspended_at: suspension?.since ?? null,
    requests_per_minute: limits.requestsPerMinute,
    requests_in_flight: limits.requestsInFlight,
    tokens_per_minute: limits.tokensPerMinute,
    retention_days: workspace.retentionDays,
    fallback_cap_day_usd: usdOrNull(fallbackCaps.dayUsd),
    fallback_cap_month_usd: usdOrNull(fallbackCaps.monthUsd),
    ...presentBalance(balance),
    created_at: workspace.createdAt,
  };
}

/** The same resources as the audit trail keeps them: what was set, not how it fares. */
export function providerKeyState(key: ProviderKey): JsonObject {
  const { health: _health, last_used_at: _used, ...state } = presentProviderKey(key, undefined, undefined, 0);
  return state;
}

export function apiKeyState(key: ApiKey): JsonObject {
  const { last_used_at: _used, ...state } = presentApiKey(key);
  return state;
}

export function workspaceState(workspace: Workspace): JsonObject {
  const none = { balance: 0, available: 0 };
  const money = Object.keys(presentBalance(none));
  return Object.fromEntries(
    Object.entries(presentWorkspace(workspace, none)).filter(([name]) => !money.includes(name)),
  );
}

function usdOrNull(amount: NanoUsd | null | undefined): string | null {
  return amount == null ? null : formatUsd(amount);
}
