import { type Actor, type AuditRecord, auditDays, boundedState, shownTarget } from '../../core/audit-record.ts';
import { fromUnforeseen, GatewayError, nameOf } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AuditTrail } from '../../core/more-ports/records.ts';

/** What an operation did: the resources as the API shows them, without secrets. */
export interface Done {
  reply: { status: number };
  /** The id of what was made, where the request could not name it. */
  target?: string;
  /** Null: there was nothing; of a test of a key: it changes nothing. */
  before: JsonObject | null;
  after: JsonObject | null;
}

export interface AuditedRequest {
  requestId: string;
  /** Epoch ms of its arrival. */
  at: number;
  operation: string;
  actor: Actor;
  workspaceId: string | null;
  target: string | null;
  client: AuditRecord['client'];
}

export interface AuditDeps {
  trail: Pick<AuditTrail, 'put'>;
  report(event: string, details: object): void;
}

/**
 * Makes a change that leaves a record. The record is written first, as pending: when that fails the change is not made (the store's error is
 * thrown). What became of it is written afterwards; when that fails the change stands, its record stays pending, and the function's log
 * has the whole one. So no change is without a record, whatever breaks, and none is undone because of it.
 */
export async function audited<T extends Done>(
  request: AuditedRequest,
  change: () => Promise<T>,
  { trail, report }: AuditDeps,
): Promise<T> {
  const { actor } = request;
  const pending: AuditRecord = {
    request_id: request.requestId,
    at: new Date(request.at).toISOString(),
    workspace_id: request.workspaceId,
    operation: request.operation,
    target: shownTarget(request.target),
    actor_type: actor.type,
    actor: actor.id,
    actor_role: actor.type === 'operator' ? actor.role : null,
    outcome: 'pending',
    status: null,
    error_code: null,
    before: null,
    after: null,
    client: request.client,
    expires_at: Math.floor(request.at / 1000) + auditDays * 86_400,
  };
  const complete = (said: Partial<AuditRecord>) => {
    const record = { ...pending, ...said };
    return trail
      .put(record)
      .catch((error: unknown) => report('audit_not_completed', { error: nameOf(error), ...record }));
  };
  await trail.put(pending);
  let done: T;
  try {
    done = await change();
  } catch (error) {
    const { status, code } = error instanceof GatewayError ? error : fromUnforeseen(error);
    await complete({ outcome: status < 500 ? 'refused' : 'failed', status, error_code: code });
    throw error;
  }
  await complete({
    outcome: 'done',
    status: done.reply.status,
    ...(done.target !== undefined && { target: shownTarget(done.target) }),
    before: boundedState(done.before),
    after: boundedState(done.after),
  });
  return done;
}
