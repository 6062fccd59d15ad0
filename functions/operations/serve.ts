import type { Scope } from '../core/accounts/workspace.ts';
import type { Actor } from '../core/audit-record.ts';
import type { AuditTrail } from '../core/more-ports/records.ts';
import { type ChangingOperation, type endpoints, isChange, type Operation } from '../endpoints.ts';
import { audited, type Done } from '../gateway/access/audited.ts';
import type { Principal } from '../gateway/access/authenticate.ts';
import type { ChangeLimiter } from '../gateway/access/change-limiter.ts';
import type { Incoming } from '../http/incoming.ts';
import type { Reply, Serve } from '../http/reply.ts';
import type { createRouter, Match } from '../http/router.ts';

/** What an operation gets: the request, its path parameters, and who asks. */
export interface Call<Caller> {
  incoming: Incoming;
  params: Record<string, string>;
  caller: Caller;
}

type OpenOperation = Extract<(typeof endpoints)[number], { access: 'open' }>['operation'];

/** The answer of an operation that changes something, and what its record in the audit trail says. */
export interface Changed extends Done {
  reply: Reply;
}

export type Operations<Caller> = {
  [Name in Exclude<Operation, OpenOperation>]?: (
    call: Call<Caller>,
  ) => Promise<Name extends ChangingOperation ? Changed : Reply>;
};
/** Nobody is asked who they are, so there is no caller. */
type OpenOperations = Partial<Record<OpenOperation, (call: Omit<Call<never>, 'caller'>) => Promise<Reply>>>;

/** Of an entry that serves changes: where and under whose name they are recorded. */
export interface Audit<Caller> {
  trail(): Pick<AuditTrail, 'put'> | Promise<Pick<AuditTrail, 'put'>>;
  /** Null: the change concerns no single workspace. */
  about(call: Call<Caller>, match: Match): { actor: Actor; workspaceId: string | null };
  /** Throws when there were too many changes; nothing is recorded then. */
  limit?(call: Call<Caller>): Promise<void>;
  /** Throws when the caller may not make any change; that is recorded as refused. */
  permit?(caller: Caller): void;
  report(event: string, details: object): void;
}

/**
 * Routes a request to its operation once `authenticate` has let it pass; the open operations have nothing to pass. What changes something is
 * done under the eyes of the audit trail: an endpoint that changes something cannot be served without one.
 */
export function createServe<Caller>(
  router: ReturnType<typeof createRouter>,
  authenticate: (incoming: Incoming, match: Match) => Promise<Caller>,
  operations: Operations<Caller>,
  audit: Audit<Caller> | null,
  openOperations: OpenOperations = {},
): Serve {
  return async (incoming) => {
    const match = router(incoming.method, incoming.path);
    const { operation: name } = match.endpoint;
    const open = openOperations[name as OpenOperation];
    if (open !== undefined) return open({ incoming, params: match.params });
    const caller = await authenticate(incoming, match);
    const operation = operations[name as Exclude<Operation, OpenOperation>];
    if (operation === undefined) throw new Error(`No operation ${name}.`);
    const call = { incoming, params: match.params, caller };
    // By its row in the table of endpoints it is one or the other, as the type of its operation is.
    if (!isChange(match.endpoint)) return (await operation(call)) as Reply;
    if (audit === null) throw new Error(`No audit trail for ${name}.`);
    await audit.limit?.(call);
    const { requestId, at, client } = incoming;
    const request = { requestId, at, client, operation: name, target: match.params.id ?? null };
    const change = async () => {
      audit.permit?.(caller);
      return (await operation(call)) as Changed;
    };
    const { reply } = await audited({ ...request, ...audit.about(call, match) }, change, {
      trail: await audit.trail(),
      report: audit.report,
    });
    return reply;
  };
}

/** A workspace's changes, by its API keys. */
export function workspaceAudit(
  trail: Audit<Principal>['trail'],
  changes: ChangeLimiter,
  report: Audit<Principal>['report'],
): Audit<Principal> {
  return {
    trail,
    limit: ({ incoming, caller }) => changes.take(caller.workspace.id, incoming.method === 'DELETE'),
    about: ({ caller }) => ({ actor: { type: 'api_key', id: caller.apiKey.id }, workspaceId: caller.workspace.id }),
    report,
  };
}

/** The scope that an API key needs for an endpoint. Throws for endpoints that API keys do not open. */
export function scopeOf({ endpoint: { access, operation } }: Match): Scope | 'any' {
  switch (access) {
    case 'open':
    case 'operator':
      throw new Error(`No API key is asked for ${operation}.`);
    case 'any-scope':
    case 'any-scope-or-operator':
      return 'any';
    case 'manage-or-operator':
      return 'manage';
    default:
      return access;
  }
}

export function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export const nothing: Reply = { status: 204, headers: {}, body: '' };

/** To the page. Relative, so that a stage in the address stays: `/prod/` leads to `/prod/console`. */
export function toConsole(location: string): Reply {
  return { status: 302, headers: { location, vary: 'accept' }, body: '' };
}
