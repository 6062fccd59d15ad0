import { dispositions, type Failure, type FailureKind } from './failure.ts';
import { type OwnTarget, type Plan, type PlatformBar, permits, type Target } from './plan.ts';

/** One call that is to be made. */
export interface Attempt {
  target: Target;
  /** True for the one repetition that the last target gets: wait with jitter first. */
  again: boolean;
}

/** What became of an attempt. `timeUp`: the deadline passed, nothing more is tried. `barred`: it could not be made, no call went out (no credit for it, no platform credential). */
export type Outcome = { type: 'committed' } | { type: 'failure'; failure: Failure; timeUp?: boolean } | { type: 'barred'; bar: PlatformBar };

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
 * The fallback policy (CONTRACT.md §5) as a generator: it yields an attempt, is told the outcome, and returns the verdict.
 * No clock, no network: a test is a list of outcomes and the attempts expected. Hops are appended to `hops` as they happen.
 */
export function* route(plan: Plan, hops: Hop[]): Generator<Attempt, Verdict, Outcome> {
  const failed: { target: Target; failure: Failure }[] = [];
  let bar = plan.platformBar;
  const passedOver = plan.own.filter((own) => own.cooldown !== null && bar === null);
  const ready = plan.own.filter((own) => !passedOver.includes(own));
  for (const own of plan.own) {
    if (own.cooldown !== null && passedOver.includes(own)) {
      hops.push({ target: own, cooldown: own.cooldown.kind });
      continue;
    }
    const last = own === ready.at(-1) && passedOver.length === 0;
    const verdict = yield* tryTarget(own, hops, failed, (kind) => last && (bar !== null || !permits(own.key, kind)));
    if (verdict !== null) return verdict;
    const failure = failed.at(-1)?.failure;
    if (failure && bar === null && !permits(own.key, failure.kind)) bar = 'fallback_on';
  }
  if (bar === null) {
    for (const [index, target] of plan.platform.entries()) {
      const verdict = yield* tryTarget(target, hops, failed, () => index === plan.platform.length - 1, plan.own.length > 0);
      if (verdict?.type === 'nothing') bar = verdict.bar;
      else if (verdict !== null) return verdict;
    }
  } else if (plan.own.length > 0) {
    hops.push({ target: 'platform', skipped: bar });
  }
  if (bar !== null) {
    for (const [index, own] of passedOver.entries()) {
      const verdict = yield* tryTarget(own, hops, failed, () => index === passedOver.length - 1);
      if (verdict !== null) return verdict;
    }
  }
  return mostActionable(failed) ?? { type: 'nothing', bar: bar ?? 'not_configured' };
}

function* tryTarget(
  target: Target,
  hops: Hop[],
  failed: { target: Target; failure: Failure }[],
  isLast: (kind: FailureKind) => boolean,
  fallback = false,
): Generator<Attempt, Verdict | null, Outcome> {
  for (const again of [false, true]) {
    const outcome = yield { target, again };
    if (outcome.type === 'committed') {
      hops.push({ target, served: true });
      return { type: 'served', target, fallback };
    }
    if (outcome.type === 'barred') {
      hops.push({ target: 'platform', skipped: outcome.bar });
      return { type: 'nothing', bar: outcome.bar };
    }
    const { failure } = outcome;
    hops.push({ target, failure });
    failed.push({ target, failure });
    const { next, retryLast } = dispositions[failure.kind];
    if (!next || outcome.timeUp) return mostActionable(failed);
    if (!retryLast || !isLast(failure.kind)) break;
  }
  return null;
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
function mostActionable(failed: { target: Target; failure: Failure }[]): Verdict | null {
  const rank = ({ failure }: { failure: Failure }) => byActionability.indexOf(failure.kind);
  const best = failed.reduce<(typeof failed)[number] | null>((found, each) => (found === null || rank(each) < rank(found) ? each : found), null);
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
