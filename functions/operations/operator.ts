import { authenticateOperator } from '../gateway/access/authenticate.ts';
import { check, readBody } from '../http/check.ts';
import { createRouter } from '../http/router.ts';
import { priceSet } from '../http/schema-parts/prices.ts';
import { creditsCreate, priceQuery, workspaceCreate, workspacePage, workspaceUpdate } from '../http/schemas.ts';
import type { operatorRuntime } from '../runtime.ts';
import { createServe, json, nothing } from './serve.ts';

export function serveOperator({ secrets, lockout, workspaces, prices }: ReturnType<typeof operatorRuntime>) {
  return createServe<void>(
    createRouter('operator'),
    ({ bearer, client }) => authenticateOperator(bearer, client.ip, { secrets, lockout }),
    {
      createWorkspace: async ({ incoming }) => {
        const { name, credit_usd } = readBody(incoming.body, workspaceCreate);
        return json(201, await workspaces.create(name, credit_usd ?? null));
      },
      listWorkspaces: async ({ incoming }) => {
        const { limit, cursor } = check(incoming.query, workspacePage);
        return json(200, await workspaces.list(limit, cursor ?? null));
      },
      updateWorkspace: async ({ incoming, params }) =>
        json(200, await workspaces.update(params.id ?? '', readBody(incoming.body, workspaceUpdate))),
      listPrices: async ({ incoming }) => {
        const { limit, cursor } = check(incoming.query, priceQuery);
        return json(200, await prices.list(limit, cursor ?? null));
      },
      setPrice: async ({ incoming, params }) =>
        json(200, await prices.put(params.id ?? '', readBody(incoming.body, priceSet))),
      deletePrice: async ({ params }) => {
        await prices.remove(params.id ?? '');
        return nothing;
      },
      addCredits: async ({ incoming, params }) => {
        const { amount_usd, idempotency_key } = readBody(incoming.body, creditsCreate);
        return json(201, await workspaces.addCredits(params.id ?? '', amount_usd, idempotency_key));
      },
    },
  );
}
