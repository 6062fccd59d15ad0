import type { providerKeysRuntime } from '../composition/runtime.ts';
import { authenticate, type Principal } from '../gateway/access/authenticate.ts';
import { check, readBody } from '../http/check.ts';
import { createRouter } from '../http/router.ts';
import { providerKeyPage } from '../http/schema-parts/queries.ts';
import { providerKeyCreate, providerKeyUpdate } from '../http/schemas.ts';
import { createServe, json, nothing, scopeOf, workspaceAudit } from './serve.ts';

export function serveProviderKeys({
  directory,
  providerKeys,
  auditTrail,
  changes,
  report,
}: ReturnType<typeof providerKeysRuntime>) {
  return createServe<Principal>(
    createRouter('provider-keys'),
    (incoming, match) => authenticate(incoming.bearer, scopeOf(match), directory, Date.now, incoming.method),
    {
      createProviderKey: async ({ incoming, caller }) => {
        const { provider, ...change } = readBody(incoming.body, providerKeyCreate);
        const { answer, ...states } = await providerKeys.create(caller.workspace.id, provider, change);
        return { reply: json(201, answer), target: String(answer.id), ...states };
      },
      listProviderKeys: async ({ incoming, caller }) => {
        const { limit, cursor } = check(incoming.query, providerKeyPage);
        return json(200, await providerKeys.list(caller.workspace.id, limit, cursor ?? null));
      },
      getProviderKey: async ({ params, caller }) =>
        json(200, await providerKeys.get(caller.workspace.id, params.id ?? '')),
      updateProviderKey: async ({ incoming, params, caller }) => {
        const change = readBody(incoming.body, providerKeyUpdate);
        const { answer, ...states } = await providerKeys.update(caller.workspace.id, params.id ?? '', change);
        return { reply: json(200, answer), ...states };
      },
      deleteProviderKey: async ({ params, caller }) => ({
        reply: nothing,
        ...(await providerKeys.remove(caller.workspace.id, params.id ?? '')),
      }),
    },
    workspaceAudit(() => auditTrail, changes, report),
  );
}
