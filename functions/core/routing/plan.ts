import type { KeyHealth, ProviderKey } from '../accounts/workspace.ts';
import type { SpendCap } from '../billing/spend-caps.ts';
import { coversModel, patternsOf } from '../catalogue/model-filter.ts';
import { hidesModel } from '../catalogue/model-names.ts';
import type { Candidate } from '../catalogue/models.ts';
import { GatewayError } from '../errors.ts';
import type { FailureKind } from './failure.ts';
import { healthVersionOf, standingOf } from './health.ts';
import { nothingLeft } from './nothing-left.ts';
import type { OwnTarget, PlatformBar, PlatformTarget } from './target.ts';

export interface Plan {
  own: OwnTarget[];
  platform: PlatformTarget[];
  platformBar: PlatformBar | null;
  /** The spend cap that bars the platform, or null. */
  cap: SpendCap | null;
  /** The own keys in whose place the platform serves or would: their caps bear on it, also when the caller leaves own keys out. */
  replaced?: OwnTarget[];
}

export type CredentialChoice = 'byok-first' | 'byok-only' | 'platform-only';

export interface PlanInput {
  /** What the caller asked for; for messages. */
  callerModel: string;
  candidates: Candidate[];
  /** Where else the model is served, out of reach for this API key: an exclusive key holds there, too. */
  outOfReach?: Candidate[];
  keys: ProviderKey[];
  health: Record<string, KeyHealth>;
  choice: CredentialChoice;
  pinnedKey: string | null;
  funds: 'available' | 'no_credit';
  /** The cap that is reached for requests which the platform serves in place of these own keys, if any; or null. */
  reachedCap(own: ProviderKey[]): SpendCap | null;
  /** The model's id in a region: some are called by the inference profile of the key's region. */
  locate(candidate: Candidate, region: string | null): Candidate;
  /** Epoch ms. */
  now: number;
}

/** Own keys that one request tries at most: a hundred keys that all fail would be a hundred calls, each of which the caller waits for. */
const mostTried = 10;

/** Which credentials may serve a request, in order (docs/api.md, "Credentials and fallback"). Throws `GatewayError` when there are none. */
export function planRequest(input: PlanInput): Plan {
  const { candidates, choice, pinnedKey } = input;
  const matching = input.keys.flatMap((key): OwnTarget[] => {
    if (!key.enabled) return [];
    const candidate = candidates.find((c) => takes(key, c, input));
    if (candidate === undefined) return [];
    return [ownTarget(input.locate(candidate, key.region), key)];
  });
  matching.sort((a, b) => inTurn(a.key, b.key));
  const reserved = input.keys.some(
    (key) => key.enabled && !key.fallbackEnabled && input.outOfReach?.some((candidate) => takes(key, candidate, input)),
  );
  if (reserved && matching.length === 0) {
    throw new GatewayError(
      'forbidden',
      'A provider key for this model is set to exclusive use, at a provider where this API key may not use the model.',
      {
        param: 'model',
        shouldRetry: false,
        hint: "Add the model at that provider to the API key's models, or allow fallback on the exclusive provider key.",
      },
    );
  }
  const exclusive =
    reserved ||
    matching.some((target) => !target.key.fallbackEnabled) ||
    input.keys.some((key) => key.enabled && !key.fallbackEnabled && candidates.some((each) => mayTake(key, each)));
  if (choice === 'platform-only' && exclusive) {
    throw new GatewayError(
      'forbidden',
      'A provider key for this model is set to exclusive use, so platform credentials may not serve it.',
      {
        param: 'x-keyway-credentials',
        hint: 'Leave out x-keyway-credentials, or allow fallback on the exclusive provider key.',
      },
    );
  }
  let own = choice === 'platform-only' ? [] : matching;
  if (pinnedKey !== null) own = pin(own, pinnedKey, input);
  const priced = candidates.flatMap((c): PlatformTarget[] =>
    c.offer?.price ? [{ type: 'platform', provider: c.provider, model: c.model, offer: c.offer, candidate: c }] : [],
  );
  const replaced = choice === 'platform-only' ? matching : own;
  const cap = input.reachedCap(replaced.map((target) => target.key));
  const platformBar = barOf(exclusive, choice, cap === null ? input.funds : 'spend_cap', priced.length > 0);
  if (own.length === 0 && platformBar !== null) throw nothingLeft(platformBar, input, cap);
  return {
    own: bounded(own.map((target) => ({ ...target, ...cooldownOf(target, input) }))),
    platform: platformBar === null ? priced : [],
    platformBar,
    cap: platformBar === 'spend_cap' ? cap : null,
    replaced,
  };
}

/** The first of them in their order, keys that are not passed over before those that are. */
function bounded(own: OwnTarget[]): OwnTarget[] {
  if (own.length <= mostTried) return own;
  const ready = own.filter(({ cooldown }) => cooldown === null).slice(0, mostTried);
  const cooling = own.filter(({ cooldown }) => cooldown !== null).slice(0, mostTried - ready.length);
  return own.filter((target) => ready.includes(target) || cooling.includes(target));
}

/** Whether a key is for this candidate, by the id that callers know or the one that its region calls. */
function takes(key: ProviderKey, candidate: Candidate, { callerModel, locate }: PlanInput): boolean {
  if (candidate.provider !== key.provider) return false;
  return (
    coversModel(patternsOf(key.models), candidate, callerModel) ||
    coversModel(patternsOf(key.models), locate(candidate, key.region), callerModel)
  );
}

/** Nobody knows what is behind the id: in doubt it is what an exclusive key is for. */
function mayTake(key: ProviderKey, { provider, model, base }: Candidate): boolean {
  return provider === key.provider && base === undefined && hidesModel(model);
}

/** An own key tried with a candidate. What is behind an id that hides its model is priced as that model. */
export function ownTarget({ provider, model, offer, base }: Candidate, key: ProviderKey): OwnTarget {
  return {
    ...{ type: 'byok', provider, model },
    ...(base !== undefined && { baseModel: base.model }),
    ...{ offer: offer ?? base?.offer ?? null, key, cooldown: null },
  };
}

function pin(own: OwnTarget[], id: string, input: PlanInput): OwnTarget[] {
  const found = own.filter((target) => target.key.id === id);
  if (found.length > 0) return found;
  const key = input.keys.find((k) => k.id === id);
  if (key === undefined)
    throw new GatewayError('not_found', 'There is no such provider key.', { param: 'x-keyway-provider-key' });
  const why =
    input.choice === 'platform-only'
      ? 'platform-only leaves own keys out'
      : key.enabled
        ? 'it does not take this model'
        : 'it is disabled';
  throw new GatewayError('validation_error', `The pinned provider key cannot be used: ${why}.`, {
    param: 'x-keyway-provider-key',
  });
}

function barOf(
  exclusive: boolean,
  choice: CredentialChoice,
  funds: PlanInput['funds'] | 'spend_cap',
  priced: boolean,
): PlatformBar | null {
  if (exclusive) return 'exclusive';
  if (choice === 'byok-only') return 'byok_only';
  if (!priced) return 'no_price';
  return funds === 'available' ? null : funds;
}

/** Exclusive keys and the pinned one are always tried. */
function cooldownOf(
  { key, model }: OwnTarget,
  { health, now, pinnedKey }: PlanInput,
): Pick<OwnTarget, 'cooldown' | 'probe'> {
  const standing = standingOf(health[key.id], healthVersionOf(key), model, now);
  if (standing.type === 'ready' || key.id === pinnedKey || !permits(key, standing.cooldown.kind))
    return { cooldown: null };
  return standing.type === 'cooling'
    ? { cooldown: standing.cooldown }
    : { cooldown: null, probe: standing.cooldown.kind };
}

/** Whether this key lets the platform step in after this kind of failure. */
export function permits(key: ProviderKey, kind: FailureKind): boolean {
  return key.fallbackEnabled && (key.fallbackOn === null || key.fallbackOn.includes(kind));
}

/** The order in which own keys are tried: by priority, then by age. */
export function inTurn(a: ProviderKey, b: ProviderKey): number {
  return a.priority - b.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
