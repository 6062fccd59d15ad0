import type { Operation } from '../endpoints.ts';
import type { Incoming } from '../http/incoming.ts';
import type { Reply, Serve } from '../http/pipeline.ts';
import type { createRouter, Match } from '../http/router.ts';

/** What an operation gets: the request, its path parameters, and who asks. */
export interface Call<Caller> {
  incoming: Incoming;
  params: Record<string, string>;
  caller: Caller;
}

export type Operations<Caller> = Partial<Record<Operation, (call: Call<Caller>) => Promise<Reply>>>;

/** Routes a request to its operation once `authenticate` has let it pass. */
export function createServe<Caller>(
  router: ReturnType<typeof createRouter>,
  authenticate: (incoming: Incoming, match: Match) => Promise<Caller>,
  operations: Operations<Caller>,
): Serve {
  return async (incoming) => {
    const match = router(incoming.method, incoming.path);
    const caller = await authenticate(incoming, match);
    const operation = operations[match.endpoint.operation];
    if (operation === undefined) throw new Error(`No operation ${match.endpoint.operation}.`);
    return operation({ incoming, params: match.params, caller });
  };
}

export function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export const nothing: Reply = { status: 204, headers: {}, body: '' };
