import { randomUUID } from 'node:crypto';
import type { CredentialForm, ParsedCredential } from '../../core/accounts/credential-form.ts';
import { presentProviderKey, providerKeyState } from '../../core/accounts/present.ts';
import { placedIn } from '../../core/accounts/secret-store.ts';
import type { KeyModels, ProviderKey } from '../../core/accounts/workspace.ts';
import { fallbackCapsAfter } from '../../core/billing/spend-caps.ts';
import { GatewayError, nameOf } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FallbackCounts, HealthRecords } from '../../core/ports.ts';
import type { FailureKind } from '../../core/routing/failure.ts';
import { healthVersionOf } from '../../core/routing/health.ts';
import { Secret } from '../../core/secret.ts';
import { invalid, parseCredential, regionAfter, regionOf } from './credential-input.ts';
import { listProviderKeys } from './key-list.ts';
import { findKey, type KeyWriteDeps, lackOfRoom, placeKey, settleRotation, undoRotation } from './key-writes.ts';
import { externalIdFor, trustOf } from './trust.ts';

/** The answer, and what the audit trail keeps. */
interface KeyChanged {
  answer: JsonObject;
  before: JsonObject | null;
  after: JsonObject;
}

export interface ProviderKeyChange {
  credential?: unknown;
  label?: string | null;
  region?: string | null;
  fallback_enabled?: boolean;
  fallback_on?: FailureKind[] | null;
  priority?: number;
  models?: KeyModels | null;
  fallback_cap_day_usd?: string | null;
  fallback_cap_month_usd?: string | null;
  enabled?: boolean;
}

export interface ProviderKeyDeps extends KeyWriteDeps {
  health: HealthRecords;
  fallbacks: FallbackCounts;
  forms: Record<string, CredentialForm>;
  defaultRegion: string;
  newId(): string;
  now(): number;
}

export function createProviderKeyService(deps: ProviderKeyDeps) {
  const formOf = (provider: string): CredentialForm => {
    const form = Object.hasOwn(deps.forms, provider) ? deps.forms[provider] : undefined;
    if (form === undefined) throw invalid('provider', `provider must be one of ${Object.keys(deps.forms).join(', ')}.`);
    return form;
  };

  const find = async (workspaceId: string, id: string): Promise<ProviderKey> => {
    const key = await findKey(workspaceId, id, deps);
    if (key === undefined) throw missing();
    return key;
  };

  const present = async (workspaceId: string, key: ProviderKey): Promise<JsonObject> => {
    const [{ health }, fallbacks] = await Promise.all([
      deps.keys.list(workspaceId),
      deps.fallbacks.lastDay(workspaceId, deps.now()),
    ]);
    return presentProviderKey(
      key,
      health[key.id],
      fallbacks[key.id],
      deps.now(),
      trustOf(deps.forms, workspaceId, key),
    );
  };

  const write = (workspaceId: string, key: ProviderKey, parsed: ParsedCredential, isNew: boolean): Promise<void> =>
    deps.secrets
      .in(deps.secrets.store)
      .write(workspaceId, key.id, new Secret(JSON.stringify(parsed.value)), key.secretVersion, isNew);

  /** From every store: while secrets move, a key may have one in two of them. */
  const removeSecret = async (workspaceId: string, id: string): Promise<void> => {
    await Promise.all(deps.secrets.stores.map((store) => deps.secrets.in(store).remove(workspaceId, id)));
  };

  return {
    /** The secret is written first: a key that is listed always has its secret. A key that cannot be listed takes its secret with it. */
    async create(workspaceId: string, provider: string, change: ProviderKeyChange): Promise<KeyChanged> {
      const form = formOf(provider);
      const parsed = parseCredential(form, change.credential);
      const region = regionOf(form, parsed, change.region ?? null, deps.defaultRegion);
      const { keys } = await deps.keys.list(workspaceId);
      const now = new Date(deps.now()).toISOString();
      const secretVersion = randomUUID();
      const key: ProviderKey = {
        id: deps.newId(),
        provider,
        label: change.label ?? null,
        ...region,
        fallbackEnabled: change.fallback_enabled ?? true,
        fallbackOn: change.fallback_on ?? null,
        priority: change.priority ?? 0,
        models: change.models ?? null,
        fallbackCaps: fallbackCapsAfter({ dayUsd: null, monthUsd: null }, change),
        enabled: change.enabled ?? true,
        credentialType: parsed.type,
        credentialHint: parsed.hint,
        ...externalIdFor(parsed),
        version: 1,
        secretVersion,
        ...placedIn(deps.secrets.store, null, deps.now()),
        createdAt: now,
        updatedAt: now,
      };
      const noRoom = lackOfRoom(key, keys);
      if (noRoom) throw noRoom;
      await write(workspaceId, key, parsed, true);
      // Should this throw, nobody knows whether the key is stored: its secret stays, for the key or for the sweep.
      const placed = await placeKey(workspaceId, key, null, deps);
      if (placed !== true) {
        await undoRotation(workspaceId, key, deps);
        throw placed;
      }
      const trust = trustOf(deps.forms, workspaceId, key);
      const answer = presentProviderKey(key, undefined, undefined, deps.now(), trust);
      return { answer, before: null, after: providerKeyState(key) };
    },

    /** With a credential this is a rotation: the new version of the secret is written first, and holds from the moment the record names it. */
    async update(workspaceId: string, id: string, change: ProviderKeyChange): Promise<KeyChanged> {
      const { keys } = await deps.keys.list(workspaceId);
      const known = keys.find((each) => each.id === id);
      if (known === undefined) throw missing();
      const form = formOf(known.provider);
      const parsed = change.credential === undefined ? null : parseCredential(form, change.credential);
      const changed: ProviderKey = {
        ...known,
        ...(change.label !== undefined && { label: change.label }),
        ...(change.fallback_enabled !== undefined && { fallbackEnabled: change.fallback_enabled }),
        ...(change.fallback_on !== undefined && { fallbackOn: change.fallback_on }),
        ...(change.priority !== undefined && { priority: change.priority }),
        ...(change.models !== undefined && { models: change.models }),
        fallbackCaps: fallbackCapsAfter(known.fallbackCaps ?? { dayUsd: null, monthUsd: null }, change),
        ...(change.enabled !== undefined && { enabled: change.enabled }),
        ...(parsed !== null && {
          credentialType: parsed.type,
          credentialHint: parsed.hint,
          secretVersion: randomUUID(),
          ...placedIn(deps.secrets.store, known, deps.now()),
          ...externalIdFor(parsed, known),
        }),
        ...regionAfter(form, known, parsed, change.region, deps.defaultRegion),
        version: known.version + 1,
        updatedAt: new Date(deps.now()).toISOString(),
      };
      const afresh = parsed !== null || changed.region !== known.region || change.enabled === true;
      const next: ProviderKey = { ...changed, healthVersion: afresh ? changed.version : healthVersionOf(known) };
      const noRoom = lackOfRoom(next, keys);
      if (noRoom) throw noRoom;
      if (parsed !== null) await write(workspaceId, next, parsed, false);
      const placed = await placeKey(workspaceId, next, known.version, deps);
      if (placed !== true) {
        if (parsed !== null) await undoRotation(workspaceId, next, deps);
        throw placed;
      }
      if (parsed !== null) await settleRotation(workspaceId, next, deps);
      return {
        answer: await present(workspaceId, next),
        before: providerKeyState(known),
        after: { ...providerKeyState(next), credential_replaced: parsed !== null },
      };
    },

    /** The key goes first, so that no request can use it any more; its secret goes at once after it. */
    async remove(workspaceId: string, id: string): Promise<{ before: JsonObject; after: null }> {
      let known = await find(workspaceId, id);
      for (let round = 0; !(await deps.keys.remove(workspaceId, id, known.version)); round++) {
        const now = await findKey(workspaceId, id, deps);
        // Removed by another call, or by this one, whose answer was lost and which the SDK repeated.
        if (now === undefined) break;
        if (round === 5) throw new GatewayError('conflict', 'The key is being changed by others; try again.');
        known = now;
      }
      await deps.health
        .remove(workspaceId, id)
        .catch((error: unknown) =>
          deps.report('health_left_behind', { workspace_id: workspaceId, key: id, error: nameOf(error) }),
        );
      await removeSecret(workspaceId, id).catch((error: unknown) => {
        deps.report('secret_left_behind', { workspace_id: workspaceId, key: id, error: nameOf(error) });
        throw new GatewayError(
          'service_unavailable',
          'The key is deleted and cannot be used any more, but its secret could not be removed yet.',
          {
            shouldRetry: false,
            hint: 'Nothing is to be done: the sweep removes the secret within about an hour.',
          },
        );
      });
      return { before: providerKeyState(known), after: null };
    },

    async get(workspaceId: string, id: string): Promise<JsonObject> {
      return present(workspaceId, await find(workspaceId, id));
    },

    list: (workspaceId: string, limit: number, cursor: string | null): Promise<JsonObject> =>
      listProviderKeys(workspaceId, limit, cursor, {
        ...deps,
        trustOf: (key) => trustOf(deps.forms, workspaceId, key),
      }),
  };
}

function missing(): GatewayError {
  return new GatewayError('not_found', 'There is no such provider key.');
}
