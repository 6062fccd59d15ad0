import type { Operator } from './accounts/operator.ts';
import type { CountWindow } from './accounts/rate-limits.ts';
import type { SecretStoreName } from './accounts/secret-store.ts';
import type { ApiKey, HealthChange, KeyHealth, ProviderKey, Workspace } from './accounts/workspace.ts';
import type { BalanceLoad } from './billing/balance-shards.ts';
import type { NanoUsd } from './billing/money.ts';
import type { Hold, HoldCaps, SpendCap } from './billing/spend-caps.ts';
import type { UsageRow } from './billing/usage-rows.ts';
import type { PriceOverride } from './catalogue/price-overrides.ts';
import type { LogQuery, LogRecord } from './log-record.ts';
import type { HealthChanged } from './routing/health-event.ts';
import type { Secret } from './secret.ts';

/** What the gateway needs from the services behind it. Each port has one implementation in `stores` and a contract suite. */

export interface Balance {
  /** Top-ups less costs. */
  balance: NanoUsd;
  /** `balance` less what is held for requests under way. */
  available: NanoUsd;
}

/** Everything that decides about one request, brought by one strongly consistent read. */
export interface Admission {
  workspace: Workspace;
  apiKey: ApiKey;
  providerKeys: ProviderKey[];
  health: Record<string, KeyHealth>;
  /** Of the balance's own item: `load` tells whether there is more in shards. */
  balance: Balance;
  load: BalanceLoad;
  /** What was spent and is held against caps on fallback, by counter. */
  spent: Record<string, NanoUsd>;
}

export interface Directory {
  /**
   * `keyRef` is the part of an API key's id that its hash gives; `matches` is asked once, with the stored hash or an empty text.
   * Null: no such workspace, or its key does not match. The same work is done either way: nothing else is looked at before.
   */
  authenticate(workspaceId: string, keyRef: string, matches: (hash: string) => boolean): Promise<Admission | null>;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface Workspaces {
  create(workspace: Workspace, credit: NanoUsd, firstKey: ApiKey): Promise<void>;
  get(id: string): Promise<Workspace | null>;
  /** Null: no such workspace. */
  update(id: string, change: (workspace: Workspace) => Workspace): Promise<Workspace | null>;
  list(limit: number, cursor: string | null): Promise<Page<{ workspace: Workspace; balance: Balance }>>;
}

export interface ApiKeys {
  create(key: ApiKey): Promise<void>;
  /** Reads, changes and writes a key, again if someone else wrote meanwhile; what `change` throws is thrown. Null: there is no such key. */
  update(workspaceId: string, id: string, change: (known: ApiKey) => ApiKey): Promise<ApiKey | null>;
  list(workspaceId: string): Promise<ApiKey[]>;
  /** Notes when the key was last used. */
  touch(key: ApiKey, at: number): Promise<void>;
}

export interface WindowCounts {
  /** Adds to what an API key used in a window, and tells the sums. */
  add(
    workspaceId: string,
    apiKeyId: string,
    window: CountWindow,
    use: { requests: number; tokens: number },
  ): Promise<{ requests: number; tokens: number }>;
}

export interface WorkspaceCounts {
  /**
   * Adds to what a workspace takes of the gateway, and tells the sums of the minute that `at` (epoch ms) is in. `inFlight`: 1 when a request
   * begins, -1 with the same `endsBy` (epoch ms) when it ends; a request that never does counts until the minute of `endsBy` is over.
   * Null: there was nothing to add.
   */
  add(
    workspaceId: string,
    at: number,
    use: { requests?: number; tokens?: number; inFlight?: number; endsBy?: number },
  ): Promise<{ requests: number; tokens: number; inFlight: number } | null>;
}

export interface ProviderKeys {
  /** `revision` grows with every change of any of the keys. */
  list(workspaceId: string): Promise<{ keys: ProviderKey[]; health: Record<string, KeyHealth>; revision: number }>;
  /**
   * Stores the key if `replaces` is the stored version (null: none is stored, and there is room for one more) and the keys have the
   * revision, where one is given; false otherwise.
   */
  put(workspaceId: string, key: ProviderKey, replaces: number | null, revision?: number): Promise<boolean>;
  /** False: it was not there, or has another version by now. */
  remove(workspaceId: string, id: string, version: number): Promise<boolean>;
}

/** The secrets of provider keys and of the platform. Values go in as text and come out as `Secret`. */
export interface SecretReader {
  /**
   * One version of a tenant's secret; without `version` the current one. `store`: where the key's record says that it lies, absent for
   * Secrets Manager. Throws `SecretUnavailable`.
   */
  readTenant(
    workspaceId: string,
    keyId: string,
    version: string | null,
    store?: SecretStoreName,
  ): Promise<StoredSecret>;
  /** Throws `SecretUnavailable`; `missing` when there is none. */
  readPlatform(name: string): Promise<StoredSecret>;
  /** Whose this token is, compared in constant time; null: no operator's. Throws `SecretUnavailable`. */
  operatorOf(given: string): Promise<Operator | null>;
}

export interface StoredSecret {
  text: Secret<string>;
  /** The version's id, a UUID. */
  version: string;
  /** Epoch ms. */
  createdAt: number;
}

/** Writes to one store. */
export interface SecretWriter {
  /** Writes a new secret, or a new version of it that is not current yet. `versionId` (a UUID) makes a repeated write the same write. */
  write(workspaceId: string, keyId: string, value: Secret<string>, versionId: string, isNew: boolean): Promise<void>;
  /** Makes a version the current one. */
  promote(workspaceId: string, keyId: string, versionId: string): Promise<void>;
  /** Gives up a version that never became current. */
  discard(workspaceId: string, keyId: string, versionId: string): Promise<void>;
  remove(workspaceId: string, keyId: string): Promise<void>;
}

/** The stores that a deployment has for the secrets of provider keys. */
export interface SecretWriters {
  /** Where new secrets go. */
  store: SecretStoreName;
  /** All that there are: another one is there while secrets move. */
  stores: SecretStoreName[];
  /** Throws `StoreUnavailable` when there is no such store here. */
  in(store: SecretStoreName): SecretWriter;
}

export class SecretUnavailable extends Error {
  readonly missing: boolean;
  /** `<name>@<version>` of what is there, and is no credential; null: nothing was read. */
  readonly credentialKey: string | null;

  constructor(message: string, missing = false, credentialKey: string | null = null) {
    super(message);
    this.missing = missing;
    this.credentialKey = credentialKey;
  }
}

export interface Ledger {
  /**
   * Sets credit aside for one request, in the balance's own item or in a shard. False: there is not enough, there; or the cap that is in
   * the way. Caps are counted in the balance's own item alone. Idempotent by request id and place.
   */
  hold(
    workspaceId: string,
    requestId: string,
    amount: NanoUsd,
    caps: HoldCaps,
    shard?: number,
  ): Promise<boolean | SpendCap>;
  /** Brings what is available in shards back into the balance's own item. Whether anything came. */
  gather(workspaceId: string): Promise<boolean>;
  /** Ends a hold and charges the actual cost. Idempotent by request id. */
  settle(workspaceId: string, requestId: string, hold: Hold, cost: NanoUsd): Promise<void>;
  /** Charges a request that had no hold, whatever the balance. The caller must not repeat it once it succeeded. */
  charge(workspaceId: string, requestId: string, cost: NanoUsd): Promise<void>;
}

/** Usage summed up by the hour. */
export interface UsageHours {
  /** The rows of the hours that begin in the span, both ends included (epoch ms). */
  list(workspaceId: string, from: number, to: number): Promise<UsageRow[]>;
  /** Until when (epoch ms) all hours are summed up, 0 when none is. Null: of all workspaces. */
  completeUntil(workspaceId: string | null): Promise<number>;
  /** The ids of all workspaces after one, oldest first, a hundred at a time. */
  workspaces(after?: string | null): AsyncIterable<string[]>;
}

export interface Prices {
  list(): Promise<PriceOverride[]>;
  put(override: PriceOverride): Promise<void>;
  /** False: there was none. */
  remove(id: string): Promise<boolean>;
}

export interface Credits {
  /** Adds credit once per idempotency key. Null: no such workspace. `conflict`: the key was used for another amount. */
  topUp(workspaceId: string, idempotencyKey: string, amount: NanoUsd): Promise<Balance | 'conflict' | null>;
  balance(workspaceId: string): Promise<Balance | null>;
}

export interface RequestLog {
  write(record: LogRecord): Promise<void>;
  /** Writes a record unless its request has one. */
  writeIfNone(record: LogRecord): Promise<void>;
  get(workspaceId: string, requestId: string): Promise<LogRecord | null>;
  list(workspaceId: string, query: LogQuery): Promise<Page<LogRecord>>;
  /** All records of requests that came in a span (epoch ms, both ends included), oldest first. */
  records(workspaceId: string, from: number, to: number): AsyncIterable<LogRecord>;
}

/** How credentials fare. `owner` is a workspace, or `platformOwner`; `id` a provider key, or what a platform credential is cached under. */
export interface HealthRecords {
  read(owner: string): Promise<Record<string, KeyHealth>>;
  /**
   * Writes what `change` makes of what is stored, on condition that nobody wrote meanwhile; otherwise reads and asks again.
   * `known` is what the caller believes to be stored. Null: `change` gave null, nothing was written.
   */
  update(
    owner: string,
    id: string,
    known: KeyHealth | undefined,
    change: (known: KeyHealth | undefined) => KeyHealth | null,
  ): Promise<HealthChange | null>;
  remove(owner: string, id: string): Promise<void>;
}

/** The owner of the platform's own credentials. */
export const platformOwner = 'platform';

/** Requests that the platform served because a key failed or was passed over. */
export interface FallbackCounts {
  add(workspaceId: string, keyId: string, at: number, cost: NanoUsd): Promise<void>;
  /** Per key, over the last 24 hours. */
  lastDay(workspaceId: string, now: number): Promise<Record<string, Fallbacks>>;
}

export interface Fallbacks {
  count: number;
  cost: NanoUsd;
}

export interface Events {
  publish(event: HealthChanged): Promise<void>;
}

/** A service behind the gateway that did not answer, or not in time. The message names the service and the error, nothing else. */
export class StoreUnavailable extends Error {}
