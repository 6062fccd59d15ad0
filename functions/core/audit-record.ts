import type { Operator } from './accounts/operator.ts';
import type { JsonObject } from './json.ts';

/** Who changed something. */
export type Actor =
  | { type: 'operator'; id: string; role: Operator['role'] }
  /** `ak_…` */
  | { type: 'api_key'; id: string };

/**
 * One change by an operator or a `manage` key, as stored and as shown (docs/api.md). It is written before the change, as `pending`, and once
 * more after it. Of what is changed there is what the API shows of it, never a secret.
 */
export interface AuditRecord {
  request_id: string;
  /** When the request came, ISO 8601 UTC. */
  at: string;
  /** Null: it concerns no single workspace. */
  workspace_id: string | null;
  /** The operation's name in the OpenAPI document. */
  operation: string;
  /** The id of what is changed. */
  target: string | null;
  actor_type: Actor['type'];
  /** The operator's name, or the id of the API key. */
  actor: string;
  actor_role: Operator['role'] | null;
  /**
   * pending: under way, or the function ended before it could say more; the change may have been made. refused: nothing was changed.
   * failed: it broke off, and a part of it may have been made.
   */
  outcome: 'pending' | 'done' | 'refused' | 'failed';
  /** What the caller got; null while pending. */
  status: number | null;
  error_code: string | null;
  before: JsonObject | null;
  after: JsonObject | null;
  client: { user_agent: string | null; ip: string | null };
  /** Epoch seconds, for DynamoDB's TTL. */
  expires_at: number;
}

export const auditOutcomes = ['pending', 'done', 'refused', 'failed'] as const satisfies AuditRecord['outcome'][];

/** A year to look back on, and the month that is asked for at its end. */
export const auditDays = 400;

/** Begins the partitions of the log table that hold changes, so that the stream's readers tell them from requests. */
export const auditPrefix = 'AUDIT#';

export interface AuditQuery {
  /** Epoch ms, both ends included. */
  from: number;
  to: number;
  actor: string | null;
  /** Leaves out what operators did. */
  apiKeysOnly: boolean;
  operation: string | null;
  outcome: string | null;
  limit: number;
  cursor: string | null;
}

export function matchesAuditQuery(record: AuditRecord, query: AuditQuery): boolean {
  const { actor, apiKeysOnly, operation, outcome } = query;
  return (
    (!apiKeysOnly || record.actor_type === 'api_key') &&
    (actor === null || record.actor === actor) &&
    (operation === null || record.operation === operation) &&
    (outcome === null || record.outcome === outcome)
  );
}

/** One item holds 400 KB, and a list shows a hundred records. */
const mostBytes = 20_000;

/** What is kept of a resource: all of it, unless it is larger than anything that the API takes today. */
export function boundedState(state: JsonObject | null): JsonObject | null {
  if (state === null) return null;
  const { length } = JSON.stringify(state);
  return length <= mostBytes ? state : { truncated: true, characters: length };
}

/** The longest that any id is that is changed: a price's, which is a model's name. */
const longestTarget = 300;

/** An id from a path, which may be any text: characters that would change how a line is shown are left out. */
export function shownTarget(id: string | null | undefined): string | null {
  return id?.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, longestTarget) ?? null;
}

/** The resource of docs/api.md. A workspace is not told which person at the operator's it was, nor from where. */
export function presentAudit(record: AuditRecord, forOperator: boolean): JsonObject {
  const { actor_type, actor, actor_role, expires_at: _, ...rest } = record;
  if (actor_type === 'api_key') return { object: 'audit_record', ...rest, actor: { type: actor_type, id: actor } };
  return {
    object: 'audit_record',
    ...rest,
    actor: forOperator ? { type: actor_type, id: actor, role: actor_role } : { type: actor_type, id: null },
    ...(!forOperator && { client: { user_agent: null, ip: null } }),
  };
}
