import type { AuditQuery, AuditRecord } from '../audit-record.ts';
import type { LogQuery, LogRecord } from '../log-record.ts';
import type { Page } from '../ports.ts';

/* Ports as those of ports.ts, of what operators look at and what is kept of changes. */

/** The request log across workspaces, for operators. */
export interface LogIndex {
  /** Failed requests of all workspaces, newest first. */
  listFailed(query: LogQuery): Promise<Page<LogRecord>>;
  /** One request, failed or not, by its id alone. */
  find(requestId: string): Promise<LogRecord | null>;
}

export interface AuditTrail {
  /** Writes the record of one change, or completes the one that is there. */
  put(record: AuditRecord): Promise<void>;
  /** Newest first. `workspaceId` null: of all workspaces, and what belongs to none. */
  list(workspaceId: string | null, query: AuditQuery): Promise<Page<AuditRecord>>;
}
