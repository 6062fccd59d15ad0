import type { Cooldown, KeyHealth, ProviderKey } from '../accounts/workspace.ts';
import { isModelId } from '../catalogue/model-names.ts';
import { type Failure, type FailureKind, reachOf } from './failure.ts';

/** How long a first failure of each kind keeps a key aside, in ms, when the provider does not say; doubled with each further one. */
const baseCooldowns: Partial<Record<FailureKind, number>> = {
  credential: 30_000,
  permission: 30_000,
  quota: 60_000,
  rate_limit: 5_000,
  model_access: 30_000,
};

const longestCooldown = 15 * 60_000;
/** A provider may name a far reset; the key is still looked at once an hour. */
const longestRetryAfter = 60 * 60_000;
/** How old `last_used_at` may get before a success is written down: the hot path writes nothing meanwhile. */
const lastUsedResolution = 5 * 60_000;
/** An exclusive key that keeps failing is written down once a minute, not per request. */
const repeatResolution = 60_000;
/** How long the one request that tries a key again keeps the others off. Should it die, another one tries after that. */
const probeLease = 15_000;
/**
 * Callers choose the models' names, and every request reads the health of all keys: only the latest cooldowns are kept, and of them no
 * more than fit. The keys of a workspace share the room, so that many keys take no more of the item than twenty.
 */
const mostCooldowns = 20;
const mostCooldownChars = 1500;
const cooldownCharsOfAll = 30_000;
/** Of a message whose characters JSON writes long. */
const longestMessage = { chars: 300, json: 600, otherwise: 100 };
/** Longer names keep their beginning and end, which tell them apart well enough. */
const longestScope = 120;

/** Failures that say something about the key. An overloaded provider says nothing about it. */
export function concernsKey(kind: FailureKind): boolean {
  return baseCooldowns[kind] !== undefined || kind === 'secret_unavailable';
}

export interface HealthEvent {
  version: number;
  model: string;
  /** Epoch ms. */
  now: number;
  /** Between 0 and 1, for jitter. */
  random: number;
  /** How many keys share the item; absent: one. */
  keys?: number;
  /** When the request began, epoch ms: a success that began before a failure says nothing about what came after. */
  startedAt?: number;
}

/**
 * What is to be done with a key now. `cooling`: pass it over. `probe`: its cooldown is over, and one request may find out
 * whether the key is well again; which one is settled by `afterClaim`, written under a condition.
 */
export type Standing =
  | { type: 'ready' }
  | { type: 'cooling'; cooldown: Cooldown }
  | { type: 'probe'; cooldown: Cooldown };

/** What the health of a key is told apart by. */
export function healthVersionOf(key: ProviderKey): number {
  return key.healthVersion ?? key.version;
}

export function standingOf(known: KeyHealth | undefined, version: number, model: string, now: number): Standing {
  if (known === undefined || known.version !== version) return { type: 'ready' };
  const found = ['*', scopeOf(model)]
    .flatMap((scope) => cooldownOf(known, scope) ?? [])
    .sort((a, b) => b.until - a.until)[0];
  if (found === undefined) return { type: 'ready' };
  return { type: found.until > now ? 'cooling' : 'probe', cooldown: found };
}

/** The health while one request tries a key whose cooldown is over; null when another one does already, or nothing is left to find out. */
export function afterClaim(known: KeyHealth | undefined, event: HealthEvent): KeyHealth | null {
  if (known === undefined || standingOf(known, event.version, event.model, event.now).type !== 'probe') return null;
  return {
    ...known,
    cooldowns: replaceScopes(known, event, (cooldown) => ({
      ...cooldown,
      until: event.now + probeLease,
      probing: true,
    })),
  };
}

/** The health when the one request that tried the key learnt nothing about it: the next one may try. */
export function afterRelease(known: KeyHealth | undefined, event: HealthEvent): KeyHealth | null {
  if (known?.version !== event.version) return null;
  const released = replaceScopes(known, event, ({ probing, ...rest }) =>
    probing ? { ...rest, until: event.now } : rest,
  );
  return JSON.stringify(released) === JSON.stringify(known.cooldowns) ? null : { ...known, cooldowns: released };
}

/** The health after a failure; null when nothing worth a write changed. */
export function afterFailure(known: KeyHealth | undefined, failure: Failure, event: HealthEvent): KeyHealth | null {
  const before = current(known, event.version);
  const at = new Date(event.now).toISOString();
  const scope = reachOf(failure) === 'model' ? scopeOf(event.model) : '*';
  const active = cooldownOf(before, scope);
  const repeats =
    before.state === 'failing' &&
    before.lastError?.kind === failure.kind &&
    event.now - Date.parse(before.lastError.at) < repeatResolution;
  const base = baseCooldowns[failure.kind];
  const holds = active !== undefined && active.until > event.now && !active.probing;
  if (repeats && (base === undefined || holds)) return null;
  const failures = before.failures + 1;
  const cooldowns = { ...before.cooldowns };
  if (base !== undefined) {
    // Counted for each scope: a model that the key may never use must not lengthen what one 429 of another model brings.
    const inARow = active === undefined ? 1 : (active.inARow ?? 1) + 1;
    const until = event.now + cooldownMs(base, inARow, failure.retryAfterMs, event.random);
    // A request that began earlier must not shorten what a later answer said.
    cooldowns[scope] = {
      kind: failure.kind,
      until: holds ? Math.max(until, active.until) : until,
      ...(inARow > 1 && { inARow }),
    };
  }
  return {
    version: event.version,
    state: 'failing',
    since: before.state === 'failing' ? before.since : at,
    lastError: {
      kind: failure.kind,
      status: failure.status,
      code: failure.code,
      message: shortened(failure.message),
      at,
    },
    failures,
    cooldowns: latest(cooldowns, Math.min(mostCooldownChars, cooldownCharsOfAll / (event.keys ?? 1))),
    lastUsedAt: at,
  };
}

/** The health after a success; null when nothing worth a write changed. */
export function afterSuccess(known: KeyHealth | undefined, event: HealthEvent): KeyHealth | null {
  const before = current(known, event.version);
  if (
    before.state === 'failing' &&
    before.lastError !== null &&
    event.startedAt !== undefined &&
    Date.parse(before.lastError.at) > event.startedAt
  )
    return null;
  const cooldowns = prune(before.cooldowns, event.now);
  const model = scopeOf(event.model);
  const lifts =
    before.state === 'failing' &&
    (cooldowns['*'] !== undefined || cooldowns[model] !== undefined || Object.keys(cooldowns).length === 0);
  const stale = before.lastUsedAt === null || event.now - Date.parse(before.lastUsedAt) > lastUsedResolution;
  if (!lifts && !stale && known?.version === event.version) return null;
  const at = new Date(event.now).toISOString();
  delete cooldowns['*'];
  delete cooldowns[model];
  const failing = Object.keys(cooldowns).length > 0;
  return {
    ...before,
    state: failing ? 'failing' : 'ok',
    since: before.since === null || (before.state === 'failing') !== failing ? at : before.since,
    failures: failing ? before.failures : 0,
    cooldowns,
    lastUsedAt: at,
  };
}

/** Until when some cooldown lasts, ISO 8601; null: none does. */
export function coolingUntil(health: KeyHealth | undefined, now: number): string | null {
  const latest = Math.max(0, ...Object.values(health?.cooldowns ?? {}).map((cooldown) => cooldown.until));
  return latest > now ? new Date(latest).toISOString() : null;
}

/** `Retry-After` wins; otherwise doubling. Up to a tenth more as jitter, so that processes do not come back together. */
function cooldownMs(base: number, inARow: number, retryAfterMs: number | undefined, random: number): number {
  const span =
    retryAfterMs === undefined
      ? Math.min(base * 2 ** Math.min(inARow - 1, 20), longestCooldown)
      : Math.min(retryAfterMs, longestRetryAfter);
  return Math.round(span * (1 + random / 10));
}

function current(known: KeyHealth | undefined, version: number): KeyHealth {
  const lastUsedAt = known?.lastUsedAt ?? null;
  if (known === undefined || known.version !== version)
    return { version, state: 'ok', since: null, lastError: null, failures: 0, cooldowns: {}, lastUsedAt };
  return known;
}

/** Callers choose the models' names: `constructor` is none that every object has. */
function cooldownOf({ cooldowns }: KeyHealth, scope: string): Cooldown | undefined {
  return Object.hasOwn(cooldowns, scope) ? cooldowns[scope] : undefined;
}

function replaceScopes(
  known: KeyHealth,
  event: HealthEvent,
  replace: (cooldown: Cooldown) => Cooldown,
): Record<string, Cooldown> {
  const model = scopeOf(event.model);
  return Object.fromEntries(
    Object.entries(known.cooldowns).map(([scope, cooldown]) => [
      scope,
      scope === '*' || scope === model ? replace(cooldown) : cooldown,
    ]),
  );
}

function prune(cooldowns: Record<string, Cooldown>, now: number): Record<string, Cooldown> {
  return Object.fromEntries(Object.entries(cooldowns).filter(([, cooldown]) => cooldown.until > now));
}

/** A model's scope. No caller can name the key-wide one: a model that is called `*` is none, and what is no id has none of its own. */
function scopeOf(model: string): string {
  if (!isModelId(model)) return '?';
  return model.length <= longestScope ? model : `${model.slice(0, longestScope / 2)}…${model.slice(-longestScope / 2)}`;
}

/** What covers the whole key stays; of the models those that last longest, the rest is forgotten. */
function latest(cooldowns: Record<string, Cooldown>, mostChars: number): Record<string, Cooldown> {
  const rank = ([scope, { until }]: [string, Cooldown]) => (scope === '*' ? Number.POSITIVE_INFINITY : until);
  const kept: [string, Cooldown][] = [];
  let chars = 0;
  for (const entry of Object.entries(cooldowns).sort((a, b) => rank(b) - rank(a))) {
    chars += JSON.stringify(entry).length;
    if (kept.length === mostCooldowns || chars > mostChars) break;
    kept.push(entry);
  }
  return kept.length === Object.keys(cooldowns).length ? cooldowns : Object.fromEntries(kept);
}

function shortened(message: string): string {
  const { chars, json, otherwise } = longestMessage;
  const short = message.slice(0, chars);
  return JSON.stringify(short).length > json ? short.slice(0, otherwise) : short;
}
