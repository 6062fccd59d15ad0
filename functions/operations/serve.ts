import type { Scope } from '../core/accounts/workspace.ts';
import type { endpoints, Operation } from '../endpoints.ts';
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

export type Operations<Caller> = Partial<
  Record<Exclude<Operation, OpenOperation>, (call: Call<Caller>) => Promise<Reply>>
>;
/** Nobody is asked who they are, so there is no caller. */
type OpenOperations = Partial<Record<OpenOperation, (call: Omit<Call<never>, 'caller'>) => Promise<Reply>>>;

/** Routes a request to its operation once `authenticate` has let it pass; the open operations have nothing to pass. */
export function createServe<Caller>(
  router: ReturnType<typeof createRouter>,
  authenticate: (incoming: Incoming, match: Match) => Promise<Caller>,
  operations: Operations<Caller>,
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
    return operation({ incoming, params: match.params, caller });
  };
}

/** The scope that an API key needs for an endpoint. Throws for endpoints that API keys do not open. */
export function scopeOf({ endpoint: { access, operation } }: Match): Scope | 'any' {
  if (access === 'open' || access === 'operator') throw new Error(`No API key is asked for ${operation}.`);
  return access === 'any-scope' ? 'any' : access;
}

export function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export const nothing: Reply = { status: 204, headers: {}, body: '' };

/** To the page. Relative, so that a stage in the address stays: `/prod/` leads to `/prod/console`. */
export function toConsole(location: string): Reply {
  return { status: 302, headers: { location, vary: 'accept' }, body: '' };
}
