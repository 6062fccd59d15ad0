import { authenticate, type Principal } from '../gateway/access/authenticate.ts';
import { check, readBody } from '../http/check.ts';
import { createRouter } from '../http/router.ts';
import { providerKeyCreate, providerKeyPage, providerKeyUpdate } from '../http/schemas.ts';
import type { providerKeysRuntime } from '../runtime.ts';
import { createServe, json, nothing, scopeOf } from './serve.ts';

export function serveProviderKeys({ directory, providerKeys }: ReturnType<typeof providerKeysRuntime>) {
  return createServe<Principal>(
    createRouter('provider-keys'),
    (incoming, match) => authenticate(incoming.bearer, scopeOf(match), directory, Date.now, incoming.method),
    {
      createProviderKey: async ({ incoming, caller }) => {
        const { provider, ...change } = readBody(incoming.body, providerKeyCreate);
        return json(201, await providerKeys.create(caller.workspace.id, provider, change));
      },
      listProviderKeys: async ({ incoming, caller }) => {
        const { limit, cursor } = check(incoming.query, providerKeyPage);
        return json(200, await providerKeys.list(caller.workspace.id, limit, cursor ?? null));
      },
      getProviderKey: async ({ params, caller }) =>
        json(200, await providerKeys.get(caller.workspace.id, params.id ?? '')),
      updateProviderKey: async ({ incoming, params, caller }) =>
        json(
          200,
          await providerKeys.update(caller.workspace.id, params.id ?? '', readBody(incoming.body, providerKeyUpdate)),
        ),
      deleteProviderKey: async ({ params, caller }) => {
        await providerKeys.remove(caller.workspace.id, params.id ?? '');
        return nothing;
      },
    },
  );
}
