import type { HealthChange, KeyHealth } from '../../core/accounts/workspace.ts';
import type { NanoUsd } from '../../core/billing/money.ts';
import { nameOf } from '../../core/errors.ts';
import type { Events, FallbackCounts, HealthRecords } from '../../core/ports.ts';
import {
  afterClaim,
  afterFailure,
  afterRelease,
  afterSuccess,
  concernsKey,
  type HealthEvent,
  healthVersionOf,
} from '../../core/routing/health.ts';
import { type HealthSubject, toEvent } from '../../core/routing/health-event.ts';
import { type Hop, isOwn, targetName } from '../../core/routing/policy.ts';
import type { OwnTarget, PlatformTarget } from '../../core/routing/target.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import type { Principal } from '../access/authenticate.ts';
import type { Dispatched } from '../inference/dispatched.ts';
import type { PlatformCircuit } from './platform-circuit.ts';
import type { Recently } from './recently.ts';

export interface HealthNoteDeps {
  health: HealthRecords;
  fallbacks: FallbackCounts;
  circuit: PlatformCircuit;
  recent: Recently;
  /** Null: nobody is told. */
  events: Events | null;
  now(): number;
  random(): number;
  /** The last resort when a store fails: one JSON line in the function's log. */
  report(event: string, details: object): void;
}

/** Whether this request is the one that tries a key again after its cooldown. What was written is noted in `principal`. */
export async function claimProbe(
  principal: Principal,
  { key, model }: OwnTarget,
  deps: HealthNoteDeps,
): Promise<boolean> {
  const event = { version: healthVersionOf(key), model, now: deps.now(), random: deps.random() };
  try {
    const claimed = await deps.health.update(principal.workspace.id, key.id, principal.health[key.id], (known) =>
      afterClaim(known, event),
    );
    if (claimed !== null) principal.health[key.id] = claimed.after;
    return claimed !== null;
  } catch {
    return false;
  }
}

/** Notes how every credential of a request fared, and what its fallback cost. A store that fails never fails the answer. */
export async function noteHealth(
  asked: { requestId: string; at: number; operation?: UpstreamCall['operation'] },
  principal: Principal,
  dispatched: Dispatched,
  charged: NanoUsd,
  deps: HealthNoteDeps,
): Promise<void> {
  const workspaceId = principal.workspace.id;
  const served = dispatched.verdict.type === 'served' ? dispatched.verdict : null;
  const notes: Promise<void>[] = [];
  for (const hop of lastCalls(dispatched.hops).values()) {
    if (asked.operation === 'count' && !tellsOfInference(hop)) continue;
    const { target } = hop;
    const note = isOwn(target)
      ? noteOwn(asked, principal, target, hop, deps)
      : notePlatform(asked, workspaceId, target, hop, deps);
    notes.push(
      orReport(
        'health_write_failed',
        { workspace_id: workspaceId, provider: target.provider, key: isOwn(target) ? target.key.id : null },
        note,
        deps,
      ),
    );
  }
  for (const id of served?.fallback ? failedKeys(dispatched.hops) : []) {
    notes.push(
      orReport(
        'fallback_count_failed',
        { workspace_id: workspaceId, key: id, cost: charged },
        deps.fallbacks.add(workspaceId, id, deps.now(), charged),
        deps,
      ),
    );
  }
  await Promise.all(notes);
}

/** After a test of a key has succeeded: as good as a request that did. */
export async function noteRecovery(
  requestId: string,
  principal: Principal,
  target: OwnTarget,
  startedAt: number,
  deps: HealthNoteDeps,
): Promise<void> {
  if (principal.health[target.key.id]?.state !== 'failing') return;
  const note = noteOwn({ requestId, at: startedAt }, principal, target, { target, served: true }, deps);
  await orReport(
    'health_write_failed',
    { workspace_id: principal.workspace.id, provider: target.provider, key: target.key.id },
    note,
    deps,
  );
}

type Called = Extract<Hop, { served: true } | { failure: unknown }>;

/** The last call to each target decides: an earlier one was of a passing kind, or it would not have been repeated. */
function lastCalls(hops: Hop[]): Map<string, Called> {
  return new Map(
    hops.flatMap((hop): [string, Called][] =>
      'served' in hop || 'failure' in hop
        ? [[`${targetName(hop.target)} ${hop.target.provider} ${hop.target.model}`, hop]]
        : [],
    ),
  );
}

/**
 * Counting costs nothing, and has permissions and limits of its own (`bedrock:CountTokens`): how it fares says nothing of how the
 * model does, and nobody may close a model for others by counting. A refused credential is refused for all, and a trial must be
 * handed on.
 */
function tellsOfInference(hop: Called): boolean {
  if ('failure' in hop && hop.failure.kind === 'credential') return true;
  return isOwn(hop.target) && hop.target.claimed === true;
}

function failedKeys(hops: Hop[]): Set<string> {
  return new Set(hops.flatMap(({ target }) => (target !== 'platform' && isOwn(target) ? [target.key.id] : [])));
}

async function noteOwn(
  asked: { requestId: string; at: number },
  principal: Principal,
  target: OwnTarget,
  hop: Called,
  deps: HealthNoteDeps,
): Promise<void> {
  const { key, model } = target;
  const workspaceId = principal.workspace.id;
  const event: HealthEvent = {
    version: healthVersionOf(key),
    keys: principal.providerKeys.length,
    model,
    now: deps.now(),
    random: deps.random(),
    startedAt: asked.at,
  };
  const change = (known: KeyHealth | undefined) => {
    if ('served' in hop) return afterSuccess(known, event);
    if (concernsKey(hop.failure.kind)) return afterFailure(known, hop.failure, event);
    return target.claimed ? afterRelease(known, event) : null;
  };
  // A key that worked for another request meanwhile, and that nothing was wrong with when this one began, needs no second note.
  const plain = 'served' in hop && target.claimed !== true && principal.health[key.id]?.state !== 'failing';
  const name = `${key.id} ${event.version} served`;
  if (plain && !deps.recent.begin(name, asked.at, event.now)) return;
  const written = await deps.health
    .update(workspaceId, key.id, principal.health[key.id], change)
    .catch((error: unknown) => {
      deps.recent.failed(name);
      throw error;
    });
  await publish(
    written,
    {
      provider: key.provider,
      key: { workspaceId, id: key.id, label: key.label, fallbackEnabled: key.fallbackEnabled },
      requestId: asked.requestId,
      now: event.now,
    },
    deps,
  );
}

async function notePlatform(
  asked: { requestId: string; at: number },
  workspaceId: string,
  { credentialKey, facts, provider, model }: PlatformTarget,
  hop: Called,
  deps: HealthNoteDeps,
): Promise<void> {
  if (credentialKey === undefined) return;
  const failure = 'served' in hop ? null : hop.failure;
  const written = await deps.circuit.note(credentialKey, model, failure, asked.at, workspaceId, facts);
  await publish(written, { provider, key: null, requestId: asked.requestId, now: deps.now() }, deps);
}

/** Whoever wrote the change tells of it, so it is told once. */
async function publish(written: HealthChange | null, subject: HealthSubject, deps: HealthNoteDeps): Promise<void> {
  const event = written === null ? null : toEvent(written, subject);
  if (event === null || deps.events === null) return;
  await orReport('event_send_failed', { ...event }, deps.events.publish(event), deps);
}

async function orReport(event: string, details: object, work: Promise<void>, deps: HealthNoteDeps): Promise<void> {
  try {
    await work;
  } catch (error) {
    deps.report(event, { ...details, error: nameOf(error) });
  }
}
