import { estimateHold } from '../core/billing/hold.ts';
import { fallbackCaps, holdCaps, reachedCap, toHold } from '../core/billing/spend-caps.ts';
import { matchesModelFilter } from '../core/catalogue/model-filter.ts';
import type { Catalogue } from '../core/catalogue/models.ts';
import { describeUnforeseen, fromUnforeseen, GatewayError, toWire } from '../core/errors.ts';
import { explain, withCap } from '../core/routing/explain.ts';
import { nothingLeft } from '../core/routing/nothing-left.ts';
import { type Plan, planRequest } from '../core/routing/plan.ts';
import type { Principal } from './admit.ts';
import { answerHeaders } from './answer-headers.ts';
import { toJson, toStream } from './answers.ts';
import { type Dispatched, dispatch } from './dispatch.ts';
import { claimProbe } from './health-notes.ts';
import { type InferenceDeps, type InferenceRequest, type Reply, wantsUsage } from './inference-request.ts';
import { type Asked, close, type Ending, type JournalDeps } from './journal.ts';
import { unknownModel } from './models.ts';

/** Serves one authenticated inference request, whatever happens, and writes its log record before the answer ends. */
export function createInference(deps: InferenceDeps): (request: InferenceRequest) => Promise<Reply> {
  return async (request) => {
    const { headers, refusal } = await deps.limiter.take(request.principal.apiKey);
    const reply = await serve(request, refusal);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  };

  async function serve(request: InferenceRequest, refusal: GatewayError | null): Promise<Reply> {
    let dispatched: Dispatched | null = null;
    try {
      if (refusal) throw refusal;
      const catalogue = await deps.catalogue();
      const plan = planOf(request, catalogue);
      const { workspace, apiKey } = request.principal;
      const caps = holdCaps(workspace, apiKey, plan.own, request.at);
      dispatched = await dispatch(plan, toDispatch(request, deps), {
        provider: deps.provider,
        credentials: deps.credentials,
        hold: (hold) => deps.ledger.hold(workspace.id, request.requestId, hold.amount, caps),
        holdFor: (target) =>
          toHold(
            estimateHold(
              request.body,
              request.bodyBytes,
              target.offer.price ?? { input: 0, output: 0 },
              target.offer.maxOutputTokens,
            ),
            caps,
          ),
        locate: (candidate, region) => catalogue.inRegion(candidate, region),
        claim: (target) => claimProbe(request.principal, target, deps),
        circuit: deps.circuit,
        random: deps.random,
      });
      const { verdict, answer, crash } = dispatched;
      if (crash !== undefined) throw crash;
      if (verdict.type === 'failed')
        throw withCap(explain(verdict.target, verdict.failure, dispatched.attempts), dispatched.cap);
      if (verdict.type === 'nothing')
        throw nothingLeft(verdict.bar, { callerModel: request.model ?? '' }, dispatched.cap);
      if (answer?.type === 'stream') return await toStream(request, dispatched, answer, deps);
      if (answer?.type === 'json') return await toJson(request, dispatched, answer, deps);
      throw new Error('An attempt was committed without an answer.');
    } catch (error) {
      const told = error instanceof GatewayError ? error : unexpected(error, request, deps);
      await close(request, request.principal, dispatched, refused(told), deps);
      return refuse(told, request, dispatched);
    }
  }
}

/** An authenticated request that was refused before it could be planned; it is logged like any other. */
export async function logRefusal(
  asked: Asked,
  principal: Principal,
  error: GatewayError,
  deps: JournalDeps,
): Promise<void> {
  await close(asked, principal, null, refused(error), deps);
}

function refused(error: GatewayError): Ending {
  return { error, usage: null, usageEstimated: false, finishReason: null, droppedParams: [] };
}

function planOf(request: InferenceRequest, catalogue: Catalogue): Plan {
  const model = request.model ?? '';
  const candidates = catalogue.resolve(model);
  if (candidates.length === 0) throw unknownModel(model, catalogue);
  const { principal } = request;
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
    choice: request.choice,
    pinnedKey: request.pinnedKey,
    locate: (candidate, region) => catalogue.inRegion(candidate, region),
    funds: principal.balance.available > 0 ? 'available' : 'no_credit',
    reachedCap: (own) => reachedCap(fallbackCaps(principal.workspace, own, request.at), principal.spent),
    now: request.at,
  });
}

function toDispatch(request: InferenceRequest, deps: InferenceDeps) {
  return {
    workspaceId: request.principal.workspace.id,
    kind: request.kind,
    call: {
      body: request.body,
      bodyText: request.bodyText,
      callerModel: request.model ?? '',
      stream: request.stream,
      includeUsage: wantsUsage(request),
      mintedId: `chatcmpl-${request.requestId.slice(4)}`,
      created: Math.floor(request.at / 1000),
    },
    firstByteTimeoutMs: deps.firstByteTimeoutMs,
    deadline: request.started + Math.min(deps.deadlineMs, request.timeoutMs ?? Number.POSITIVE_INFINITY),
    callerLeft: request.callerLeft,
  };
}

function refuse(error: GatewayError, request: InferenceRequest, dispatched: Dispatched | null): Reply {
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      ...(dispatched && answerHeaders(request.started, dispatched, null)),
      ...error.headers(),
    },
    body: JSON.stringify(toWire(error, request.requestId)),
  };
}

function unexpected(error: unknown, request: InferenceRequest, deps: InferenceDeps): GatewayError {
  deps.report('unexpected_error', { request_id: request.requestId, error: describeUnforeseen(error) });
  return fromUnforeseen(error);
}
