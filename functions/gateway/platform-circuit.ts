import type { HealthChange, KeyHealth } from '../core/accounts/workspace.ts';
import { type HealthRecords, platformOwner } from '../core/ports.ts';
import type { Failure, FailureKind } from '../core/routing/failure.ts';
import {
  afterClaim,
  afterFailure,
  afterRelease,
  afterSuccess,
  concernsKey,
  type HealthEvent,
  standingOf,
} from '../core/routing/health.ts';

/**
 * Keeps a platform credential that its provider refuses out of the way, as cooldowns do for tenants' keys. What this process
 * learns holds at once; what others learnt, after one read every few seconds. Another version of a credential starts afresh,
 * because its name is another one.
 */
export interface PlatformCircuit {
  /** `claimed`: this request is the one that tries the credential after its cooldown. A kind: leave it alone for now. */
  enter(credentialKey: string, model: string): Promise<'open' | 'claimed' | FailureKind>;
  /** Notes what became of a call; `failure` null: it served. The change, when there was one to write down. */
  note(credentialKey: string, model: string, failure: Failure | null, startedAt: number): Promise<HealthChange | null>;
}

const sharedTtlMs = 5_000;
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
    const ours = change(known[id]);
    if (ours === null) return null;
    const written = await deps.records.update(platformOwner, id, known[id], change).catch((error: unknown) => {
      known[id] = ours;
      throw error;
    });
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

    async note(id, model, failure, startedAt) {
      if (failure !== null && concernsKey(failure.kind))
        return update(id, (health) => afterFailure(health, failure, event(model, startedAt)));
      const health = known[id];
      if (health === undefined || (health.state === 'ok' && Object.keys(health.cooldowns).length === 0)) return null;
      return update(id, (current) =>
        current === undefined
          ? null
          : (failure === null ? afterSuccess : afterRelease)(current, event(model, startedAt)),
      );
    },
  };
}
