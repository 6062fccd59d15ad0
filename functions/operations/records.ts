import type { recordsRuntime } from '../composition/operator-runtime.ts';
import { presentAudit } from '../core/audit-record.ts';
import { usageCsv } from '../core/billing/usage-rows.ts';
import { listOf } from '../core/cursor.ts';
import { GatewayError } from '../core/errors.ts';
import type { LogQuery } from '../core/log-record.ts';
import { authenticate, authenticateOperator, isApiKey, type Principal } from '../gateway/access/authenticate.ts';
import { type Usage, usageAcross, usageOf } from '../gateway/accounts/usage.ts';
import { check } from '../http/check.ts';
import type { Incoming } from '../http/incoming.ts';
import type { Reply, Serve } from '../http/reply.ts';
import { createRouter, type Match } from '../http/router.ts';
import { auditQuery, logFind, logQuery, usageQuery } from '../http/schema-parts/queries.ts';
import { createServe, json, scopeOf } from './serve.ts';

const dayMs = 86_400_000;

/** A workspace's key, which sees its own workspace whatever it asks for, or null: an operator, who sees all. */
type Caller = Principal | null;

/** What was done: requests, usage, changes. Nothing is written here. */
export function serveRecords(runtime: ReturnType<typeof recordsRuntime>): Serve {
  const { directory, log, index, hours, auditTrail, now } = runtime;

  const whoAsks = async (incoming: Incoming, match: Match): Promise<Caller> => {
    const { bearer } = incoming;
    if (bearer === null || isApiKey(bearer))
      return authenticate(bearer, scopeOf(match), directory, now, incoming.method);
    await authenticateOperator(incoming, runtime).catch((error: unknown) => {
      throw error instanceof GatewayError && error.code === 'unauthorized' ? neither() : error;
    });
    return null;
  };

  return createServe<Caller>(
    createRouter('records'),
    whoAsks,
    {
      listLogs: async ({ incoming, caller }) => {
        const asked = check(incoming.query, logQuery);
        const workspaceId = whoseRecords(caller, asked.workspace_id);
        const query: LogQuery = {
          ...spanOf(asked, { from: 0, to: now() + dayMs }),
          status: asked.status ?? null,
          kind: asked.kind ?? null,
          model: asked.model ?? null,
          provider: asked.provider ?? null,
          credential: asked.credential ?? null,
          providerKeyId: asked.provider_key_id ?? null,
          apiKeyId: asked.api_key_id ?? null,
          providerRequestId: asked.provider_request_id ?? null,
          limit: asked.limit,
          cursor: asked.cursor ?? null,
        };
        if (workspaceId === null) requireFailed(query.status);
        const page = workspaceId === null ? await index.listFailed(query) : await log.list(workspaceId, query);
        return json(200, listOf(page.data, page.nextCursor));
      },

      getLog: async ({ incoming, params, caller }) => {
        const workspaceId = whoseRecords(caller, check(incoming.query, logFind).workspace_id);
        const id = params.id ?? '';
        const record = workspaceId === null ? await index.find(id) : await log.get(workspaceId, id);
        if (record === null) throw new GatewayError('not_found', 'There is no such request in the log.');
        return json(200, record);
      },

      getUsage: async ({ incoming, caller }) => {
        const asked = check(incoming.query, usageQuery);
        const workspaceId = whoseRecords(caller, asked.workspace_id);
        const span = spanOf(asked, { from: now() - 30 * dayMs, to: now() + 1000 });
        if (workspaceId === null) {
          const { nextCursor, ...usage } = await usageAcross(hours, span, asked.limit, asked.cursor ?? null);
          return usageReply(incoming, usage, nextCursor);
        }
        // A key that may not manage the workspace sees what it used itself.
        const apiKeyId = caller === null || caller.apiKey.scopes.includes('manage') ? null : caller.apiKey.id;
        const usage = await usageOf({ log, hours }, workspaceId, span, apiKeyId);
        if (caller !== null) return usageReply(incoming, usage, null);
        return usageReply(
          incoming,
          { ...usage, rows: usage.rows.map((row) => ({ workspace_id: workspaceId, ...row })) },
          null,
        );
      },

      listAudit: async ({ incoming, caller }) => {
        const asked = check(incoming.query, auditQuery);
        const page = await auditTrail.list(whoseRecords(caller, asked.workspace_id), {
          ...spanOf(asked, { from: 0, to: now() + dayMs }),
          actor: asked.actor ?? null,
          // A workspace does not learn operators' names, nor by trying some.
          apiKeysOnly: caller !== null && asked.actor !== undefined,
          operation: asked.operation ?? null,
          outcome: asked.outcome ?? null,
          limit: asked.limit,
          cursor: asked.cursor ?? null,
        });
        return json(
          200,
          listOf(
            page.data.map((record) => presentAudit(record, caller === null)),
            page.nextCursor,
          ),
        );
      },
    },
    null,
  );
}

/**
 * The one place that decides whose records are read: a workspace's key reads its own workspace's, an operator those of the workspace that is
 * named, or null: all. Throws `not_found` where a key names another workspace, whether there is one or not.
 */
function whoseRecords(caller: Caller, named: string | undefined): string | null {
  if (caller === null) return named ?? null;
  if (named !== undefined && named !== caller.workspace.id)
    throw new GatewayError('not_found', 'There is no such workspace.', { param: 'workspace_id' });
  return caller.workspace.id;
}

function spanOf(
  asked: { from?: string | undefined; to?: string | undefined },
  otherwise: { from: number; to: number },
) {
  return {
    from: asked.from === undefined ? otherwise.from : Date.parse(asked.from),
    to: asked.to === undefined ? otherwise.to : Date.parse(asked.to),
  };
}

/** Across workspaces there are the failed requests: an index of all would make each request dearer. */
function requireFailed(status: string | null): void {
  if (status === null || !/^(success|[123]\d\d)$/.test(status)) return;
  throw new GatewayError(
    'validation_error',
    'status must be that of failed requests, where no workspace_id is named.',
    {
      param: 'status',
      shouldRetry: false,
      hint: 'Name a workspace_id to see all of its requests.',
    },
  );
}

function usageReply(incoming: Incoming, { rows, from, to }: Usage, nextCursor: string | null): Reply {
  if (/\btext\/csv\b/i.test(incoming.headers.accept ?? ''))
    return {
      status: 200,
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        ...(nextCursor !== null && { 'x-keyway-next-cursor': nextCursor }),
      },
      body: usageCsv(rows),
    };
  return json(200, {
    ...listOf(rows, nextCursor),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
}

function neither(): GatewayError {
  return new GatewayError('unauthorized', 'This is neither an API key nor an operator token.', {
    shouldRetry: false,
    hint: 'Send a Keyway key as Authorization: Bearer kw_… (a provider key belongs into POST /v1/provider-keys).',
  });
}
