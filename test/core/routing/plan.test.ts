import { describe, expect, it, test } from 'vitest';
import type { ProviderKey } from '../../../functions/core/accounts/workspace.ts';
import type { Candidate } from '../../../functions/core/catalogue/models.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import type { FailureKind } from '../../../functions/core/routing/failure.ts';
import { nothingLeft } from '../../../functions/core/routing/nothing-left.ts';
import { type PlanInput, permits, planRequest } from '../../../functions/core/routing/plan.ts';
import { targetName } from '../../../functions/core/routing/policy.ts';
import { keyHealth, keyId, modelOffer, providerKey } from '../samples.ts';

const now = Date.parse('2026-03-01T00:00:00Z');

function candidate(provider: string, model: string, priced = true): Candidate {
  return { provider, model, offer: modelOffer({ provider, model, price: priced ? { input: 1, output: 1 } : null }) };
}

const cap = { counter: 'workspace day 2026-11-23', limit: 1, name: 'the cap' };
const mini = candidate('openai', 'gpt-4o-mini');
const nova = [candidate('bedrock', 'amazon.nova-lite-v1:0'), candidate('vertex', 'nova-lite')];

function input(change: Partial<PlanInput> = {}): PlanInput {
  return {
    callerModel: 'gpt-4o-mini',
    candidates: [mini],
    keys: [],
    health: {},
    choice: 'byok-first',
    pinnedKey: null,
    funds: 'available',
    reachedCap: () => null,
    locate: (given) => given,
    now,
    ...change,
  };
}

/** `a, b | openai` for the targets, `a, b | skipped:exclusive` when the platform is barred. */
function planned(change: Partial<PlanInput>): string {
  const { own, platform, platformBar } = planRequest(input(change));
  const names = own.map(
    (target) =>
      targetName(target)
        .replace(/^byok\(pk_0*(.*)\)$/, '$1')
        .toLowerCase() + (target.cooldown ? ` cooling:${target.cooldown.kind}` : ''),
  );
  return `${names.join(', ')} | ${platformBar ? `skipped:${platformBar}` : platform.map(({ provider }) => provider).join(', ')}`;
}

function refusal(change: Partial<PlanInput>): string {
  try {
    return planned(change);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.status} ${error.code} ${error.details.param ?? ''}`.trim();
  }
}

const a = providerKey('a');
const b = providerKey('b');
const closed = providerKey('closed', { fallbackEnabled: false });

describe('who may serve a request', () => {
  test.each<[string, Partial<PlanInput>, string]>([
    ['own keys, then the platform', { keys: [a, b] }, 'a, b | openai'],
    [
      'the lowest priority first, ties oldest first',
      { keys: [b, a, providerKey('z', { priority: -1 })] },
      'z, a, b | openai',
    ],
    ['keys of other providers do not match', { keys: [providerKey('a', { provider: 'vertex' })] }, ' | openai'],
    ['a disabled key is left out', { keys: [providerKey('a', { enabled: false })] }, ' | openai'],
    [
      'a disabled exclusive key bars nothing',
      { keys: [providerKey('a', { enabled: false, fallbackEnabled: false })] },
      ' | openai',
    ],
    [
      'an exclusive key for other models bars nothing',
      { keys: [providerKey('a', { models: ['gpt-4.1'], fallbackEnabled: false })] },
      ' | openai',
    ],
    [
      'an allow-list lets its models through',
      { keys: [providerKey('a', { models: ['gpt-4o*'] }), providerKey('b', { models: ['o3'] })] },
      'a | openai',
    ],
    ['one exclusive key bars the platform for all', { keys: [a, closed] }, 'a, closed | skipped:exclusive'],
    [
      'an exclusive key bars the platform of every provider',
      { candidates: nova, keys: [providerKey('a', { provider: 'bedrock', fallbackEnabled: false })] },
      'a | skipped:exclusive',
    ],
    [
      'a brand is served by keys of both providers',
      { candidates: nova, keys: [providerKey('v', { provider: 'vertex' }), providerKey('b', { provider: 'bedrock' })] },
      'b, v | bedrock, vertex',
    ],
    ['byok-only bars the platform', { keys: [a], choice: 'byok-only' }, 'a | skipped:byok_only'],
    ['platform-only leaves own keys out', { keys: [a, b], choice: 'platform-only' }, ' | openai'],
    ['no credit bars the platform', { keys: [a], funds: 'no_credit' }, 'a | skipped:no_credit'],
    ['a spend cap on fallback bars the platform', { keys: [a], reachedCap: () => cap }, 'a | skipped:spend_cap'],
    [
      'a spend cap bars the platform from the request, not an own key',
      { keys: [a, b], pinnedKey: b.id, reachedCap: () => cap },
      'b | skipped:spend_cap',
    ],
    [
      'an unknown price bars the platform',
      { keys: [a], candidates: [candidate('openai', 'gpt-4o-mini', false)] },
      'a | skipped:no_price',
    ],
    [
      'a model that the catalogue does not know has no price',
      { keys: [a], candidates: [{ ...mini, offer: null }] },
      'a | skipped:no_price',
    ],
    [
      'the platform serves with those providers only whose price is known',
      { candidates: [candidate('bedrock', 'x', false), candidate('vertex', 'y')] },
      ' | vertex',
    ],
    ['a pinned key is the only own key, and the platform may follow', { keys: [a, b], pinnedKey: b.id }, 'b | openai'],
    [
      'a pinned key does not lift the bar of another exclusive key',
      { keys: [a, closed], pinnedKey: a.id },
      'a | skipped:exclusive',
    ],
    ['a pinned exclusive key stands alone', { keys: [a, closed], pinnedKey: closed.id }, 'closed | skipped:exclusive'],
  ])('%s', (_, change, expected) => {
    expect(planned(change)).toBe(expected);
  });

  test.each<[string, Partial<PlanInput>, string]>([
    [
      'platform-only against a matching exclusive key',
      { keys: [closed], choice: 'platform-only' },
      '403 forbidden x-keyway-credentials',
    ],
    ['a spend cap that is reached, without an own key', { reachedCap: () => cap }, '402 spend_cap_reached'],
    [
      'a spend cap that is reached, with own keys left out',
      { keys: [a], choice: 'platform-only', reachedCap: () => cap },
      '402 spend_cap_reached',
    ],
    ['byok-only without an own key', { choice: 'byok-only' }, '422 validation_error x-keyway-credentials'],
    ['no own key and no credit', { funds: 'no_credit' }, '402 insufficient_credits'],
    ['no own key and no price', { candidates: [candidate('openai', 'x', false)] }, '404 model_not_found model'],
    ['a pinned key that does not exist', { keys: [a], pinnedKey: keyId('x') }, '404 not_found x-keyway-provider-key'],
    [
      'a pinned key that is disabled',
      { keys: [providerKey('a', { enabled: false })], pinnedKey: a.id },
      '422 validation_error x-keyway-provider-key',
    ],
    [
      'a pinned key that does not take the model',
      { keys: [providerKey('a', { models: ['o3'] })], pinnedKey: a.id },
      '422 validation_error x-keyway-provider-key',
    ],
    [
      'a pinned key with platform-only',
      { keys: [a], pinnedKey: a.id, choice: 'platform-only' },
      '422 validation_error x-keyway-provider-key',
    ],
  ])('refused: %s', (_, change, expected) => {
    expect(refusal(change)).toBe(expected);
  });

  it('an exclusive key holds also where the API key may not use its provider', () => {
    const reserved = providerKey('closed', { provider: 'vertex', fallbackEnabled: false });
    const change = { candidates: nova.slice(0, 1), outOfReach: nova.slice(1), keys: [reserved] };
    expect(refusal(change)).toBe('403 forbidden model');
    expect(planned({ ...change, keys: [reserved, providerKey('a', { provider: 'bedrock' })] })).toBe(
      'a | skipped:exclusive',
    );
    expect(planned({ ...change, keys: [{ ...reserved, enabled: false }] })).toBe(' | bedrock');
  });

  it('a list of models may name a profile, whatever region the key calls: it is the same model', () => {
    const locate = (given: Candidate, region: string | null) =>
      region === null ? given : { ...given, model: `${region.slice(0, 2)}.${given.model}` };
    const exclusive = providerKey('closed', {
      provider: 'bedrock',
      region: 'us-east-1',
      models: ['us.amazon.nova-*'],
      fallbackEnabled: false,
    });
    expect(planned({ candidates: nova, locate, keys: [exclusive] })).toBe('closed | skipped:exclusive');
    expect(planned({ candidates: nova, locate, keys: [{ ...exclusive, region: 'eu-west-1' }] })).toBe(
      'closed | skipped:exclusive',
    );
    expect(planned({ candidates: nova, locate, keys: [{ ...exclusive, models: ['us.amazon.titan-*'] }] })).toBe(
      ' | bedrock, vertex',
    );
  });

  test.each<[string, Partial<PlanInput>, string[]]>([
    ['all own keys that would serve', { keys: [a, b] }, ['a', 'b']],
    ['the pinned one alone', { keys: [a, b], pinnedKey: b.id }, ['b']],
    ['the ones that the caller leaves out', { keys: [a, b], choice: 'platform-only' }, ['a', 'b']],
    ['none, where there is none', { keys: [providerKey('v', { provider: 'vertex' })] }, []],
  ])('asks for the caps of the keys that the platform stands in for: %s', (_, change, names) => {
    const asked: string[][] = [];
    const reachedCap = (keys: ProviderKey[]) => {
      asked.push(keys.map(({ id }) => id));
      return null;
    };
    const { replaced } = planRequest(input({ ...change, reachedCap }));
    expect(asked).toEqual([names.map(keyId)]);
    expect(replaced?.map(({ key }) => key.id)).toEqual(names.map(keyId));
  });

  it('tells the cap that is reached when it is what bars the platform, and not when something else does', () => {
    const capOf = (change: Partial<PlanInput>) =>
      planRequest(input({ keys: [a], reachedCap: () => cap, ...change })).cap;
    expect(capOf({})).toBe(cap);
    expect(capOf({ funds: 'no_credit' })).toBe(cap);
    expect(capOf({ choice: 'byok-only' })).toBeNull();
    expect(capOf({ keys: [closed] })).toBeNull();
    expect(capOf({ candidates: [candidate('openai', 'gpt-4o-mini', false)] })).toBeNull();
    expect(() => planRequest(input({ reachedCap: () => cap }))).toThrow('The cap is reached');
  });

  describe('with more own keys than one request tries', () => {
    const names = Array.from({ length: 30 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    const keys = names.map((name) => providerKey(name, { fallbackEnabled: name !== 'k29' }));
    const cooling = (...which: string[]) =>
      Object.fromEntries(
        which.map((name) => [
          keyId(name),
          keyHealth({ cooldowns: { '*': { kind: 'quota' as const, until: now + 1 } } }),
        ]),
      );

    it('tries the first ten, and an exclusive one beyond them bars the platform all the same', () => {
      expect(planned({ keys })).toBe(`${names.slice(0, 10).join(', ')} | skipped:exclusive`);
      expect(planned({ keys: keys.slice(0, 11) })).toBe(`${names.slice(0, 10).join(', ')} | openai`);
      expect(planned({ keys: keys.slice(0, 10) })).toBe(`${names.slice(0, 10).join(', ')} | openai`);
    });

    it('tries those that are not cooling down, and of the others as many as there is room for, in their order', () => {
      const some = keys.slice(0, 12);
      expect(planned({ keys: some, health: cooling('k00', 'k05') })).toBe(
        'k01, k02, k03, k04, k06, k07, k08, k09, k10, k11 | openai',
      );
      expect(planned({ keys: some, health: cooling('k03', 'k05', 'k07') })).toBe(
        'k00, k01, k02, k03 cooling:quota, k04, k06, k08, k09, k10, k11 | openai',
      );
      expect(planned({ keys: some, health: cooling('k00', 'k05', 'k07') })).toBe(
        'k00 cooling:quota, k01, k02, k03, k04, k06, k08, k09, k10, k11 | openai',
      );
    });

    it('tries a pinned one, wherever it stands', () => {
      expect(planned({ keys: keys.slice(0, 29), pinnedKey: keyId('k28') })).toBe('k28 | openai');
    });
  });

  it('sorts by priority from the lowest, whatever the order in which keys are stored', () => {
    const keys = [3, -2, 1, 0, 2, -1].map((priority, i) => providerKey('uvwxyz'[i] ?? '', { priority }));
    expect(planned({ keys })).toBe('v, z, x, w, y, u | openai');
  });

  it('calls the first of several models that a key takes, and names the platform as what it is', () => {
    const made = planRequest(input({ keys: [a], candidates: [mini, candidate('openai', 'gpt-4.1')] }));
    expect(made.own[0]?.model).toBe('gpt-4o-mini');
    expect(made.platform.map(({ type, model }) => [type, model])).toEqual([
      ['platform', 'gpt-4o-mini'],
      ['platform', 'gpt-4.1'],
    ]);
  });

  it('takes a key for a model that its list names as its region calls it', () => {
    const locate = (given: Candidate) => ({ ...given, model: 'called-elsewhere' });
    const keys = [providerKey('a', { models: ['called-elsewhere'] }), providerKey('b', { models: ['gpt-4o-mini'] })];
    expect(planned({ keys, locate })).toBe('a, b | openai');
  });

  it('keeps the platform off when an exclusive key covers one of several places out of reach', () => {
    const outOfReach = [candidate('bedrock', 'x'), candidate('vertex', 'y')];
    const keys = [a, providerKey('v', { provider: 'vertex', fallbackEnabled: false })];
    expect(planned({ keys, outOfReach })).toBe('a | skipped:exclusive');
    expect(refusal({ keys: keys.slice(1), outOfReach })).toBe('403 forbidden model');
  });

  it.each<[Partial<PlanInput>, string]>([
    [{ keys: [a], choice: 'platform-only' }, 'platform-only leaves own keys out'],
    [{ keys: [providerKey('a', { models: ['o3'] })] }, 'it does not take this model'],
    [{ keys: [providerKey('a', { enabled: false })] }, 'it is disabled'],
  ])('says why a pinned key cannot be used: %#', (change, why) => {
    expect(() => planRequest(input({ ...change, pinnedKey: a.id }))).toThrow(`cannot be used: ${why}.`);
  });

  it('calls the model by the id of the key’s region', () => {
    const plan = planRequest(
      input({
        keys: [providerKey('a', { region: 'eu-west-1' })],
        locate: (given, region) => ({ ...given, model: `${region}.${given.model}` }),
      }),
    );
    expect(plan.own[0]?.model).toBe('eu-west-1.gpt-4o-mini');
    expect(plan.platform[0]?.model).toBe('gpt-4o-mini');
  });
});

describe('cooldowns', () => {
  const soon = now + 1000;
  const cooling = (scope: string, kind: 'rate_limit' | 'quota' = 'rate_limit', until = soon) => ({
    [a.id]: keyHealth({ cooldowns: { [scope]: { kind, until } } }),
  });

  test.each<[string, Partial<PlanInput>, string]>([
    ['a cooldown of the whole key', { keys: [a], health: cooling('*') }, 'a cooling:rate_limit | openai'],
    ['a cooldown for this model', { keys: [a], health: cooling('gpt-4o-mini') }, 'a cooling:rate_limit | openai'],
    ['a cooldown for another model', { keys: [a], health: cooling('o3') }, 'a | openai'],
    ['a cooldown that is over', { keys: [a], health: cooling('*', 'rate_limit', now) }, 'a | openai'],
    ['a cooldown of an earlier version', { keys: [{ ...a, version: 2 }], health: cooling('*') }, 'a | openai'],
    ['an exclusive key', { keys: [{ ...a, fallbackEnabled: false }], health: cooling('*') }, 'a | skipped:exclusive'],
    ['a pinned key', { keys: [a, b], pinnedKey: a.id, health: cooling('*') }, 'a | openai'],
    [
      'a kind for which the key allows no fallback',
      { keys: [{ ...a, fallbackOn: ['quota'] }], health: cooling('*') },
      'a | openai',
    ],
    [
      'a kind for which the key allows fallback',
      { keys: [{ ...a, fallbackOn: ['quota'] }], health: cooling('*', 'quota') },
      'a cooling:quota | openai',
    ],
  ])('%s', (_, change, expected) => {
    expect(planned(change)).toBe(expected);
  });

  it('takes the later one when the key and the model both cool down', () => {
    const health = {
      [a.id]: keyHealth({
        cooldowns: { '*': { kind: 'quota', until: soon }, 'gpt-4o-mini': { kind: 'rate_limit', until: soon + 1 } },
      }),
    };
    expect(planned({ keys: [a], health })).toBe('a cooling:rate_limit | openai');
  });
});

describe('which failures a key lets the platform step in for', () => {
  test.each<[Partial<ProviderKey>, FailureKind, boolean]>([
    [{}, 'quota', true],
    [{ fallbackOn: ['quota'] }, 'quota', true],
    [{ fallbackOn: ['quota'] }, 'timeout', false],
    [{ fallbackOn: [] }, 'quota', false],
    [{ fallbackEnabled: false, fallbackOn: ['quota'] }, 'quota', false],
  ])('%j and %s: %s', (change, kind, expected) => {
    expect(permits(providerKey('a', change), kind)).toBe(expected);
  });
});

describe('the refusal when nothing could be tried', () => {
  test.each([
    ['no_credit', 'insufficient_credits', false],
    ['spend_cap', 'spend_cap_reached', false],
    ['no_price', 'model_not_found', undefined],
    ['not_configured', 'provider_secret_unavailable', undefined],
    ['cooldown', 'provider_unavailable', undefined],
    ['exclusive', 'validation_error', undefined],
    ['fallback_on', 'validation_error', undefined],
  ] as const)('%s is told as %s, with a hint', (bar, code, shouldRetry) => {
    const error = nothingLeft(bar, { callerModel: 'gpt-4o-mini' });
    expect(error.code).toBe(code);
    expect(error.details.shouldRetry).toBe(shouldRetry);
    expect(error.details.hint).not.toBe('');
    expect(error.details.hint).toBeDefined();
  });
});
