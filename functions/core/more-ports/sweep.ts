import type { SecretStoreName } from '../accounts/secret-store.ts';
import type { Hold } from '../billing/spend-caps.ts';
import type { SecretWriter } from '../ports.ts';

/** What the sweep needs from the services behind the gateway, beside what requests need (ports.ts). */

/** A tenant's secret as it is listed: names and labels, never a value. */
export interface ListedSecret {
  workspaceId: string;
  keyId: string;
  /** The table whose key it belongs to; null: it was written before secrets said so. */
  owner: string | null;
  /** Epoch ms. */
  createdAt: number;
  changedAt: number;
  /** The version that is the current one (in Secrets Manager AWSCURRENT). */
  current: string | null;
  /** Versions of rotations that have not been settled. */
  pending: string[];
}

/** What a configuration table says of itself. */
export interface TableRecord {
  id: string;
  /** Epoch ms: since when it is there under this name. Made, restored, or first seen by a release that notes it. */
  since: number;
  /** Whether a release has written it that knows more than this one. */
  isNewer: boolean;
}

export interface SecretInventory extends Pick<SecretWriter, 'promote' | 'discard'> {
  store: SecretStoreName;
  list(): AsyncIterable<ListedSecret>;
  /** Whether a version is there. */
  holds(workspaceId: string, keyId: string, version: string): Promise<boolean>;
  /** Notes whose a secret is. */
  adopt(workspaceId: string, keyId: string, owner: string): Promise<void>;
  /** With a time in which the operator can take it back: the sweep decides by itself, and it may have been pointed at the wrong table. */
  retire(workspaceId: string, keyId: string): Promise<void>;
}

/** How many executions at the same time functions have for themselves. */
export interface FunctionConcurrency {
  /** What no function of the account has reserved. */
  unreserved(): Promise<number>;
  /** Null: the function shares what is not reserved. */
  reserved(name: string): Promise<number | null>;
  reserve(name: string, executions: number): Promise<void>;
}

/** What the sweep of forgotten holds looks at and does. */
export interface HoldBook {
  /** Every workspace that has holds older than `before` (epoch ms) or counters of spans that are over. */
  list(before: number): AsyncIterable<{
    workspaceId: string;
    holds: (Hold & { requestId: string; at: number })[];
    pastCounters: string[];
  }>;
  /** Gives back what is set aside; the hold stays, with nothing in it, so that a late settlement still charges once. */
  lapse(workspaceId: string, requestId: string, hold: Hold): Promise<void>;
  /** Removes a lapsed hold. */
  drop(workspaceId: string, requestId: string): Promise<void>;
  dropCounters(workspaceId: string, counters: string[]): Promise<void>;
}
