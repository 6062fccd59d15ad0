import type { HealthChange, KeyHealth } from '../accounts/workspace.ts';
import { coolingUntil } from './health.ts';

/** What operators are told when a credential starts to fail or is well again: docs/events.md. */
export interface HealthChanged {
  type: 'Provider key health changed' | 'Platform credential health changed';
  detail: {
    state: 'failing' | 'healthy';
    /** The kind of the failure; on recovery, of the last one before it. */
    reason: string | null;
    since: string | null;
    failures: number;
    last_error: KeyHealth['lastError'];
    cooling_until: string | null;
    provider: string;
    workspace_id: string | null;
    provider_key_id: string | null;
    label: string | null;
    fallback_enabled: boolean | null;
    request_id: string;
  };
}

export interface HealthSubject {
  provider: string;
  /** Null: a credential of the platform. */
  key: { workspaceId: string; id: string; label: string | null; fallbackEnabled: boolean } | null;
  requestId: string;
  /** Epoch ms. */
  now: number;
}

/** The event of a change that was written; null when the state stayed as it was. */
export function toEvent(
  { before, after }: HealthChange,
  { provider, key, requestId, now }: HealthSubject,
): HealthChanged | null {
  if ((before?.state ?? 'ok') === after.state) return null;
  const failing = after.state === 'failing';
  return {
    type: key === null ? 'Platform credential health changed' : 'Provider key health changed',
    detail: {
      state: failing ? 'failing' : 'healthy',
      reason: (after.lastError ?? before?.lastError)?.kind ?? null,
      since: after.since,
      failures: failing ? after.failures : (before?.failures ?? 0),
      last_error: after.lastError ?? before?.lastError ?? null,
      cooling_until: coolingUntil(after, now),
      provider,
      workspace_id: key?.workspaceId ?? null,
      provider_key_id: key?.id ?? null,
      label: key?.label ?? null,
      fallback_enabled: key?.fallbackEnabled ?? null,
      request_id: requestId,
    },
  };
}
