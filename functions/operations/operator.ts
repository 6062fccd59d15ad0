import type { operatorRuntime } from '../composition/operator-runtime.ts';
import type { Operator } from '../core/accounts/operator.ts';
import { ulidPattern } from '../core/ids.ts';
import { authenticateOperator, requireOwner } from '../gateway/access/authenticate.ts';
import { listProviderKeys } from '../gateway/keys/key-list.ts';
import { listAlarms } from '../gateway/operator/alarms.ts';
import { listPlatformCredentials } from '../gateway/operator/platform-credentials.ts';
import { check, readBody } from '../http/check.ts';
import { newId } from '../http/incoming.ts';
import { createRouter, type Match } from '../http/router.ts';
import { priceSet } from '../http/schema-parts/prices.ts';
import { priceQuery, providerKeyPage, workspacePage } from '../http/schema-parts/queries.ts';
import { creditsCreate, workspaceCreate, workspaceUpdate } from '../http/schemas.ts';
import { createServe, json, nothing } from './serve.ts';

interface Caller extends Operator {
  /** The workspace that the request is about, or will have made. Null: it concerns none, or its id is none. */
  workspaceId: string | null;
}

export function serveOperator(runtime: ReturnType<typeof operatorRuntime>) {
  const { workspaces, prices, keyList, platformCredentials, alarms, auditTrail, report } = runtime;
  return createServe<Caller>(
    createRouter('operator'),
    async (incoming, match) => ({
      ...(await authenticateOperator(incoming, runtime)),
      workspaceId: workspaceIdOf(match, incoming.at),
    }),
    {
      getOperator: async ({ caller: { name, role } }) => json(200, { object: 'operator', name, role }),
      listPlatformCredentials: async () => json(200, await listPlatformCredentials(platformCredentials)),
      listAlarms: async () => json(200, await listAlarms(alarms)),

      createWorkspace: async ({ incoming, caller }) => {
        const { name, credit_usd } = readBody(incoming.body, workspaceCreate);
        const id = caller.workspaceId ?? '';
        const { answer, ...states } = await workspaces.create(id, name, credit_usd ?? null);
        return { reply: json(201, answer), target: id, ...states };
      },
      listWorkspaces: async ({ incoming }) => {
        const { limit, cursor } = check(incoming.query, workspacePage);
        return json(200, await workspaces.list(limit, cursor ?? null));
      },
      getWorkspace: async ({ params }) => json(200, await workspaces.get(params.id ?? '')),
      listWorkspaceProviderKeys: async ({ incoming, params }) => {
        const { limit, cursor } = check(incoming.query, providerKeyPage);
        const id = params.id ?? '';
        await workspaces.get(id);
        return json(200, await listProviderKeys(id, limit, cursor ?? null, keyList));
      },
      updateWorkspace: async ({ incoming, params }) => {
        const { answer, ...states } = await workspaces.update(
          params.id ?? '',
          readBody(incoming.body, workspaceUpdate),
        );
        return { reply: json(200, answer), ...states };
      },
      addCredits: async ({ incoming, params }) => {
        const { amount_usd, idempotency_key } = readBody(incoming.body, creditsCreate);
        const { answer, ...states } = await workspaces.addCredits(params.id ?? '', amount_usd, idempotency_key);
        return { reply: json(201, answer), ...states };
      },

      listPrices: async ({ incoming }) => {
        const { limit, cursor } = check(incoming.query, priceQuery);
        return json(200, await prices.list(limit, cursor ?? null));
      },
      setPrice: async ({ incoming, params }) => {
        const { answer, ...states } = await prices.put(params.id ?? '', readBody(incoming.body, priceSet));
        return { reply: json(200, answer), ...states };
      },
      deletePrice: async ({ params }) => ({ reply: nothing, ...(await prices.remove(params.id ?? '')) }),
    },
    {
      trail: () => auditTrail,
      about: ({ caller: { name, role, workspaceId } }) => ({
        actor: { type: 'operator', id: name, role },
        workspaceId,
      }),
      permit: requireOwner,
      report,
    },
  );
}

/** A new workspace has its id before it is made, so that the record of it is where its others will be. */
function workspaceIdOf({ endpoint, params }: Match, at: number): string | null {
  if (endpoint.operation === 'createWorkspace') return newId('ws', at);
  const id = endpoint.path.startsWith('/workspaces/{id}') ? params.id : undefined;
  return id !== undefined && new RegExp(`^ws_${ulidPattern}$`).test(id) ? id : null;
}
