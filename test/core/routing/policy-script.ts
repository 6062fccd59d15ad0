import { expect } from 'vitest';
import type { FailureKind } from '../../../functions/core/routing/failure.ts';
import type { Plan } from '../../../functions/core/routing/plan.ts';
import {
  formatRoute,
  type Hop,
  type Outcome,
  route,
  type targetName,
  type Verdict,
} from '../../../functions/core/routing/policy.ts';
import type { PlatformBar } from '../../../functions/core/routing/target.ts';
import { failure } from '../samples.ts';

/** What becomes of an attempt: a failure's kind, `ok`, or why it could not be made. */
export type Told = FailureKind | 'ok' | `barred:${PlatformBar}` | `late:${FailureKind}` | `cooling:${FailureKind}`;

/** Drives the policy with outcomes; fails when it asks for more or fewer attempts than there are outcomes. */
export function play(given: Plan, told: Told[]): { attempts: string[]; route: string; verdict: Verdict } {
  const hops: Hop[] = [];
  const attempts: string[] = [];
  const outcomes = told.map(outcomeOf);
  const policy = route(given, hops);
  let step = policy.next();
  while (!step.done) {
    attempts.push(`${nameOf(step.value.target)}${step.value.again ? ' again' : ''}`);
    const outcome = outcomes.shift();
    if (outcome === undefined) throw new Error(`One attempt too many: ${attempts.join(', ')}`);
    step = policy.next(outcome);
  }
  expect(outcomes, `outcomes that were not asked for after ${attempts.join(', ')}`).toEqual([]);
  return { attempts, route: formatRoute(hops), verdict: step.value };
}

export function outcomeOf(told: Told): Outcome {
  const [first, second] = told.split(':');
  if (told === 'ok') return { type: 'committed' };
  if (first === 'barred') return { type: 'barred', bar: second as PlatformBar };
  if (first === 'cooling') return { type: 'cooling', kind: second as FailureKind };
  if (first === 'late') return { type: 'failure', failure: failure(second as FailureKind), timeUp: true };
  return { type: 'failure', failure: failure(told as FailureKind) };
}

export function nameOf(target: Parameters<typeof targetName>[0]): string {
  return target.type === 'platform' ? `platform ${target.provider}` : target.key.id.replace(/^pk_0*/, '').toLowerCase();
}

export function told(verdict: Verdict): string {
  if (verdict.type === 'served') return `served by ${nameOf(verdict.target)}${verdict.fallback ? ' as fallback' : ''}`;
  if (verdict.type === 'failed') return `${verdict.failure.kind} of ${nameOf(verdict.target)}`;
  return `nothing: ${verdict.bar}`;
}

export const exclusive = { fallbackEnabled: false };
