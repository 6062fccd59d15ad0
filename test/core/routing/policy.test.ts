import { describe, expect, it, test } from 'vitest';
import type { FailureKind } from '../../../functions/core/routing/failure.ts';
import type { Plan } from '../../../functions/core/routing/plan.ts';
import { formatRoute, type Hop, route } from '../../../functions/core/routing/policy.ts';
import { failure, keyId, own, plan, platform } from '../samples.ts';
import { exclusive, play, type Told, told } from './policy-script.ts';

interface Script {
  says: string;
  plan: Plan;
  outcomes: Told[];
  attempts: string[];
  verdict: string;
  /** Key ids shortened to their names. */
  route: string;
}

const scripts: Script[] = [
  {
    says: 'the first own key serves and nothing else is asked',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['ok'],
    attempts: ['a'],
    verdict: 'served by a',
    route: 'byok(a)=200',
  },
  {
    says: 'own keys in order, then the platform',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['credential', 'rate_limit', 'ok'],
    attempts: ['a', 'b', 'platform openai'],
    verdict: 'served by platform openai as fallback',
    route: 'byok(a)=credential, byok(b)=rate_limit, platform=200',
  },
  {
    says: 'without an own key the platform is no fallback',
    plan: plan([], [platform()]),
    outcomes: ['ok'],
    attempts: ['platform openai'],
    verdict: 'served by platform openai',
    route: 'platform=200',
  },
  {
    says: 'a second provider of a brand is asked when the first fails, with own keys and with the platform',
    plan: plan(
      [own('a', { provider: 'bedrock' }), own('b', { provider: 'vertex' })],
      [platform('bedrock'), platform('vertex')],
    ),
    outcomes: ['model_access', 'permission', 'overloaded', 'ok'],
    attempts: ['a', 'b', 'platform bedrock', 'platform vertex'],
    verdict: 'served by platform vertex as fallback',
    route: 'byok(a)=model_access, byok(b)=permission, platform=overloaded, platform=200',
  },
  {
    says: 'an exclusive key bars the platform, and the route says so',
    plan: plan([own('a', exclusive)], 'exclusive'),
    outcomes: ['credential'],
    attempts: ['a'],
    verdict: 'credential of a',
    route: 'byok(a)=credential, platform=skipped:exclusive',
  },
  {
    says: 'another own key may serve beside an exclusive one',
    plan: plan([own('a', exclusive), own('b')], 'exclusive'),
    outcomes: ['secret_unavailable', 'ok'],
    attempts: ['a', 'b'],
    verdict: 'served by b',
    route: 'byok(a)=secret_unavailable, byok(b)=200',
  },
  {
    says: 'fallback_on bars the platform for kinds that it does not name',
    plan: plan([own('a', { fallbackOn: ['quota'] })], [platform()]),
    outcomes: ['rate_limit'],
    attempts: ['a'],
    verdict: 'rate_limit of a',
    route: 'byok(a)=rate_limit, platform=skipped:fallback_on',
  },
  {
    says: 'fallback_on lets the platform step in for kinds that it names',
    plan: plan([own('a', { fallbackOn: ['quota'] })], [platform()]),
    outcomes: ['quota', 'ok'],
    attempts: ['a', 'platform openai'],
    verdict: 'served by platform openai as fallback',
    route: 'byok(a)=quota, platform=200',
  },
  {
    says: 'fallback_on decides about the platform only: the next own key is tried on any failure',
    plan: plan([own('a', { fallbackOn: [] }), own('b')], [platform()]),
    outcomes: ['rate_limit', 'rate_limit'],
    attempts: ['a', 'b'],
    verdict: 'rate_limit of a',
    route: 'byok(a)=rate_limit, byok(b)=rate_limit, platform=skipped:fallback_on',
  },
  {
    says: 'a cooling key is passed over for the platform',
    plan: plan([own('a', {}, 'rate_limit')], [platform()]),
    outcomes: ['ok'],
    attempts: ['platform openai'],
    verdict: 'served by platform openai as fallback',
    route: 'byok(a)=cooldown:rate_limit, platform=200',
  },
  {
    says: 'a cooling key is passed over for another own key, with the platform barred too',
    plan: plan([own('a', {}, 'quota'), own('b')], 'no_credit'),
    outcomes: ['ok'],
    attempts: ['b'],
    verdict: 'served by b',
    route: 'byok(a)=cooldown:quota, byok(b)=200',
  },
  {
    says: 'a cooling key that nothing could stand in for is tried',
    plan: plan([own('a', {}, 'quota')], 'byok_only'),
    outcomes: ['ok'],
    attempts: ['a'],
    verdict: 'served by a',
    route: 'byok(a)=200',
  },
  {
    says: 'when all keys are cooling and the platform is barred, they are tried in order',
    plan: plan([own('a', {}, 'quota'), own('b', {}, 'credential')], 'spend_cap'),
    outcomes: ['quota', 'credential'],
    attempts: ['a', 'b'],
    verdict: 'credential of b',
    route: 'byok(a)=quota, byok(b)=credential, platform=skipped:spend_cap',
  },
  {
    says: 'a key that was passed over is the last resort when another key bars the platform',
    plan: plan([own('a', {}, 'rate_limit'), own('b', { fallbackOn: [] })], [platform()]),
    outcomes: ['credential', 'ok'],
    attempts: ['b', 'a'],
    verdict: 'served by a',
    route: 'byok(a)=cooldown:rate_limit, byok(b)=credential, platform=skipped:fallback_on, byok(a)=200',
  },
  {
    says: 'a key that was passed over is the last resort when there is no credit after all',
    plan: plan([own('a', {}, 'rate_limit')], [platform()]),
    outcomes: ['barred:no_credit', 'ok'],
    attempts: ['platform openai', 'a'],
    verdict: 'served by a',
    route: 'byok(a)=cooldown:rate_limit, platform=skipped:no_credit, byok(a)=200',
  },
  {
    says: 'a key that was passed over is the last resort when the platform fails',
    plan: plan([own('a', {}, 'rate_limit')], [platform()]),
    outcomes: ['overloaded', 'rate_limit'],
    attempts: ['platform openai', 'a'],
    verdict: 'rate_limit of a',
    route: 'byok(a)=cooldown:rate_limit, platform=overloaded, byok(a)=rate_limit',
  },
  {
    says: 'the last own key is tried once more when the platform turns out to have no credentials',
    plan: plan([own('a')], [platform()]),
    outcomes: ['overloaded', 'barred:not_configured', 'ok'],
    attempts: ['a', 'platform openai', 'a again'],
    verdict: 'served by a',
    route: 'byok(a)=overloaded, platform=skipped:not_configured, byok(a)=200',
  },
  {
    says: 'a second platform provider is tried when the first has no credentials',
    plan: plan([], [platform('bedrock'), platform('vertex')]),
    outcomes: ['barred:not_configured', 'ok'],
    attempts: ['platform bedrock', 'platform vertex'],
    verdict: 'served by platform vertex',
    route: 'platform=skipped:not_configured, platform=200',
  },
  {
    says: 'nothing could be tried',
    plan: plan([], [platform()]),
    outcomes: ['barred:no_credit'],
    attempts: ['platform openai'],
    verdict: 'nothing: no_credit',
    route: 'platform=skipped:no_credit',
  },
  {
    says: 'only the last target is tried again, and only once',
    plan: plan([own('a'), own('b', exclusive)], 'exclusive'),
    outcomes: ['overloaded', 'overloaded', 'network'],
    attempts: ['a', 'b', 'b again'],
    verdict: 'overloaded of a',
    route: 'byok(a)=overloaded, byok(b)=overloaded, platform=skipped:exclusive, byok(b)=network',
  },
  {
    says: 'a target that did not answer in time is not called again: it may still be at work, and is paid',
    plan: plan([own('a'), own('b', exclusive)], 'exclusive'),
    outcomes: ['overloaded', 'timeout'],
    attempts: ['a', 'b'],
    verdict: 'timeout of b',
    route: 'byok(a)=overloaded, byok(b)=timeout, platform=skipped:exclusive',
  },
  {
    says: 'the platform as last target is tried again',
    plan: plan([own('a')], [platform()]),
    outcomes: ['rate_limit', 'overloaded', 'ok'],
    attempts: ['a', 'platform openai', 'platform openai again'],
    verdict: 'served by platform openai as fallback',
    route: 'byok(a)=rate_limit, platform=overloaded, platform=200',
  },
  {
    says: 'nothing is tried once time is up, neither the next target nor the same one again',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['overloaded', 'late:timeout'],
    attempts: ['a', 'b'],
    verdict: 'timeout of b',
    route: 'byok(a)=overloaded, byok(b)=timeout',
  },
  {
    says: 'a request that the second key finds bad is not sent to the platform',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['rate_limit', 'bad_request'],
    attempts: ['a', 'b'],
    verdict: 'bad_request of b',
    route: 'byok(a)=rate_limit, byok(b)=bad_request',
  },
  {
    says: 'a key that another request is trying is passed over, and tried as the last resort',
    plan: plan([own('a'), own('b')], 'no_credit'),
    outcomes: ['cooling:quota', 'credential', 'ok'],
    attempts: ['a', 'b', 'a'],
    verdict: 'served by a',
    route: 'byok(a)=cooldown:quota, byok(b)=credential, platform=skipped:no_credit, byok(a)=200',
  },
  {
    says: 'the platform is left alone while its credential cools down',
    plan: plan([], [platform()]),
    outcomes: ['cooling:credential'],
    attempts: ['platform openai'],
    verdict: 'nothing: cooldown',
    route: 'platform=cooldown:credential',
  },
  {
    says: 'a platform that turns out to be barred the second time does not hide what failed',
    plan: plan([], [platform()]),
    outcomes: ['overloaded', 'barred:no_credit'],
    attempts: ['platform openai', 'platform openai again'],
    verdict: 'overloaded of platform openai',
    route: 'platform=overloaded, platform=skipped:no_credit',
  },
  {
    says: 'the platform tried again is no fallback where there is no own key',
    plan: plan([], [platform()]),
    outcomes: ['overloaded', 'ok'],
    attempts: ['platform openai', 'platform openai again'],
    verdict: 'served by platform openai',
    route: 'platform=overloaded, platform=200',
  },
  {
    says: 'an own key tried again is no fallback',
    plan: plan([own('a')], 'no_credit'),
    outcomes: ['overloaded', 'ok'],
    attempts: ['a', 'a again'],
    verdict: 'served by a',
    route: 'byok(a)=overloaded, platform=skipped:no_credit, byok(a)=200',
  },
  {
    says: 'without own keys nobody is told that the platform was skipped',
    plan: plan([], 'no_credit'),
    outcomes: [],
    attempts: [],
    verdict: 'nothing: no_credit',
    route: '',
  },
  {
    says: 'with no target at all nothing is configured',
    plan: plan([], []),
    outcomes: [],
    attempts: [],
    verdict: 'nothing: not_configured',
    route: '',
  },
  {
    says: 'another own key that lets the platform in does not undo that the first one keeps it out',
    plan: plan([own('a', { fallbackOn: ['quota'] }), own('b')], [platform()]),
    outcomes: ['rate_limit', 'quota'],
    attempts: ['a', 'b'],
    verdict: 'quota of b',
    route: 'byok(a)=rate_limit, byok(b)=quota, platform=skipped:fallback_on',
  },
  {
    says: 'a second own key keeps the platform out by its own list, whatever the first allows',
    plan: plan([own('a'), own('b', { fallbackOn: ['quota'] })], [platform()]),
    outcomes: ['quota', 'rate_limit'],
    attempts: ['a', 'b'],
    verdict: 'quota of a',
    route: 'byok(a)=quota, byok(b)=rate_limit, platform=skipped:fallback_on',
  },
  {
    says: 'a missing permission is told before a request that another provider finds bad',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['permission', 'bad_request'],
    attempts: ['a', 'b'],
    verdict: 'permission of a',
    route: 'byok(a)=permission, byok(b)=bad_request',
  },
  {
    says: 'a missing permission is told before a content that another provider refuses',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['permission', 'content_filter'],
    attempts: ['a', 'b'],
    verdict: 'permission of a',
    route: 'byok(a)=permission, byok(b)=content_filter',
  },
  {
    says: 'a rate limit is told before a model that another account lacks',
    plan: plan([own('a')], [platform()]),
    outcomes: ['rate_limit', 'model_access'],
    attempts: ['a', 'platform openai'],
    verdict: 'rate_limit of a',
    route: 'byok(a)=rate_limit, platform=model_access',
  },
  {
    says: 'a caller who leaves ends it all, whatever failed before',
    plan: plan([own('a'), own('b')], [platform()]),
    outcomes: ['permission', 'cancelled'],
    attempts: ['a', 'b'],
    verdict: 'cancelled of b',
    route: 'byok(a)=permission, byok(b)=cancelled',
  },
];

describe('the policy, as scripts of outcomes', () => {
  test.each(scripts)('$says', (script) => {
    const played = play(script.plan, script.outcomes);
    expect(played.attempts).toEqual(script.attempts);
    expect(told(played.verdict)).toBe(script.verdict);
    expect(played.route.replace(/pk_0*(\w)/g, (_, name: string) => name.toLowerCase())).toBe(script.route);
  });

  it('notes each step with its target', () => {
    const hops: Hop[] = [];
    const [key, there] = [own('a'), platform()];
    const policy = route(plan([key], [there]), hops);
    expect(policy.next().value).toEqual({ target: key, again: false, passable: true });
    expect(policy.next({ type: 'cooling', kind: 'quota' }).value).toEqual({
      target: there,
      again: false,
      passable: true,
    });
    expect(policy.next({ type: 'barred', bar: 'no_credit' }).value).toEqual({ target: key, again: false });
    expect(policy.next({ type: 'committed' }).value).toEqual({ type: 'served', target: key, fallback: false });
    expect(hops).toEqual([
      { target: key, cooldown: 'quota' },
      { target: 'platform', skipped: 'no_credit' },
      { target: key, served: true },
    ]);
    const others: Hop[] = [];
    route(plan([], 'no_credit'), others).next();
    expect(others).toEqual([]);
    const barred = route(plan([own('a', {}, 'quota')], 'no_credit'), others);
    expect(barred.next().value).toMatchObject({ passable: false });
    barred.next({ type: 'failure', failure: failure('quota') });
    expect(others.at(-1)).toEqual({ target: 'platform', skipped: 'no_credit' });
  });

  it('shows the provider’s status in the route', () => {
    const hops: Hop[] = [{ target: own('a'), failure: failure('credential', { status: 401 }) }];
    expect(formatRoute(hops)).toBe(`byok(${keyId('a')})=credential:401`);
  });
});

describe('the failure that is told when all targets failed', () => {
  // docs/errors.md: permission, credential, quota, bad request, rate limit, the rest.
  const order: FailureKind[] = ['permission', 'credential', 'quota', 'rate_limit', 'secret_unavailable'];
  const pairs = order.flatMap((better, i) =>
    order.slice(i + 1).flatMap((worse) => [[better, worse, better] as const, [worse, better, better] as const]),
  );
  test.each(pairs)('own %s and platform %s: %s', (first, second, expected) => {
    const { verdict } = play(plan([own('a')], [platform()]), [first, second]);
    expect(verdict.type === 'failed' && verdict.failure.kind).toBe(expected);
  });

  test.each([
    ['overloaded', 2],
    ['timeout', 1],
    ['network', 2],
  ] as const)('a failure that someone can do something about comes before %s', (kind, calls) => {
    const outcomes = ['rate_limit' as const, ...Array.from({ length: calls }, () => kind)];
    expect(told(play(plan([own('a')], [platform()]), outcomes).verdict)).toBe('rate_limit of a');
  });
});
