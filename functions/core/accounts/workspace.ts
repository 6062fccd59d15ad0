import type { NanoUsd } from '../billing/money.ts';
import type { FailureKind } from '../routing/failure.ts';
import type { CredentialFacts, CredentialType, RegionSource } from './credential-form.ts';
import type { SecretPlace } from './secret-store.ts';

/** What a workspace is, as one consistent read brings it. Times are ISO 8601 UTC. */
export interface Workspace {
  /** `ws_…` */
  id: string;
  name: string;
  enabled: boolean;
  createdAt: string;
  /** Days that request logs are kept. */
  retentionDays: number;
  /** What the platform may cost, in place of own keys or without any; null: no cap of its own. */
  fallbackCaps: { dayUsd: NanoUsd | null; monthUsd: NanoUsd | null };
  /** What the operator lets it take of the gateway; absent: no limits. */
  limits?: WorkspaceLimits;
  /** Set while the operator keeps it from inference and changes; absent or null: it is not. */
  suspension?: { reason: string | null; since: string } | null;
}

export interface WorkspaceLimits {
  requestsPerMinute: number | null;
  requestsInFlight: number | null;
  tokensPerMinute: number | null;
}

export const noWorkspaceLimits: WorkspaceLimits = {
  requestsPerMinute: null,
  requestsInFlight: null,
  tokensPerMinute: null,
};

/** Days that request logs are kept unless a workspace says otherwise. */
export const defaultRetentionDays = 30;

export type Scope = 'inference' | 'manage';

export interface ApiKey {
  /** `ak_…` */
  id: string;
  workspaceId: string;
  name: string | null;
  /** SHA-256 of the whole key, base64url. */
  hash: string;
  scopes: Scope[];
  enabled: boolean;
  /** Set by DELETE; a revoked key stays to answer 403 `key_disabled` instead of 401. */
  revokedAt: string | null;
  createdAt: string;
  /** To the hour; null before the first request. */
  lastUsedAt?: string | null;
  /** The id of the first key of a line of rotations: what any of them spends counts against the caps of all. Absent: its own. */
  countsAs?: string;
  limits: ApiKeyLimits;
}

export interface ApiKeyLimits {
  requestsPerMinute: number | null;
  requestsPerDay: number | null;
  tokensPerMinute: number | null;
  monthUsd: NanoUsd | null;
  totalUsd: NanoUsd | null;
  /** Model ids with `*` wildcards; null = any. */
  models: string[] | null;
  expiresAt: string | null;
}

/**
 * The models of a provider key: ids with `*` wildcards, as a list, or as the names of an object that also says what stands
 * behind an id that hides its model, such as the ARN of an application inference profile.
 */
export type KeyModels = string[] | Record<string, { base_model?: string }>;

/** Of one workspace: they lie in the one item that every request reads. */
export const mostProviderKeys = 100;

export interface ProviderKey extends SecretPlace {
  /** `pk_…` */
  id: string;
  provider: string;
  label: string | null;
  region: string | null;
  regionSource: RegionSource | null;
  /** What the tenant set as `region`; it counts as long as the credential names none. */
  regionField: string | null;
  fallbackEnabled: boolean;
  fallbackOn: FailureKind[] | null;
  priority: number;
  /** Null = any. */
  models: KeyModels | null;
  /** What the platform may cost in place of this key; absent: no cap of its own. */
  fallbackCaps?: { dayUsd: NanoUsd | null; monthUsd: NanoUsd | null };
  enabled: boolean;
  credentialType: CredentialType;
  credentialHint: string;
  /** Made with the key's first credential that needs one, and never changed. */
  externalId?: string;
  /** Grows with every change; what caches are keyed by, and what makes concurrent changes conflict. */
  version: number;
  /** The version since which the key's health counts: a new credential or region, or switching it on, starts afresh. Absent: `version`. */
  healthVersion?: number;
  /** The version id of the secret, in whatever store, that `version` belongs to. */
  secretVersion: string;
  createdAt: string;
  updatedAt: string;
}

/** Why and until when a key is passed over. */
export interface Cooldown {
  kind: FailureKind;
  /** Epoch ms. */
  until: number;
  /** How many failures in a row it stands for: it grows with them. Absent: one. */
  inARow?: number;
  /** Set while one request tries whether the key is well again. */
  probing?: true;
}

/** How one provider key fares; shared by all processes, written on changes of state only. */
export interface KeyHealth {
  /** The key's `healthVersion` that this is about: another one starts afresh. */
  version: number;
  state: 'ok' | 'failing';
  /** ISO time since which the state holds; null before the first request. */
  since: string | null;
  lastError: { kind: FailureKind; status: number | null; code: string | null; message: string; at: string } | null;
  /** Failures in a row, of any model. */
  failures: number;
  /** Cooldown of the whole key under `*`, of single models under their id. */
  cooldowns: Record<string, Cooldown>;
  lastUsedAt: string | null;
  /** Of platform credentials: what was used. Written by the one function that reads their secrets, so that no other needs to. */
  credential?: CredentialFacts;
}

/** One write of a key's health. */
export interface HealthChange {
  before: KeyHealth | undefined;
  after: KeyHealth;
}
