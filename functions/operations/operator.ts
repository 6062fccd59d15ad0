import { admitOperator } from '../gateway/admit.ts';
import { check, readBody } from '../http/check.ts';
import { createRouter } from '../http/router.ts';
import { creditsCreate, workspaceCreate, workspacePage, workspaceUpdate } from '../http/schemas.ts';
import type { operatorRuntime } from '../runtime.ts';
import { createServe, json } from './serve.ts';

export function serveOperator({ secrets, workspaces }: ReturnType<typeof operatorRuntime>) {
  return createServe<void>(createRouter('operator'), (incoming) => admitOperator(incoming.bearer, secrets), {
    createWorkspace: async ({ incoming }) => {
      const { name, credit_usd } = readBody(incoming.body, workspaceCreate);
      return json(201, await workspaces.create(name, credit_usd ?? null));
    },
    listWorkspaces: async ({ incoming }) => {
      const { limit, cursor } = check(incoming.query, workspacePage);
      return json(200, await workspaces.list(limit, cursor ?? null));
    },
    updateWorkspace: async ({ incoming, params }) => json(200, await workspaces.update(params.id ?? '', readBody(incoming.body, workspaceUpdate))),
    addCredits: async ({ incoming, params }) => {
      const { amount_usd, idempotency_key } = readBody(incoming.body, creditsCreate);
      return json(201, await workspaces.addCredits(params.id ?? '', amount_usd, idempotency_key));
    },
  });
}
