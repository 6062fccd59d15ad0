import type { CredentialFacts } from '../../core/accounts/credential-form.ts';
import type { HealthChange, KeyHealth } from '../../core/accounts/workspace.ts';
import { type HealthRecords, platformOwner } from '../../core/ports.ts';
import { type Failure, type FailureKind, reachOf } from '../../core/routing/failure.ts';
import {
  afterClaim,
  afterFailure,
  afterRelease,
  afterSuccess,
  type HealthEvent,
  standingOf,
} from '../../core/routing/health.ts';

/**
 * Keeps a platform credential that its provider refuses out of the way, as cooldowns do for tenants' keys. What this process
 * learns holds at once; what others learnt, after one read every few seconds. Another version of a credential starts afresh,
 * because its name is another one.
 *
 * All workspaces use these credentials, and what one of them can bring about with a request of its own must not keep the others
 * off. So only two kinds of evidence count: what is about the credential itself (it is refused, its account's quota is used up),
 * at once; and a model's trouble (its rate limit, no access to it), for that model alone and only once a second workspace has
 * met with the same within a minute. One request that is too large for a limit per minute is answered like an exceeded limit
 * (OpenAI's 429 "Request too large"), and a wrong endpoint like a missing permission. An overloaded provider is no evidence:
 * malformed requests are answered with 500 as well, and asking again costs nothing.
 */
export interface PlatformCircuit {
  /** `claimed`: this request is the one that tries the credential after its cooldown. A kind: leave it alone for now. */
  enter(credentialKey: string, model: string): Promise<'open' | 'claimed' | FailureKind>;
  /**
   * Notes what became of a call; `failure` null: it served. The change, when there was one to write down. `workspaceId`: who asked;
   * without it a model's trouble is no evidence. `facts`: what the operator may be told of the credential. That it served is written down
   * every few minutes, as for tenants' keys.
   */
  note(
    credentialKey: string,
    model: string,
    failure: Failure | null,
    startedAt: number,
    workspaceId?: string,
    facts?: CredentialFacts,
  ): Promise<HealthChange | null>;
}

const sharedTtlMs = 5_000;
/** How long the first workspace's trouble with a model waits for a second one's. */
const corroborationMs = 60_000;
/** Models in trouble that are kept in mind: only those with a price get here, so this is never met. */
const mostTroubles = 500;
/** Names hold the version already. */
const version = 0;

export function createPlatformCircuit(deps: {
  records: HealthRecords;
  now(): number;
  random(): number;
}): PlatformCircuit {
  let known: Record<string, KeyHealth> = {};
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const troubles = new Map<string, { workspaceId: string; at: number }>();

  /** Whether a failure says something about the credential or the model, whoever asks. */
  const isEvidence = (id: string, model: string, failure: Failure, workspaceId: string | undefined): boolean => {
    // What is stored and is no credential keeps nobody off, but is noted: it fails for everybody.
    if (failure.kind === 'secret_unavailable') return true;
    const reach = reachOf(failure);
    if (reach !== 'model') return reach === 'key';
    if (workspaceId === undefined) return false;
    const name = JSON.stringify([id, model, failure.kind]);
    const first = troubles.get(name);
    const fresh = first !== undefined && deps.now() - first.at < corroborationMs;
    if (fresh && first.workspaceId !== workspaceId) return true;
    if (!fresh) {
      if (troubles.size >= mostTroubles) troubles.clear();
      troubles.set(name, { workspaceId, at: deps.now() });
    }
    return false;
  };

  const refresh = (): Promise<void> => {
    reading ??= deps.records
      .read(platformOwner)
      .then((records) => {
        known = records;
      })
      // What is known already has to do; the platform is not shut because its health cannot be read.
      .catch(() => undefined)
      .finally(() => {
        readAt = deps.now();
        reading = null;
      });
    return reading;
  };

  const event = (model: string, startedAt?: number): HealthEvent => ({
    version,
    model,
    now: deps.now(),
    random: deps.random(),
    ...(startedAt !== undefined && { startedAt }),
  });

  const update = async (
    id: string,
    change: (health: KeyHealth | undefined) => KeyHealth | null,
  ): Promise<HealthChange | null> => {
    const believed = known[id];
    const ours = change(believed);
    if (ours === null) return null;
    // At once, and also when it cannot be written: requests that run at the same time do not all write the same.
    known[id] = ours;
    const written = await deps.records.update(platformOwner, id, believed, change);
    if (written !== null) known[id] = written.after;
    else readAt = Number.NEGATIVE_INFINITY;
    return written;
  };

  return {
    async enter(id, model) {
      if (deps.now() - readAt > sharedTtlMs) await refresh();
      const standing = standingOf(known[id], version, model, deps.now());
      if (standing.type === 'ready') return 'open';
      if (standing.type === 'cooling') return standing.cooldown.kind;
      const claimed = await update(id, (health) => afterClaim(health, event(model))).catch(() => null);
      return claimed === null ? standing.cooldown.kind : 'claimed';
    },

    async note(id, model, failure, startedAt, workspaceId, facts) {
      const described = (health: KeyHealth | null) => health && (facts ? { ...health, credential: facts } : health);
      if (failure !== null && isEvidence(id, model, failure, workspaceId))
        return update(id, (health) => described(afterFailure(health, failure, event(model, startedAt))));
      if (failure !== null)
        return update(id, (health) => (health ? afterRelease(health, event(model, startedAt)) : null));
      return update(id, (health) => described(afterSuccess(health, event(model, startedAt))));
    },
  };
}
