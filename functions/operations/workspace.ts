import { listOf } from '../core/cursor.ts';
import { GatewayError } from '../core/errors.ts';
import { presentBalance } from '../core/present.ts';
import { admit, type Principal } from '../gateway/admit.ts';
import { getModel, listModels } from '../gateway/models.ts';
import { usageOf } from '../gateway/usage.ts';
import { check, readBody } from '../http/check.ts';
import type { Incoming } from '../http/incoming.ts';
import { createRouter, type Match } from '../http/router.ts';
import { apiKeyCreate, apiKeyPage, apiKeyUpdate, logQuery, modelPage, usageQuery } from '../http/schemas.ts';
import type { workspaceRuntime } from '../runtime.ts';
import { createServe, json, nothing } from './serve.ts';

const dayMs = 86_400_000;

export function serveWorkspace({ directory, catalogue, apiKeys, log }: ReturnType<typeof workspaceRuntime>) {
  // The open endpoints have no caller; they do not ask for one.
  const authenticate = async (incoming: Incoming, { endpoint }: Match): Promise<Principal> =>
    endpoint.access === 'open'
      ? (undefined as unknown as Principal)
      : admit(incoming.bearer, endpoint.access === 'any-scope' ? 'any' : endpoint.access === 'manage' ? 'manage' : 'inference', directory, Date.now);

  return createServe<Principal>(createRouter('workspace'), authenticate, {
    listModels: async ({ incoming }) => {
      const { limit, cursor } = check(incoming.query, modelPage);
      return json(200, listModels(catalogue, limit ?? null, cursor ?? null));
    },
    getModel: async ({ params }) => json(200, getModel(catalogue, params.id ?? '')),

    createApiKey: async ({ incoming, caller }) => json(201, await apiKeys.create(caller.workspace.id, readBody(incoming.body, apiKeyCreate))),
    listApiKeys: async ({ incoming, caller }) => {
      const { limit, cursor } = check(incoming.query, apiKeyPage);
      return json(200, await apiKeys.list(caller.workspace.id, limit, cursor ?? null));
    },
    updateApiKey: async ({ incoming, params, caller }) => json(200, await apiKeys.update(caller.workspace.id, params.id ?? '', readBody(incoming.body, apiKeyUpdate))),
    deleteApiKey: async ({ params, caller }) => {
      await apiKeys.revoke(caller.workspace.id, params.id ?? '');
      return nothing;
    },

    listLogs: async ({ incoming, caller }) => {
      const query = check(incoming.query, logQuery);
      const page = await log.list(caller.workspace.id, {
        from: query.from === undefined ? 0 : Date.parse(query.from),
        to: query.to === undefined ? Date.now() + dayMs : Date.parse(query.to),
        status: query.status ?? null,
        model: query.model ?? null,
        provider: query.provider ?? null,
        credential: query.credential ?? null,
        providerKeyId: query.provider_key_id ?? null,
        limit: query.limit,
        cursor: query.cursor ?? null,
      });
      return json(200, listOf(page.data, page.nextCursor));
    },
    getLog: async ({ params, caller }) => {
      const record = await log.get(caller.workspace.id, params.id ?? '');
      if (record === null) throw new GatewayError('not_found', 'There is no such request in the log.');
      return json(200, record);
    },
    getUsage: async ({ incoming, caller }) => {
      const { from, to } = check(incoming.query, usageQuery);
      return json(
        200,
        await usageOf(log, caller.workspace.id, from === undefined ? Date.now() - 30 * dayMs : Date.parse(from), to === undefined ? Date.now() + 1000 : Date.parse(to)),
      );
    },
    getBalance: async ({ caller }) => json(200, { object: 'balance', ...presentBalance(caller.balance) }),

    getHealth: async () => json(200, { status: 'ok' }),
    getOpenApi: async () => {
      const { openApiDocument } = await import('../http/openapi.ts');
      return json(200, openApiDocument());
    },
  });
}
