import type { Cooldown, KeyHealth, ProviderKey } from '../../functions/core/accounts/workspace.ts';
import type { ModelOffer } from '../../functions/core/catalogue/models.ts';
import type { InvocationIds } from '../../functions/core/log-record.ts';
import type { Failure, FailureKind } from '../../functions/core/routing/failure.ts';
import type { Plan } from '../../functions/core/routing/plan.ts';
import type { OwnTarget, PlatformBar, PlatformTarget } from '../../functions/core/routing/target.ts';

/** A request that came from nowhere in AWS. */
export const noIds: InvocationIds = {
  gateway_request_id: null,
  gateway_extended_request_id: null,
  lambda_request_id: null,
};

/** `pk_` and a ULID-like id that ends in `name`: alphabetical names are also the order of age. */
export function keyId(name: string): string {
  return `pk_${name.toUpperCase().padStart(26, '0')}`;
}

export function providerKey(name: string, change: Partial<ProviderKey> = {}): ProviderKey {
  return {
    id: keyId(name),
    provider: 'openai',
    label: null,
    region: null,
    regionSource: null,
    regionField: null,
    fallbackEnabled: true,
    fallbackOn: null,
    priority: 0,
    models: null,
    enabled: true,
    credentialType: 'api_key',
    credentialHint: '…abcd',
    version: 1,
    secretVersion: 'first',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}

export function modelOffer(change: Partial<ModelOffer> = {}): ModelOffer {
  const { provider = 'openai', model = 'gpt-4o-mini' } = change;
  return {
    id: `${provider}/${model}`,
    provider,
    model,
    brand: null,
    kind: 'chat',
    price: { input: 1e9, output: 2e9 },
    maxOutputTokens: 1000,
    ...change,
  };
}

export function own(name: string, change: Partial<ProviderKey> = {}, cooldown: FailureKind | null = null): OwnTarget {
  const key = providerKey(name, change);
  return {
    type: 'byok',
    provider: key.provider,
    model: 'gpt-4o-mini',
    offer: null,
    key,
    cooldown: cooldown && { kind: cooldown, until: Number.POSITIVE_INFINITY },
  };
}

export function platform(provider = 'openai'): PlatformTarget {
  const offer = modelOffer({ provider });
  return { type: 'platform', provider, model: offer.model, offer, candidate: { provider, model: offer.model, offer } };
}

export function plan(own: OwnTarget[], platform: PlatformTarget[] | PlatformBar): Plan {
  return typeof platform === 'string'
    ? { own, platform: [], platformBar: platform, cap: null }
    : { own, platform, platformBar: null, cap: null };
}

export function failure(kind: FailureKind, change: Partial<Failure> = {}): Failure {
  return { kind, status: null, code: null, message: `${kind} happened`, providerRequestId: null, ...change };
}

export function keyHealth(change: Partial<KeyHealth> & { cooldowns?: Record<string, Cooldown> } = {}): KeyHealth {
  return {
    version: 1,
    state: 'failing',
    since: '2026-01-01T00:00:00.000Z',
    lastError: null,
    failures: 1,
    cooldowns: {},
    lastUsedAt: null,
    ...change,
  };
}
