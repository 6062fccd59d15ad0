import type { SecretStoreName } from '../accounts/secret-store.ts';
import type { Hold } from '../billing/spend-caps.ts';
import type { UsageRecord, UsageRow } from '../billing/usage-rows.ts';
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
  /** Some of them, and where the next ones begin; null: at the beginning, and at the end. */
  page(cursor: string | null): Promise<{ secrets: ListedSecret[]; next: string | null }>;
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
  /**
   * Of these workspaces those that have holds older than `before` (epoch ms), counters of spans that are over, or credit in shards. Of a
   * request that has holds in two places all are listed together: a hold that was refused in one may still have come through there, late.
   */
  list(workspaceIds: string[], before: number): Promise<HoldsOfWorkspace[]>;
  /** Gives back what is set aside; the hold stays, with nothing in it, so that a late settlement still charges once. */
  lapse(workspaceId: string, requestId: string, hold: Hold): Promise<void>;
  /** Removes a lapsed hold. */
  drop(workspaceId: string, requestId: string, hold: Hold): Promise<void>;
  dropCounters(workspaceId: string, counters: string[]): Promise<void>;
}

export interface HoldsOfWorkspace {
  workspaceId: string;
  holds: (Hold & { requestId: string; at: number })[];
  pastCounters: string[];
  isSpread: boolean;
}

/** That a workspace has records of one hour which are not summed up: a list of work, without a look at those that are idle. */
export interface Mark {
  workspaceId: string;
  /** The hour's beginning, epoch ms. */
  hour: number;
  /** When it was made or renewed, epoch ms: who removes it says which one was meant. */
  at: number;
  /** Made when the hour could be closed already. */
  late: boolean;
}

export interface Marks {
  put(mark: Mark): Promise<void>;
  /** Those of one hour, without late ones; null: the late ones of every hour. */
  list(hour: number | null): AsyncIterable<Mark[]>;
  /** Whether it is there, and was not renewed. */
  stands(mark: Mark): Promise<boolean>;
  /** Unless it was renewed meanwhile. */
  remove(mark: Mark): Promise<void>;
}

/** Records of a workspace for their sums. */
export interface UsagePages {
  /**
   * Records of requests that came from `from` to `to` (epoch ms, both ends included) and, with `after`, whose ids are greater. Each page holds all
   * records up to the id `upTo` that the pages before it did not; `isLast`: there is no other.
   */
  pages(
    workspaceId: string,
    from: number,
    to: number,
    after: string | null,
  ): AsyncIterable<{ records: UsageRecord[]; upTo: string; isLast: boolean }>;
}

/** How far the sums of one workspace are. */
export interface UsageHead {
  /** All hours before are closed; epoch ms, 0 when none is. */
  until: number;
  /** The sum of the hour after it, as far as it goes; null: not begun. */
  draft: { /** The last id that is in it. */ after: string; rows: UsageRow[] /** Epoch ms. */; movedAt: number } | null;
}

/** The sums as they are made. */
export interface UsageSums {
  head(workspaceId: string): Promise<UsageHead>;
  /** Replaces the rows of one hour, unless they were made of what the log held later than `madeAt` (epoch ms). */
  put(workspaceId: string, hour: number, rows: UsageRow[], madeAt: number): Promise<void>;
  /**
   * One conditional write: cursor and sum move together or not at all. False: `known` is not what is stored any more. `until` may go back: then
   * the hours from there on are summed up anew.
   */
  move(workspaceId: string, known: UsageHead, next: UsageHead): Promise<boolean>;
}

/** What the sweep remembers from run to run: epoch ms, each of which only grows. Missing: 0. */
export interface SweepState {
  read(): Promise<Record<SweepMark, number>>;
  advance(mark: SweepMark, to: number): Promise<void>;
}

/**
 * `until`: all hours before are closed, of all workspaces. `markedFrom`: from that hour on every record has its mark. `rounded`: until when the
 * last round closed. `roundAt`, `secretsAt`: when a round and a pass over the secrets last began.
 */
export type SweepMark = 'until' | 'markedFrom' | 'rounded' | 'roundAt' | 'secretsAt';

/** Takes pieces of work, to be done soon, in any order, at least once. */
export interface WorkQueue<Work> {
  send(works: Work[]): Promise<void>;
  /** About how many wait. */
  waiting(): Promise<number>;
}
