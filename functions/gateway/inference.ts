import { describeUnforeseen, fromUnforeseen, GatewayError, toWire } from '../core/errors.ts';
import { explain, withCap } from '../core/explain.ts';
import type { Failure } from '../core/failure.ts';
import { estimateHold, estimateUsage } from '../core/hold.ts';
import type { JsonObject } from '../core/json.ts';
import { matchesModelFilter } from '../core/model-filter.ts';
import type { Catalogue } from '../core/models.ts';
import { formatUsd } from '../core/money.ts';
import { type CredentialChoice, nothingLeft, type Plan, planRequest } from '../core/plan.ts';
import { isOwn } from '../core/policy.ts';
import type { Provider, ProviderJson } from '../core/provider.ts';
import { fallbackCaps, holdCaps, reachedCap, toHold } from '../core/spend-caps.ts';
import { readUsage, type TokenUsage } from '../core/usage.ts';
import type { Principal } from './admit.ts';
import { answerHeaders } from './answer-headers.ts';
import type { CommittedStream } from './attempt.ts';
import type { CredentialSource } from './credentials.ts';
import { type Dispatched, dispatch, redacted } from './dispatch.ts';
import { claimProbe } from './health-notes.ts';
import { type Asked, close, costsOf, type Ending, type JournalDeps } from './journal.ts';
import { createMeter, estimateAnswer, estimateDelivered, type Meter, toEvents } from './meter.ts';

export interface InferenceDeps extends JournalDeps {
  /** With the operator's prices. */
  catalogue(): Promise<Catalogue>;
  provider(name: string): Promise<Provider>;
  credentials: CredentialSource;
  firstByteTimeoutMs: number;
  deadlineMs: number;
}

export interface InferenceRequest extends Asked {
  principal: Principal;
  kind: 'chat' | 'embeddings';
  /** Checked for shape: `model` is text, `messages` is a list of objects. */
  body: JsonObject;
  bodyBytes: number;
  bodyText?: string;
  choice: CredentialChoice;
  pinnedKey: string | null;
  timeoutMs: number | null;
  callerLeft: AbortSignal;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<string>;
}

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
        holdFor: (target) => toHold(estimateHold(request.body, request.bodyBytes, target.offer.price ?? { input: 0, output: 0 }, target.offer.maxOutputTokens), caps),
        locate: (candidate, region) => catalogue.inRegion(candidate, region),
        claim: (target) => claimProbe(request.principal, target, deps),
        circuit: deps.circuit,
        random: deps.random,
      });
      const { verdict, answer, crash } = dispatched;
      if (crash !== undefined) throw crash;
      if (verdict.type === 'failed') throw withCap(explain(verdict.target, verdict.failure, dispatched.attempts), dispatched.cap);
      if (verdict.type === 'nothing') throw nothingLeft(verdict.bar, { callerModel: request.model ?? '' }, dispatched.cap);
      if (answer?.type === 'stream') return await toStream(request, dispatched, answer, deps);
      if (answer?.type === 'json') return await toJson(request, dispatched, answer, deps);
      throw new Error('An attempt was committed without an answer.');
    } catch (error) {
      const told = error instanceof GatewayError ? error : unexpected(error, request, deps);
      await close(request, request.principal, dispatched, { error: told, usage: null, usageEstimated: false, finishReason: null, droppedParams: [] }, deps);
      return refuse(told, request, dispatched);
    }
  }
}

/** An authenticated request that was refused before it could be planned; it is logged like any other. */
export async function logRefusal(asked: Asked, principal: Principal, error: GatewayError, deps: JournalDeps): Promise<void> {
  await close(asked, principal, null, { error, usage: null, usageEstimated: false, finishReason: null, droppedParams: [] }, deps);
}

function planOf(request: InferenceRequest, catalogue: Catalogue): Plan {
  const model = request.model ?? '';
  const candidates = catalogue.resolve(model);
  if (candidates.length === 0) {
    const near = catalogue.near(model);
    throw new GatewayError('model_not_found', `There is no model ${JSON.stringify(model.slice(0, 200))}.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`, {
      param: 'model',
      hint: 'GET /v1/models lists the models; <provider>/<model id> reaches any other model of a provider.',
    });
  }
  const { principal } = request;
  const allowed = candidates.filter((candidate) => matchesModelFilter(principal.apiKey.limits.models, candidate, model));
  if (allowed.length === 0) {
    throw new GatewayError('forbidden', 'This API key may not use this model.', { param: 'model', shouldRetry: false, hint: 'GET /v1/api-keys tells the models of a key.' });
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
      includeUsage: (request.body.stream_options as JsonObject | undefined)?.include_usage === true,
      mintedId: `chatcmpl-${request.requestId.slice(4)}`,
      created: Math.floor(request.at / 1000),
    },
    firstByteTimeoutMs: deps.firstByteTimeoutMs,
    deadline: request.started + Math.min(deps.deadlineMs, request.timeoutMs ?? Number.POSITIVE_INFINITY),
    callerLeft: request.callerLeft,
  };
}

async function toJson(request: InferenceRequest, dispatched: Dispatched, answer: ProviderJson, deps: InferenceDeps): Promise<Reply> {
  const { body } = answer;
  const reported = readUsage(body.usage);
  const usage = reported ?? estimateUsage(request.body, request.bodyBytes, estimateAnswer(body));
  body.usage = { ...(body.usage as JsonObject | undefined), ...usageExtras(dispatched, usage, deps) };
  const ending: Ending = { error: null, usage, usageEstimated: reported === null, finishReason: finishReasonOf(body), droppedParams: answer.droppedParams };
  await close(request, request.principal, dispatched, ending, deps);
  return { status: 200, headers: { 'content-type': 'application/json', ...answerHeaders(request.started, dispatched, answer) }, body: toText(answer) };
}

function toText({ preface, body }: ProviderJson): string {
  return preface === undefined ? JSON.stringify(body) : `${preface},${JSON.stringify(body).slice(1)}`;
}

async function toStream(request: InferenceRequest, dispatched: Dispatched, answer: CommittedStream, deps: InferenceDeps): Promise<Reply> {
  const body = relay(request, dispatched, answer, deps);
  // Entered now: a generator that nobody has begun to read runs no `finally` when the caller leaves, and nothing would be settled.
  await body.next();
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...answerHeaders(request.started, dispatched, answer) },
    body,
  };
}

/** The first text is empty. */
async function* relay(request: InferenceRequest, dispatched: Dispatched, answer: CommittedStream, deps: InferenceDeps): AsyncGenerator<string> {
  const meter = createMeter();
  const started = performance.now();
  const told = (failure: Failure) => {
    if (dispatched.verdict.type !== 'served') throw new Error('A stream without a target.');
    return explain(dispatched.verdict.target, redacted(failure, dispatched.redact), []);
  };
  const events = toEvents(answer.parts, meter, {
    includeUsage: (request.body.stream_options as JsonObject | undefined)?.include_usage === true,
    usageExtras: (usage) => usageExtras(dispatched, usage, deps),
    errorFrame: (failure) => toWire(told(failure), request.requestId),
  });
  let last = '';
  try {
    yield '';
    // The last text is kept back until the record is written: who sees the end finds the log.
    for await (const text of events) {
      if (last !== '') yield last;
      last = '';
      if (meter.complete || meter.failure !== null) last = text;
      else yield text;
    }
  } finally {
    dispatched.providerMs += performance.now() - started;
    await close(request, request.principal, dispatched, endingOf(request, dispatched, answer, meter, told), deps);
  }
  if (last !== '') yield last;
}

function endingOf(request: InferenceRequest, dispatched: Dispatched, answer: CommittedStream, meter: Meter, told: (failure: Failure) => GatewayError): Ending {
  const left: Failure = { kind: 'cancelled', status: null, code: null, message: 'The caller left in the middle of the answer.', providerRequestId: null };
  const failure = meter.complete ? null : (meter.failure ?? left);
  const record = dispatched.attempts.at(-1);
  if (failure !== null && record) {
    const clean = redacted(failure, dispatched.redact);
    Object.assign(record, { kind: clean.kind, code: clean.code, message: clean.message.slice(0, 1000) });
  }
  return {
    error: failure && told(failure),
    usage: meter.usage ?? estimateUsage(request.body, request.bodyBytes, estimateDelivered(meter)),
    usageEstimated: meter.usage === null,
    finishReason: failure === null ? meter.finishReason : null,
    droppedParams: answer.droppedParams,
  };
}

function usageExtras(dispatched: Dispatched, usage: TokenUsage | null, deps: InferenceDeps): JsonObject {
  const { verdict } = dispatched;
  return {
    byok_used: verdict.type === 'served' && isOwn(verdict.target),
    fallback_triggered: verdict.type === 'served' && verdict.fallback,
    cost: formatUsd(costsOf(dispatched, usage, deps.feePercent).charged),
  };
}

function finishReasonOf(body: JsonObject): string | null {
  const choice = Array.isArray(body.choices) ? (body.choices[0] as JsonObject | undefined) : undefined;
  return typeof choice?.finish_reason === 'string' ? choice.finish_reason : null;
}

function refuse(error: GatewayError, request: InferenceRequest, dispatched: Dispatched | null): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', ...(dispatched && answerHeaders(request.started, dispatched, null)), ...error.headers() },
    body: JSON.stringify(toWire(error, request.requestId)),
  };
}

function unexpected(error: unknown, request: InferenceRequest, deps: InferenceDeps): GatewayError {
  deps.report('unexpected_error', { request_id: request.requestId, error: describeUnforeseen(error) });
  return fromUnforeseen(error);
}
