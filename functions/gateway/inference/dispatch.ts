import type { SpendCap } from '../../core/billing/spend-caps.ts';
import { noBounds, type RequestBounds } from '../../core/chat/bounds.ts';
import { showParams } from '../../core/chat/dropped-params.ts';
import { Refusal, refusalFailure } from '../../core/chat/refusal.ts';
import { gatewayStops } from '../../core/errors.ts';
import { SecretUnavailable } from '../../core/ports.ts';
import { type CallTiming, redacted, toAttemptRecord } from '../../core/routing/attempt-record.ts';
import { type Failure, isRefusedCredential, stoppedFailure } from '../../core/routing/failure.ts';
import type { Plan } from '../../core/routing/plan.ts';
import { type Attempt, type Hop, isOwn, type Outcome, route, type Verdict } from '../../core/routing/policy.ts';
import type { Target } from '../../core/routing/target.ts';
import type { ResolvedCredential } from '../keys/credentials.ts';
import { type AttemptResult, attempt, uncountable } from './attempt.ts';
import type { DispatchDeps, Dispatched, DispatchRequest, Served, Tried } from './dispatched.ts';
import { locate, prepare, type SharedCall, sharedCall } from './target-call.ts';
import { inTime, jitter, pause } from './waiting.ts';
import { withCredential } from './with-credential.ts';

/** What one step of the policy led to. */
interface Step {
  outcome: Outcome;
  tried: Tried[];
  served?: Served;
  cap?: SpendCap | null;
}

/** The only loop that waits, times and calls: it drives the policy and tells it what happened. Never rejects: see `crash`. */
export async function dispatch(plan: Plan, request: DispatchRequest, deps: DispatchDeps): Promise<Dispatched> {
  const hops: Hop[] = [];
  const tried: Tried[] = [];
  let served: Served | null = null;
  let cap = plan.cap;
  const policy = route(plan, hops);
  const end = (verdict: Verdict, crash?: unknown): Dispatched => {
    return { verdict, hops, tried, served, held: deps.funds.held(), cap, crash };
  };
  try {
    let next = policy.next();
    while (!next.done) {
      if (next.value.again) await pause(jitter(deps.random), request);
      const step = await tryTarget(next.value, request, deps);
      tried.push(...step.tried);
      served = step.served ?? served;
      cap = step.cap ?? cap;
      next = policy.next(step.outcome);
    }
    return end(next.value);
  } catch (error) {
    return end({ type: 'nothing', bar: 'not_configured' }, error);
  }
}

async function tryTarget(wanted: Attempt, request: DispatchRequest, deps: DispatchDeps): Promise<Step> {
  const { target, again, passable } = wanted;
  const probing = isOwn(target) && target.probe !== undefined && passable === true && !again;
  if (probing && !(await deps.claim(target))) return nothing({ type: 'cooling', kind: target.probe ?? 'overloaded' });
  let resolved: ResolvedCredential;
  try {
    const read = await inTime(deps.credentials.resolve(target, request.workspaceId), request);
    if (read === null) return ranOut(target, request);
    resolved = read;
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    if (!isOwn(target) && error.missing) return nothing({ type: 'barred', bar: 'not_configured' });
    const { credentialKey } = error;
    // What is malformed has a name, under which the operator is told.
    const named = isOwn(target) || credentialKey === null ? target : { ...target, credentialKey };
    return failed(named, local('secret_unavailable', error.message), null, notCalled(request));
  }
  const located = isOwn(target)
    ? { ...target, ...(probing && { claimed: true as const }) }
    : locate(target, resolved, deps);
  if (located === null) return nothing({ type: 'barred', bar: 'no_price' });
  const calls = sharedCall(located, request);
  if (calls instanceof Refusal) return failed(located, refusalFailure(calls), resolved.region, notCalled(request));
  const runs = await withCredential(
    deps.credentials,
    target,
    request.workspaceId,
    resolved,
    (credential) => callOnce(located, credential, calls, again, request, deps),
    ({ outcome }) => outcome.type === 'failure' && isRefusedCredential(outcome.failure) && outcome.timeUp !== true,
  );
  const steps = runs.map((run) => run.result);
  const last = steps.at(-1) ?? nothing({ type: 'barred', bar: 'not_configured' });
  return { ...last, tried: steps.flatMap((step) => step.tried) };
}

async function callOnce(
  target: Target,
  resolved: ResolvedCredential,
  { dropped, stored, ...shared }: SharedCall,
  again: boolean,
  request: DispatchRequest,
  deps: DispatchDeps,
): Promise<Step> {
  if (stored) return nothing({ type: 'barred', bar: 'stored_file' });
  const prepared = await inTime(prepare(target, resolved, shared, request, deps), request);
  if (prepared === null) return ranOut(target, request);
  if (prepared.type === 'uncountable') return estimated(target, resolved);
  if (prepared.type === 'failure')
    return failed(target, redacted(prepared.failure, resolved.redact), resolved.region, notCalled(request));
  if (!isOwn(target)) {
    // Before the circuit: a request that cannot pay must not be the one that tries a credential whose cooldown is over.
    const barred = request.call.operation === 'count' ? null : await deps.funds.place(target, prepared.bounds);
    if (barred !== null) return { outcome: { type: 'barred', bar: barred.bar }, tried: [], cap: barred.cap };
    const entered = again ? 'open' : await deps.circuit.enter(resolved.credentialKey, target.model);
    if (entered !== 'open' && entered !== 'claimed') return nothing({ type: 'cooling', kind: entered });
  }
  const started = performance.now();
  const result = await attempt((signal) => prepared.send(signal), {
    contentMs: request.contentTimeoutMs,
    remainingMs: request.deadline - started,
    callerLeft: request.callerLeft,
  });
  const timing = { startedMs: started - request.started, ms: performance.now() - started };
  return stepOf(target, resolved, result, { ...prepared, dropped: [...prepared.dropped, ...dropped] }, timing);
}

function stepOf(
  target: Target,
  { redact, region }: ResolvedCredential,
  result: AttemptResult,
  { bounds, dropped }: { bounds: RequestBounds; dropped: string[] },
  timing: CallTiming,
): Step {
  if (result.type === 'failure') {
    const failure = redacted(result.failure, redact);
    const step = failed(target, failure, region, { timing, sent: failure.local ? null : bounds });
    return { ...step, outcome: { type: 'failure', failure, timeUp: result.timeUp, target } };
  }
  const providerRequestId = result.answer.providerRequestId && redact(result.answer.providerRequestId);
  const record = toAttemptRecord(target, null, timing, region, providerRequestId);
  const droppedParams = showParams(dropped.length === 0 ? dropped : [...new Set(dropped)].sort());
  return {
    outcome: { type: 'committed', target },
    tried: [{ target, record, sent: bounds, ms: timing.ms }],
    served: {
      answer: { ...result.answer, providerRequestId },
      ...{ droppedParams, firstByteMs: result.firstByteMs, bounds, redact },
    },
  };
}

/** Nobody is called: the gateway itself estimates. */
function estimated(target: Target, { redact }: ResolvedCredential): Step {
  const served = { answer: uncountable, droppedParams: [], firstByteMs: 0, bounds: noBounds, redact };
  return { outcome: { type: 'committed', target }, tried: [], served };
}

function nothing(outcome: Outcome): Step {
  return { outcome, tried: [] };
}

function failed(
  target: Target,
  failure: Failure,
  region: string | null,
  { timing, sent }: { timing: CallTiming; sent: Tried['sent'] },
): Step {
  const record = toAttemptRecord(target, failure, timing, region, failure.providerRequestId);
  return { outcome: { type: 'failure', failure, target }, tried: [{ target, record, sent, ms: timing.ms }] };
}

/** The timing of a failure before any call. */
function notCalled({ started }: DispatchRequest): { timing: CallTiming; sent: null } {
  return { timing: { startedMs: performance.now() - started, ms: 0 }, sent: null };
}

/** The deadline passed, or the caller left, before a provider was called. */
function ranOut(target: Target, request: DispatchRequest): Step {
  const { callerLeft } = request;
  const stops = callerLeft.reason === gatewayStops;
  const timing = notCalled(request);
  if (callerLeft.aborted && !stops)
    return failed(target, local('cancelled', 'The caller left before a provider was called.'), null, timing);
  const failure = stops ? { ...stoppedFailure, local: true } : local('timeout', 'The deadline of the request passed.');
  const step = failed(target, failure, null, timing);
  return { ...step, outcome: { ...step.outcome, timeUp: true } as Outcome };
}

function local(kind: Failure['kind'], message: string): Failure {
  return { kind, status: null, code: null, message, providerRequestId: null, local: true };
}
