import { dispositions, type Failure, type FailureKind } from './failure.ts';
import { type Plan, permits } from './plan.ts';
import type { OwnTarget, PlatformBar, Target } from './target.ts';

/** One call that is to be made. */
export interface Attempt {
  target: Target;
  /** True for the one repetition that the last target gets: wait with jitter first. */
  again: boolean;
  /** True when something could stand in for the target, so that it may be passed over when another request is trying it again. */
  passable?: boolean;
}

/**
 * What became of an attempt. `timeUp`: the deadline passed, nothing more is tried. `barred`: it could not be made, no call went out
 * (no credit for it, no platform credential). `cooling`: no call went out, because the credential is to be left alone for now.
 * `target`: the attempt's target with what is known of it by now, such as the platform's region.
 */
export type Outcome =
  | { type: 'committed'; target?: Target }
  | { type: 'failure'; failure: Failure; timeUp?: boolean; target?: Target }
  | { type: 'barred'; bar: PlatformBar }
  | { type: 'cooling'; kind: FailureKind };

/** What is known of each target so far, in order: the content of `x-keyway-route`. */
export type Hop =
  | { target: Target; served: true }
  | { target: Target; failure: Failure }
  | { target: Target; cooldown: FailureKind }
  | { target: 'platform'; skipped: PlatformBar };

export type Verdict =
  | { type: 'served'; target: Target; fallback: boolean }
  | { type: 'failed'; target: Target; failure: Failure }
  /** Nothing was tried: the platform is barred and there was no own key. */
  | { type: 'nothing'; bar: PlatformBar };

/**
 * The fallback policy (docs/api.md, "Credentials and fallback") as a generator: it yields an attempt, is told the outcome, and returns the verdict.
 * No clock, no network: a test is a list of outcomes and the attempts expected. Hops are appended to `hops` as they happen.
 *
 * Own keys come first, then the platform unless it is barred, then, as a last resort, the keys that were passed over.
 * Whatever target failed last is tried once more when its failure may pass by itself.
 */
export function* route(plan: Plan, hops: Hop[]): Generator<Attempt, Verdict, Outcome> {
  const failed: Failed[] = [];
  let bar = plan.platformBar;
  // A key that nothing could stand in for is not passed over.
  const replaceable = bar === null || plan.own.some((own) => own.cooldown === null && own.probe === undefined);
  const passedOver: OwnTarget[] = [];
  for (const own of plan.own) {
    if (own.cooldown !== null && replaceable) {
      hops.push({ target: own, cooldown: own.cooldown.kind });
      passedOver.push(own);
      continue;
    }
    const before = failed.length;
    const result = yield* tryTarget({ target: own, again: false, passable: replaceable }, hops, failed);
    if (result === 'cooling') passedOver.push(own);
    else if (result !== 'next') return result;
    const failure = failed[before]?.failure;
    if (bar === null && failure && !permits(own.key, failure.kind)) bar = 'fallback_on';
  }
  if (bar !== null && plan.own.length > 0) hops.push({ target: 'platform', skipped: bar });
  for (const target of bar === null ? plan.platform : []) {
    const result = yield* tryTarget({ target, again: false, passable: true }, hops, failed, plan.own.length > 0);
    if (result === 'next') continue;
    if (result === 'cooling') bar = 'cooldown';
    else if (result.type !== 'nothing') return result;
    else bar = result.bar;
  }
  for (const target of passedOver) {
    const result = yield* tryTarget({ target, again: false }, hops, failed);
    if (isVerdict(result)) return result;
  }
  const last = failed.at(-1);
  if (last && dispositions[last.failure.kind].retryLast && !last.failure.repeated) {
    const result = yield* tryTarget(
      { target: last.target, again: true },
      hops,
      failed,
      !isOwn(last.target) && plan.own.length > 0,
    );
    if (isVerdict(result) && result.type !== 'nothing') return result;
  }
  return mostActionable(failed) ?? { type: 'nothing', bar: bar ?? 'not_configured' };
}

interface Failed {
  target: Target;
  failure: Failure;
}

function isVerdict(result: Verdict | 'next' | 'cooling'): result is Verdict {
  return typeof result === 'object';
}

/** `next`: it failed, and another target may be tried. `cooling`: it was passed over. */
function* tryTarget(
  attempt: Attempt,
  hops: Hop[],
  failed: Failed[],
  fallback = false,
): Generator<Attempt, Verdict | 'next' | 'cooling', Outcome> {
  const outcome = yield attempt;
  const target = 'target' in outcome && outcome.target !== undefined ? outcome.target : attempt.target;
  if (outcome.type === 'committed') {
    hops.push({ target, served: true });
    return { type: 'served', target, fallback };
  }
  if (outcome.type === 'barred') {
    hops.push({ target: 'platform', skipped: outcome.bar });
    return { type: 'nothing', bar: outcome.bar };
  }
  if (outcome.type === 'cooling') {
    hops.push({ target, cooldown: outcome.kind });
    return 'cooling';
  }
  const { failure } = outcome;
  hops.push({ target, failure });
  failed.push({ target, failure });
  const stop = !dispositions[failure.kind].next || outcome.timeUp === true;
  return (stop ? mostActionable(failed) : null) ?? 'next';
}

const byActionability: FailureKind[] = [
  'cancelled',
  'permission',
  'credential',
  'quota',
  'bad_request',
  'content_filter',
  'rate_limit',
  'secret_unavailable',
  'model_access',
  'timeout',
  'overloaded',
  'network',
];

/** The failure that the caller is told: what someone can do something about comes first. */
function mostActionable(failed: Failed[]): Verdict | null {
  const rank = ({ failure }: Failed) => byActionability.indexOf(failure.kind);
  const best = failed.reduce<Failed | null>(
    (found, each) => (found === null || rank(each) < rank(found) ? each : found),
    null,
  );
  return best && { type: 'failed', ...best };
}

/** The value of `x-keyway-route`. */
export function formatRoute(hops: Hop[]): string {
  return hops.map(formatHop).join(', ');
}

function formatHop(hop: Hop): string {
  if ('skipped' in hop) return `platform=skipped:${hop.skipped}`;
  const name = targetName(hop.target);
  if ('cooldown' in hop) return `${name}=cooldown:${hop.cooldown}`;
  if ('served' in hop) return `${name}=200`;
  return `${name}=${hop.failure.kind}${hop.failure.status === null ? '' : `:${hop.failure.status}`}`;
}

/** `byok(pk_…)` or `platform`. */
export function targetName(target: Target): string {
  return target.type === 'byok' ? `byok(${target.key.id})` : 'platform';
}

export function isOwn(target: Target): target is OwnTarget {
  return target.type === 'byok';
}
