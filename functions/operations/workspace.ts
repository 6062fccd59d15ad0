import { presentBalance } from '../core/accounts/present.ts';
import { toCsv } from '../core/billing/usage-rows.ts';
import { listOf } from '../core/cursor.ts';
import { GatewayError } from '../core/errors.ts';
import { admit, type Principal } from '../gateway/admit.ts';
import { getModel, listModels } from '../gateway/models.ts';
import { usageOf } from '../gateway/usage.ts';
import { check, readBody } from '../http/check.ts';
import type { Incoming } from '../http/incoming.ts';
import { createRouter, type Match } from '../http/router.ts';
import {
  apiKeyCreate,
  apiKeyPage,
  apiKeyRotate,
  apiKeyUpdate,
  logQuery,
  modelPage,
  usageQuery,
} from '../http/schemas.ts';
import type { workspaceRuntime } from '../runtime.ts';
import { createServe, json, nothing, type Operations, scopeOf } from './serve.ts';

const dayMs = 86_400_000;

export function serveWorkspace({ directory, catalogue, apiKeys, log, hours }: ReturnType<typeof workspaceRuntime>) {
  const authenticate = (incoming: Incoming, match: Match) =>
    admit(incoming.bearer, scopeOf(match), directory, Date.now);

  const operations: Operations<Principal> = {
    listModels: async ({ incoming }) => {
      const { limit, cursor } = check(incoming.query, modelPage);
      return json(200, listModels(await catalogue(), limit ?? null, cursor ?? null));
    },
    getModel: async ({ params }) => json(200, getModel(await catalogue(), params.id ?? '')),

    createApiKey: async ({ incoming, caller }) =>
      json(201, await apiKeys.create(caller.workspace.id, readBody(incoming.body, apiKeyCreate))),
    listApiKeys: async ({ incoming, caller }) => {
      const { limit, cursor } = check(incoming.query, apiKeyPage);
      return json(200, await apiKeys.list(caller.workspace.id, limit, cursor ?? null));
    },
    updateApiKey: async ({ incoming, params, caller }) =>
      json(200, await apiKeys.update(caller.workspace.id, params.id ?? '', readBody(incoming.body, apiKeyUpdate))),
    rotateApiKey: async ({ incoming, params, caller }) => {
      const { overlap_seconds } = incoming.body.trim() === '' ? {} : readBody(incoming.body, apiKeyRotate);
      return json(201, await apiKeys.rotate(caller.workspace.id, params.id ?? '', overlap_seconds ?? 0));
    },
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
      const span = {
        from: from === undefined ? Date.now() - 30 * dayMs : Date.parse(from),
        to: to === undefined ? Date.now() + 1000 : Date.parse(to),
      };
      // A key that may not manage the workspace sees what it used itself.
      const usage = await usageOf(
        { log, hours },
        caller.workspace.id,
        span,
        caller.apiKey.scopes.includes('manage') ? null : caller.apiKey.id,
      );
      if (/\btext\/csv\b/i.test(incoming.headers.accept ?? ''))
        return { status: 200, headers: { 'content-type': 'text/csv; charset=utf-8' }, body: toCsv(usage.rows) };
      return json(200, {
        ...listOf(usage.rows, null),
        from: new Date(usage.from).toISOString(),
        to: new Date(usage.to).toISOString(),
      });
    },
    getBalance: async ({ caller }) => json(200, { object: 'balance', ...presentBalance(caller.balance) }),
  };

  return createServe(createRouter('workspace'), authenticate, operations, {
    getHealth: async () => json(200, { status: 'ok' }),
    getOpenApi: async () => {
      const { openApiDocument } = await import('../http/openapi.ts');
      return json(200, openApiDocument());
    },
  });
}
