import { presentBalance } from '../core/accounts/present.ts';
import { toCsv } from '../core/billing/usage-rows.ts';
import { listOf } from '../core/cursor.ts';
import { GatewayError } from '../core/errors.ts';
import { authenticate, type Principal } from '../gateway/access/authenticate.ts';
import { getModel, listModels } from '../gateway/accounts/models.ts';
import { usageOf } from '../gateway/accounts/usage.ts';
import { noteRefusal } from '../gateway/inference/settle.ts';
import { check, readBody } from '../http/check.ts';
import { foreignEndpoint } from '../http/foreign-endpoints.ts';
import type { Incoming } from '../http/incoming.ts';
import { healthy, type Serve } from '../http/reply.ts';
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

export function serveWorkspace(runtime: ReturnType<typeof workspaceRuntime>): Serve {
  const { directory, catalogue, apiKeys, log, hours, providers } = runtime;
  const whoAsks = (incoming: Incoming, match: Match) =>
    authenticate(incoming.bearer, scopeOf(match), directory, Date.now, incoming.method);

  const operations: Operations<Principal> = {
    listModels: async ({ incoming }) => {
      const { limit, cursor } = check(incoming.query, modelPage);
      return json(200, listModels(await catalogue(), limit ?? null, cursor ?? null));
    },
    getModel: async ({ params }) => json(200, getModel(await catalogue(), params.id ?? '')),

    listProviders: async () => json(200, listOf(providers, null)),

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

  const serve = createServe(createRouter('workspace'), whoAsks, operations, {
    getHealth: async () => healthy,
    getOpenApi: async () => {
      const { openApiDocument } = await import('../http/openapi.ts');
      return json(200, openApiDocument());
    },
  });

  return async (incoming) => {
    if (incoming.path === '/' && (incoming.method === 'GET' || incoming.method === 'HEAD')) return root;
    const foreign = foreignEndpoint(incoming.method, incoming.path);
    if (foreign === null) return serve(incoming);
    await noteForeign(incoming, foreign, runtime);
    throw foreign;
  };
}

/** Clients look here for a sign of life before anything else. */
const root = json(200, { object: 'gateway', name: 'Keyway', documentation: '/openapi.json' });

/** Known endpoints that are not served are logged like refused requests, when the key is good. */
async function noteForeign(
  incoming: Incoming,
  error: GatewayError,
  { directory, log, now, report }: ReturnType<typeof workspaceRuntime>,
): Promise<void> {
  const principal = await authenticate(incoming.bearer, 'any', directory, now, incoming.method);
  const { requestId, at, started, client, ids, traceparent } = incoming;
  const endpoint = incoming.path.slice(0, 200);
  const asked = { requestId, at, started, client, ids, traceparent, endpoint, model: null, stream: false, principal };
  await noteRefusal(asked, error, { log, now, report });
}
