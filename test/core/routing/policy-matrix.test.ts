import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type FailureKind, failureKinds } from '../../../functions/core/routing/failure.ts';
import type { Plan } from '../../../functions/core/routing/plan.ts';
import { type Outcome, route } from '../../../functions/core/routing/policy.ts';
import type { PlatformBar } from '../../../functions/core/routing/target.ts';
import { failure, own, plan, platform } from '../samples.ts';
import { exclusive, nameOf, outcomeOf, play, type Told, told } from './policy-script.ts';

const retried = new Set<FailureKind>(['overloaded', 'network']);
const stops = new Set<FailureKind>(['bad_request', 'content_filter', 'cancelled']);

type Mode = { name: string; key: { fallbackEnabled?: boolean; fallbackOn?: FailureKind[] } };

/** Every failure kind × kind of key × number of own keys × platform available or barred, with the attempts that must follow. */
const matrix = failureKinds.flatMap((kind) => {
  const others = failureKinds.filter((other) => other !== kind);
  const modes: Mode[] = [
    { name: 'fallback', key: {} },
    { name: 'exclusive', key: exclusive },
    { name: 'fallback_on that names it', key: { fallbackOn: [kind] } },
    { name: 'fallback_on that does not name it', key: { fallbackOn: others } },
  ];
  return modes.flatMap((mode) =>
    [1, 2].flatMap((keys) =>
      ([null, 'byok_only', 'no_credit', 'spend_cap', 'no_price'] as const).map((bar) => ({
        kind,
        mode: mode.name,
        keys,
        platform: bar ?? 'available',
        plan: plan(
          ['a', 'b'].slice(0, keys).map((name) => own(name, mode.key)),
          mode.key.fallbackEnabled === false ? 'exclusive' : (bar ?? [platform()]),
        ),
        platformMayServe:
          bar === null && (mode.name === 'fallback' || mode.name === 'fallback_on that names it') && !stops.has(kind),
      })),
    ),
  );
});

describe(`the fault matrix (${matrix.length} cells)`, () => {
  test.each(matrix)('$kind, $mode, $keys own, platform $platform', ({ kind, keys, plan: given, platformMayServe }) => {
    const names = stops.has(kind) ? ['a'] : ['a', 'b'].slice(0, keys);
    const last = names.at(-1);
    const again = retried.has(kind) && !platformMayServe;
    const expected = [...names, ...(platformMayServe ? ['platform openai'] : []), ...(again ? [`${last} again`] : [])];
    const outcomes: Told[] = [
      ...names.map(() => kind),
      ...(platformMayServe ? ['ok' as const] : []),
      ...(again ? [kind] : []),
    ];
    const played = play(given, outcomes);
    expect(played.attempts).toEqual(expected);
    expect(told(played.verdict)).toBe(platformMayServe ? 'served by platform openai as fallback' : `${kind} of a`);
  });
});

describe('any plan and any outcomes', () => {
  const ownTarget = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    change: fc.record({ fallbackEnabled: fc.boolean(), fallbackOn: fc.option(fc.subarray([...failureKinds])) }),
    cooldown: fc.option(fc.constantFrom<FailureKind>('rate_limit', 'quota', 'credential')),
  });
  const anyPlan = fc.record({
    owns: fc.uniqueArray(ownTarget, { maxLength: 4, selector: ({ name }) => name }),
    platforms: fc.uniqueArray(fc.constantFrom('openai', 'bedrock', 'vertex'), { maxLength: 3 }),
    bar: fc.option(fc.constantFrom<PlatformBar>('byok_only', 'no_credit', 'spend_cap', 'no_price')),
  });
  const outcome = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Told>(...failureKinds) },
    fc.constantFrom<Told>('ok', 'barred:no_credit', 'barred:not_configured', 'late:timeout'),
  );

  /** As `planRequest` makes plans: an exclusive key bars the platform and is never passed over. */
  function toPlan({
    owns,
    platforms,
    bar,
  }: {
    owns: { name: string; change: object; cooldown: FailureKind | null }[];
    platforms: string[];
    bar: PlatformBar | null;
  }): Plan {
    const targets = owns.map(({ name, change, cooldown }) =>
      own(name, change, 'fallbackEnabled' in change && change.fallbackEnabled === false ? null : cooldown),
    );
    const closed = targets.some(({ key }) => !key.fallbackEnabled) ? 'exclusive' : bar;
    return plan(targets, closed ?? platforms.map((name) => platform(name)));
  }

  it('never asks the platform when a key is exclusive, ends, and tries no target more than twice', () => {
    fc.assert(
      fc.property(anyPlan, fc.array(outcome, { minLength: 20, maxLength: 20 }), (shape, outcomes) => {
        const given = toPlan(shape);
        const policy = route(given, []);
        const counts = new Map<string, number>();
        let before: Outcome | null = null;
        let step = policy.next();
        for (const each of outcomes) {
          if (step.done) break;
          const { target, again } = step.value;
          if (given.own.some(({ key }) => !key.fallbackEnabled)) expect(target.type).toBe('byok');
          if (given.platformBar !== null) expect(target.type).toBe('byok');
          if (again)
            expect(before?.type === 'barred' || (before?.type === 'failure' && retried.has(before.failure.kind))).toBe(
              true,
            );
          counts.set(nameOf(target), (counts.get(nameOf(target)) ?? 0) + 1);
          before = outcomeOf(target.type === 'byok' && each.startsWith('barred') ? 'quota' : each);
          step = policy.next(before);
        }
        expect(step.done).toBe(true);
        expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(2);
        expect([...counts.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('tries every own key before it says that all failed, unless it was told to stop', () => {
    fc.assert(
      fc.property(
        anyPlan,
        fc.constantFrom<FailureKind>(
          'credential',
          'permission',
          'quota',
          'rate_limit',
          'model_access',
          'secret_unavailable',
        ),
        (shape, kind) => {
          const given = toPlan(shape);
          const policy = route(given, []);
          const tried: string[] = [];
          let step = policy.next();
          while (!step.done) {
            tried.push(nameOf(step.value.target));
            step = policy.next({ type: 'failure', failure: failure(kind) });
          }
          for (const target of given.own) expect(tried).toContain(nameOf(target));
        },
      ),
    );
  });
});
