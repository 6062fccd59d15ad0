import type { SpendCap } from '../core/billing/spend-caps.ts';
import { withoutUnpriced } from '../core/billing/unpriced-fields.ts';
import type { Candidate } from '../core/catalogue/models.ts';
import { showParams } from '../core/chat/dropped-params.ts';
import type { AttemptRecord } from '../core/log-record.ts';
import { type Hold, SecretUnavailable } from '../core/ports.ts';
import { redacted, toAttemptRecord } from '../core/routing/attempt-record.ts';
import type { Failure } from '../core/routing/failure.ts';
import type { OwnTarget, Plan, PlatformBar, PlatformTarget, Target } from '../core/routing/plan.ts';
import { type Attempt, type Hop, isOwn, type Outcome, route, type Verdict } from '../core/routing/policy.ts';
import type { Provider, ProviderCall, ProviderJson } from '../core/routing/provider.ts';
import { namesStoredFile } from '../core/routing/stored-files.ts';
import { type AttemptResult, attempt, type CommittedStream } from './attempt.ts';
import type { CredentialSource, ResolvedCredential } from './credentials.ts';
import type { PlatformCircuit } from './platform-circuit.ts';
import { inTime, jitter, pause } from './waiting.ts';

export interface DispatchDeps {
  /** Loads an adapter on first use. */
  provider(name: string): Promise<Provider>;
  credentials: CredentialSource;
  /** Sets credit aside before the first platform attempt. False: there is not enough; or the cap that is in the way. */
  hold(hold: Hold): Promise<boolean | SpendCap>;
  holdFor(target: PlatformTarget): Hold;
  locate(candidate: Candidate, region: string | null): Candidate;
  /** Whether this request may try an own key whose cooldown is just over. */
  claim(target: OwnTarget): Promise<boolean>;
  circuit: Pick<PlatformCircuit, 'enter'>;
  /** Between 0 and 1. */
  random(): number;
}

export interface DispatchRequest {
  workspaceId: string;
  kind: 'chat' | 'embeddings';
  /** The parts of the provider call that are the same for every target. */
  call: Pick<ProviderCall, 'body' | 'bodyText' | 'callerModel' | 'stream' | 'includeUsage' | 'mintedId' | 'created'>;
  firstByteTimeoutMs: number;
  /** In terms of `performance.now()`. */
  deadline: number;
  callerLeft: AbortSignal;
}

export interface Dispatched {
  verdict: Verdict;
  hops: Hop[];
  attempts: AttemptRecord[];
  /** Calls that went out. */
  calls: number;
  answer: ProviderJson | CommittedStream | null;
  /** Milliseconds from the call that served to its first content-bearing event. */
  firstByteMs: number | null;
  providerMs: number;
  /** What was set aside, or may have been: to be settled whatever became of the request. */
  held: Hold | null;
  /** The spend cap that kept the platform out. */
  cap: SpendCap | null;
  /** What broke inside the gateway itself; undefined when nothing did. */
  crash: unknown;
  redact: (text: string) => string;
}

/** The only loop that waits, times and calls: it drives the policy and tells it what happened. Never rejects: see `crash`. */
export async function dispatch(plan: Plan, request: DispatchRequest, deps: DispatchDeps): Promise<Dispatched> {
  const hops: Hop[] = [];
  const policy = route(plan, hops);
  const state: Dispatched = {
    verdict: { type: 'nothing', bar: 'not_configured' },
    hops,
    attempts: [],
    calls: 0,
    answer: null,
    firstByteMs: null,
    providerMs: 0,
    held: null,
    cap: plan.cap,
    crash: undefined,
    redact: (text) => text,
  };
  try {
    let step = policy.next();
    while (!step.done) {
      if (step.value.again) await pause(jitter(deps.random), request);
      step = policy.next(await tryTarget(step.value, request, deps, state));
    }
    state.verdict = step.value;
  } catch (error) {
    state.crash = error;
  }
  return state;
}

async function tryTarget(
  { target, again, passable }: Attempt,
  request: DispatchRequest,
  deps: DispatchDeps,
  state: Dispatched,
): Promise<Outcome> {
  if (isOwn(target) && target.probe !== undefined && passable && !target.claimed) {
    if (!(await deps.claim(target))) return { type: 'cooling', kind: target.probe };
    target.claimed = true;
  }
  let resolved: ResolvedCredential;
  try {
    const read = await inTime(deps.credentials.resolve(target, request.workspaceId), request);
    if (read === null) {
      const ended = { status: null, code: null, providerRequestId: null, local: true } as const;
      if (request.callerLeft.aborted)
        return fail(
          target,
          { ...ended, kind: 'cancelled', message: 'The caller left before a provider was called.' },
          0,
          null,
          state,
        );
      return {
        ...fail(target, { ...ended, kind: 'timeout', message: 'The deadline of the request passed.' }, 0, null, state),
        timeUp: true,
      };
    }
    resolved = read;
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    if (!isOwn(target) && error.missing) return { type: 'barred', bar: 'not_configured' };
    return fail(
      target,
      {
        kind: 'secret_unavailable',
        status: null,
        code: null,
        message: error.message,
        providerRequestId: null,
        local: true,
      },
      0,
      null,
      state,
    );
  }
  if (!isOwn(target)) {
    if (namesStoredFile(request.call.body)) return { type: 'barred', bar: 'stored_file' };
    const { model, offer } = deps.locate(target.candidate, resolved.region);
    Object.assign(target, { model, offer: offer ?? target.offer });
    if (!target.offer.price) return { type: 'barred', bar: 'no_price' };
    // Before the circuit: a request that cannot pay must not be the one that tries a credential whose cooldown is over.
    const bar = await placeHold(target, deps, state);
    if (bar !== null) return { type: 'barred', bar };
    const entered = again ? 'open' : await deps.circuit.enter(resolved.credentialKey, target.model);
    if (entered !== 'open' && entered !== 'claimed') return { type: 'cooling', kind: entered };
  }
  const first = await callOnce(target, resolved, request, deps, state);
  if (first.type !== 'failure' || first.failure.kind !== 'credential' || first.timeUp) return first;
  // The tenant may have rotated the secret where it lies: what is stored now decides.
  const fresh = await deps.credentials.refresh(target, request.workspaceId, resolved);
  return fresh === null ? first : callOnce(target, fresh, request, deps, state);
}

/** Sets credit aside, once for all platform attempts. What is in the way, or null. */
async function placeHold(target: PlatformTarget, deps: DispatchDeps, state: Dispatched): Promise<PlatformBar | null> {
  if (state.held !== null) return null;
  // Noted before the call: a hold whose answer was lost is settled, too.
  state.held = deps.holdFor(target);
  const placed = await deps.hold(state.held);
  if (placed === true) return null;
  state.held = null;
  if (placed === false) return 'no_credit';
  state.cap = placed;
  return 'spend_cap';
}

async function callOnce(
  target: Target,
  resolved: ResolvedCredential,
  request: DispatchRequest,
  deps: DispatchDeps,
  state: Dispatched,
): Promise<Outcome> {
  const provider = await deps.provider(target.provider);
  if (!isOwn(target)) target.credentialKey = resolved.credentialKey;
  const started = performance.now();
  const { body, dropped } = isOwn(target)
    ? { body: request.call.body, dropped: [] }
    : withoutUnpriced(request.call.body);
  // The text still holds what was taken out of the body.
  const bodyText = dropped.length === 0 ? request.call.bodyText : undefined;
  const call = {
    ...request.call,
    body,
    bodyText,
    model: target.model,
    credential: resolved.credential,
    credentialKey: resolved.credentialKey,
    region: resolved.region,
  };
  const result: AttemptResult = await attempt(
    async (signal) =>
      request.kind === 'chat' ? provider.chat({ ...call, signal }) : provider.embeddings({ ...call, signal }),
    {
      firstByteMs: request.firstByteTimeoutMs,
      remainingMs: request.deadline - started,
      callerLeft: request.callerLeft,
    },
  );
  const ms = performance.now() - started;
  state.providerMs += ms;
  state.redact = resolved.redact;
  if (result.type === 'failure') {
    if (!result.failure.local) state.calls++;
    const outcome = fail(target, redacted(result.failure, resolved.redact), ms, resolved.region, state);
    return { ...outcome, timeUp: result.timeUp };
  }
  state.calls++;
  const providerRequestId = result.answer.providerRequestId && resolved.redact(result.answer.providerRequestId);
  const droppedParams = showParams(
    dropped.length === 0
      ? result.answer.droppedParams
      : [...new Set([...result.answer.droppedParams, ...dropped])].sort(),
  );
  state.answer = { ...result.answer, providerRequestId, droppedParams };
  state.firstByteMs = result.firstByteMs;
  state.attempts.push(toAttemptRecord(target, null, ms, resolved.region, providerRequestId));
  return { type: 'committed' };
}

function fail(
  target: Target,
  failure: Failure,
  ms: number,
  region: string | null,
  state: Dispatched,
): { type: 'failure'; failure: Failure } {
  state.attempts.push(toAttemptRecord(target, failure, ms, region, failure.providerRequestId));
  return { type: 'failure', failure };
}
