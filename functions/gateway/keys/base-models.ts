import type { ProviderKey } from '../../core/accounts/workspace.ts';
import { declaredBase } from '../../core/catalogue/model-filter.ts';
import { hidesModel } from '../../core/catalogue/model-names.ts';
import type { Candidate, Catalogue } from '../../core/catalogue/models.ts';
import { inTurn, ownTarget } from '../../core/routing/plan.ts';
import type { Upstream } from '../../core/routing/upstream.ts';
import type { CredentialSource } from './credentials.ts';

/** Some ids say nothing of the model behind them, such as the ARN of an application inference profile: what it is, the key or the provider tells. */
export interface BaseModels {
  /** The candidates, with the model behind those whose id hides it, as far as it is known. At once for all others. Never rejects. */
  find(candidates: Candidate[], asked: BaseModelQuestion): Promise<Candidate[]>;
}

export interface BaseModelQuestion {
  catalogue: Pick<Catalogue, 'resolve'>;
  workspaceId: string;
  /** The workspace's. */
  keys: ProviderKey[];
  /** Whether the provider may be asked with this key. */
  mayAsk(key: ProviderKey): boolean;
}

interface BaseModelDeps {
  upstream(name: string): Promise<Upstream>;
  credentials: Pick<CredentialSource, 'resolve'>;
  now(): number;
}

/** The first request of a process waits for the answer so long. */
const timeoutMs = 2000;
/** What is behind an id never changes; that the provider does not tell may: it is asked again, and nobody waits for that. */
const retryMs = 10 * 60_000;
const mostKnown = 1000;
/** Keys that are asked with for one id: most keys of a workspace are of one account. */
const mostAsked = 3;

interface Lookup {
  asking: Promise<string | null>;
  /** What came last; undefined while nothing has. */
  told: string | null | undefined;
  /** Epoch ms. */
  until: number;
}

export function createBaseModels(deps: BaseModelDeps): BaseModels {
  /** By the credential that may see it and the id. */
  const lookups = new Map<string, Lookup>();

  const ask = async (
    candidate: Candidate,
    key: ProviderKey,
    workspaceId: string,
    signal: AbortSignal,
  ): Promise<string | null> => {
    try {
      const upstream = await deps.upstream(candidate.provider);
      if (upstream.modelBehind === undefined) return null;
      const resolved = await deps.credentials.resolve(ownTarget(candidate, key), workspaceId);
      const { credential, credentialKey, region, learn: authenticated } = resolved;
      return await upstream.modelBehind({
        model: candidate.model,
        credential,
        credentialKey,
        region,
        authenticated,
        signal,
      });
    } catch {
      // The request itself will tell what is wrong with the key.
      return null;
    }
  };

  const look = (name: string, begin: () => Promise<string | null>): string | null | Promise<string | null> => {
    const before = lookups.get(name);
    if (before !== undefined && before.until > deps.now())
      return before.told === undefined ? before.asking : before.told;
    const lookup: Lookup = { asking: begin(), told: before?.told, until: Number.POSITIVE_INFINITY };
    lookups.set(name, lookup);
    forgetOldest(lookups);
    lookup.asking = lookup.asking.then((base) => {
      lookup.told = base;
      if (base === null) lookup.until = deps.now() + retryMs;
      return base;
    });
    return lookup.told === undefined ? lookup.asking : lookup.told;
  };

  const learn = async (candidate: Candidate, asked: BaseModelQuestion): Promise<string | null> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const keys = asked.keys.filter((key) => key.provider === candidate.provider && asked.mayAsk(key));
    for (const key of keys.slice(0, mostAsked)) {
      if (signal.aborted) break;
      const name = `${key.id}@${key.secretVersion} ${candidate.model}`;
      const base = await look(name, () => ask(candidate, key, asked.workspaceId, signal));
      if (base !== null) return base;
    }
    return null;
  };

  return {
    async find(candidates, asked) {
      if (!candidates.some(({ model }) => hidesModel(model))) return candidates;
      const keys = asked.keys.filter(({ enabled }) => enabled).sort(inTurn);
      return Promise.all(
        candidates.map(async (candidate) => {
          if (!hidesModel(candidate.model)) return candidate;
          const base = declared(candidate, keys) ?? (await learn(candidate, { ...asked, keys }));
          return base === null ? candidate : { ...candidate, base: known(base, candidate.provider, asked.catalogue) };
        }),
      );
    },
  };
}

/** What the keys say, if they agree. */
function declared(candidate: Candidate, keys: ProviderKey[]): string | null {
  const said = new Set(
    keys.flatMap(({ provider, models }) =>
      provider === candidate.provider ? (declaredBase(models, candidate) ?? []) : [],
    ),
  );
  const [first, ...others] = said;
  return first === undefined || others.length > 0 ? null : first;
}

/** The base model may be named as callers name models, or as its provider does. */
function known(base: string, provider: string, catalogue: BaseModelQuestion['catalogue']): Candidate['base'] {
  const found = [base, `${provider}/${base}`]
    .flatMap((id) => catalogue.resolve(id))
    .find((candidate) => candidate.provider === provider);
  return { model: found?.model ?? base, offer: found?.offer ?? null };
}

function forgetOldest(lookups: Map<string, unknown>): void {
  if (lookups.size <= mostKnown) return;
  const oldest = lookups.keys().next().value;
  if (oldest !== undefined) lookups.delete(oldest);
}
