import { nearerLimits } from '../../core/accounts/rate-limits.ts';
import { fallbackCaps, reachedCap } from '../../core/billing/spend-caps.ts';
import { matchesModelFilter } from '../../core/catalogue/model-filter.ts';
import type { Catalogue } from '../../core/catalogue/models.ts';
import { lazily } from '../../core/chat/lazy-conversation.ts';
import { describeUnforeseen, fromUnforeseen, GatewayError, toWire } from '../../core/errors.ts';
import { candidatesOf, refuseWrongKind } from '../../core/routing/candidates.ts';
import { explain, withCap } from '../../core/routing/explain.ts';
import { nothingLeft } from '../../core/routing/nothing-left.ts';
import { type Plan, planRequest } from '../../core/routing/plan.ts';
import { unknownModel } from '../accounts/models.ts';
import { createFunds, mayHaveCredit } from '../credit/funds.ts';
import type { BaseModels } from '../keys/base-models.ts';
import { claimProbe } from '../keys/health-notes.ts';
import { answerHeaders } from './answer-headers.ts';
import { type Delivery, toCount, toJson, toStream } from './answers.ts';
import type { CommittedStream } from './attempt.ts';
import { dispatch } from './dispatch.ts';
import type { Dispatched, DispatchRequest } from './dispatched.ts';
import { type InferenceDeps, type InferenceRequest, type Reply, wantsUsage } from './request.ts';
import { type Asked, refusedEnding, type SettleDeps, settle } from './settle.ts';

/** Serves one authenticated inference request, whatever happens, and writes its log record before the answer ends. */
export function createInference(deps: InferenceDeps): (request: InferenceRequest) => Promise<Reply> {
  return async (request) => {
    const { apiKey, workspace } = request.principal;
    // Now, so that nobody waits for it: the hold and the record need it.
    void deps.activeHours.mark(workspace.id, request.at);
    const ofKey = await deps.limiter.take(apiKey);
    if (ofKey.refusal) return withLimits(await serve(request, ofKey.refusal, deps), ofKey.headers);
    const { headers, refusal, lease } = await deps.workspaceLimiter.take(workspace, endsBy(request, deps));
    const reply = await serve({ ...request, lease }, refusal, deps);
    return withLimits(reply, nearerLimits(ofKey.headers, headers));
  };
}

function withLimits(reply: Reply, headers: Record<string, string>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** Epoch ms. With time to write down how it ended. */
function endsBy({ at, timeoutMs }: InferenceRequest, { deadlineMs }: InferenceDeps): number {
  return at + Math.min(deadlineMs, timeoutMs ?? Number.POSITIVE_INFINITY) + 30_000;
}

async function serve(request: InferenceRequest, refusal: GatewayError | null, deps: InferenceDeps): Promise<Reply> {
  let dispatched: Dispatched | null = null;
  try {
    if (refusal) throw refusal;
    const catalogue = await deps.catalogue();
    const plan = await planOf(request, catalogue, deps.baseModels);
    dispatched = await dispatch(plan, toDispatch(request, deps), {
      upstream: deps.upstream,
      credentials: deps.credentials,
      funds: createFunds(request, plan, deps),
      locate: (candidate, region) => catalogue.inRegion(candidate, region),
      claim: (target) => claimProbe(request.principal, target, deps),
      circuit: deps.circuit,
      random: deps.random,
    });
    return await deliver(request, dispatched, deps);
  } catch (error) {
    const told = error instanceof GatewayError ? error : unexpected(error, request, deps);
    await settle(
      request,
      dispatched,
      refusedEnding(
        told,
        dispatched?.tried.map(({ record }) => record),
      ),
      deps,
    );
    return refuse(told, request, dispatched);
  }
}

/** An authenticated request that was refused before it could be planned; it is logged like any other. */
export async function logRefusal(
  asked: Asked & Pick<InferenceRequest, 'principal'>,
  error: GatewayError,
  deps: SettleDeps,
): Promise<void> {
  await settle(asked, null, refusedEnding(error), deps);
  error.recorded = true;
}

async function deliver(request: InferenceRequest, dispatched: Dispatched, deps: InferenceDeps): Promise<Reply> {
  const { verdict, served, crash, tried, cap } = dispatched;
  if (crash !== undefined) throw crash;
  const records = tried.map(({ record }) => record);
  if (verdict.type === 'failed') throw withCap(explain(verdict.target, verdict.failure, records), cap);
  if (verdict.type === 'nothing') {
    const param = request.door?.storedThing(request.body) ?? undefined;
    throw nothingLeft(verdict.bar, { callerModel: request.model ?? '', param }, cap);
  }
  if (served === null) throw new Error('An attempt was committed without an answer.');
  if (request.operation === 'count') return toCount(request, { ...dispatched, served }, deps);
  const { answer } = served;
  if (answer.type === 'stream') return toStream(request, delivery(dispatched, { ...served, answer }), deps);
  if (answer.type === 'json') return toJson(request, delivery(dispatched, { ...served, answer }), deps);
  throw new Error('Only counts may be estimated.');
}

function delivery<Answer extends CommittedStream | { type: 'json' }>(
  dispatched: Dispatched,
  served: Delivery<Answer>['served'],
): Delivery<Answer> {
  return { ...dispatched, served };
}

async function planOf(request: InferenceRequest, catalogue: Catalogue, baseModels: BaseModels): Promise<Plan> {
  const model = request.model ?? '';
  const { principal, operation, choice, pinnedKey } = request;
  const named = candidatesOf(model, operation, catalogue, principal.providerKeys);
  if (named.length === 0) throw unknownModel(model, catalogue);
  const described = await baseModels.find(named, {
    catalogue,
    workspaceId: principal.workspace.id,
    keys: principal.providerKeys,
    mayAsk: ({ id }) => choice !== 'platform-only' && (pinnedKey === null || pinnedKey === id),
  });
  const candidates = refuseWrongKind(described, operation);
  const allowed = candidates.filter((candidate) =>
    matchesModelFilter(principal.apiKey.limits.models, candidate, model),
  );
  if (allowed.length === 0) {
    throw new GatewayError('forbidden', 'This API key may not use this model.', {
      param: 'model',
      shouldRetry: false,
      hint: 'GET /v1/api-keys tells the models of a key.',
    });
  }
  return planRequest({
    callerModel: model,
    candidates: allowed,
    outOfReach: candidates.filter((candidate) => !allowed.includes(candidate)),
    keys: principal.providerKeys,
    health: principal.health,
    choice,
    pinnedKey,
    locate: (candidate, region) => catalogue.inRegion(candidate, region),
    funds: mayHaveCredit(principal) ? 'available' : 'no_credit',
    reachedCap: (own) => reachedCap(fallbackCaps(principal.workspace, own, request.at), principal.spent),
    now: request.at,
  });
}

function toDispatch(request: InferenceRequest, deps: InferenceDeps): DispatchRequest {
  const { operation, door, body, bodyText, stream, headers, started, timeoutMs, callerLeft } = request;
  return {
    workspaceId: request.principal.workspace.id,
    call: {
      ...{ operation, door, body, bodyText, stream, headers },
      conversation: lazily(door, body),
      head: {
        mintedId: request.requestId.slice('req_'.length),
        created: Math.floor(request.at / 1000),
        callerModel: request.model ?? '',
        includeUsage: wantsUsage(request),
      },
    },
    contentTimeoutMs: stream ? deps.firstByteTimeoutMs : deps.answerTimeoutMs,
    started,
    deadline: started + Math.min(deps.deadlineMs, timeoutMs ?? Number.POSITIVE_INFINITY),
    callerLeft,
  };
}

function refuse(error: GatewayError, request: InferenceRequest, dispatched: Dispatched | null): Reply {
  const { door, requestId, client } = request;
  const body = door?.writeError(error, requestId, client.user_agent) ?? toWire(error, requestId);
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      ...(dispatched && answerHeaders(request.started, dispatched)),
      ...error.headers(),
    },
    body: JSON.stringify(body),
  };
}

function unexpected(error: unknown, request: InferenceRequest, deps: InferenceDeps): GatewayError {
  deps.report('unexpected_error', { request_id: request.requestId, error: describeUnforeseen(error) });
  return fromUnforeseen(error);
}
