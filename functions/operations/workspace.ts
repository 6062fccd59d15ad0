import type { workspaceRuntime } from '../composition/runtime.ts';
import { presentBalance } from '../core/accounts/present.ts';
import { listOf } from '../core/cursor.ts';
import type { GatewayError } from '../core/errors.ts';
import { authenticate, type Principal } from '../gateway/access/authenticate.ts';
import { getModel, listModels } from '../gateway/accounts/models.ts';
import { noteRefusal } from '../gateway/inference/settle.ts';
import { check, readBody } from '../http/check.ts';
import { foreignEndpoint } from '../http/foreign-endpoints.ts';
import type { Incoming } from '../http/incoming.ts';
import { healthy, type Serve } from '../http/reply.ts';
import { createRouter, type Match } from '../http/router.ts';
import { apiKeyPage, modelPage } from '../http/schema-parts/queries.ts';
import { apiKeyCreate, apiKeyRotate, apiKeyUpdate } from '../http/schemas.ts';
import { createServe, json, nothing, type Operations, scopeOf, toConsole, workspaceAudit } from './serve.ts';

export function serveWorkspace(runtime: ReturnType<typeof workspaceRuntime>): Serve {
  const { directory, catalogue, credits, apiKeys, providers, auditTrail, changes, report } = runtime;
  const whoAsks = (incoming: Incoming, match: Match) =>
    authenticate(incoming.bearer, scopeOf(match), directory, Date.now, incoming.method);

  const operations: Operations<Principal> = {
    listModels: async ({ incoming }) => {
      const { limit, cursor } = check(incoming.query, modelPage);
      return json(200, listModels(await catalogue(), limit ?? null, cursor ?? null));
    },
    getModel: async ({ params }) => json(200, getModel(await catalogue(), params.id ?? '')),

    listProviders: async () => json(200, listOf(providers, null)),

    createApiKey: async ({ incoming, caller }) => {
      const { answer, ...states } = await apiKeys.create(caller.workspace.id, readBody(incoming.body, apiKeyCreate));
      return { reply: json(201, answer), target: String(answer.id), ...states };
    },
    listApiKeys: async ({ incoming, caller }) => {
      const { limit, cursor } = check(incoming.query, apiKeyPage);
      return json(200, await apiKeys.list(caller.workspace.id, limit, cursor ?? null));
    },
    updateApiKey: async ({ incoming, params, caller }) => {
      const change = readBody(incoming.body, apiKeyUpdate);
      const { answer, ...states } = await apiKeys.update(caller.workspace.id, params.id ?? '', change);
      return { reply: json(200, answer), ...states };
    },
    rotateApiKey: async ({ incoming, params, caller }) => {
      const { overlap_seconds } = incoming.body.trim() === '' ? {} : readBody(incoming.body, apiKeyRotate);
      const { answer, ...states } = await apiKeys.rotate(caller.workspace.id, params.id ?? '', overlap_seconds ?? 0);
      return { reply: json(201, answer), ...states };
    },
    deleteApiKey: async ({ params, caller }) => {
      const { before, after } = await apiKeys.revoke(caller.workspace.id, params.id ?? '');
      return { reply: nothing, before, after };
    },

    getBalance: async ({ caller }) => {
      const whole = caller.load.shards > 0 ? await credits.balance(caller.workspace.id) : null;
      return json(200, { object: 'balance', ...presentBalance(whole ?? caller.balance) });
    },
  };

  const serve = createServe(
    createRouter('workspace'),
    whoAsks,
    operations,
    workspaceAudit(() => auditTrail, changes, report),
    {
      getHealth: async () => healthy,
      getOpenApi: async () => {
        const { openApiDocument } = await import('../http/openapi.ts');
        return json(200, openApiDocument());
      },
    },
  );

  return async (incoming) => {
    if (incoming.method === 'GET' || incoming.method === 'HEAD') {
      if (incoming.path === '/')
        return /\btext\/html\b/i.test(incoming.headers.accept ?? '') ? toConsole('console') : root;
      if (incoming.path === '/console/') return toConsole('../console');
    }
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
