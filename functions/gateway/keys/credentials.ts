import {
  type CredentialFacts,
  type CredentialForm,
  CredentialIssue,
  type KeyOwner,
} from '../../core/accounts/credential-form.ts';
import type { ProviderKey } from '../../core/accounts/workspace.ts';
import type { JsonObject } from '../../core/json.ts';
import { type SecretReader, SecretUnavailable, type StoredSecret } from '../../core/ports.ts';
import { type CredentialRedactor, createIndexShelf, createRedactor, hideAccount } from '../../core/redact.ts';
import { isOwn } from '../../core/routing/policy.ts';
import type { OwnTarget, Target } from '../../core/routing/target.ts';
import { Secret } from '../../core/secret.ts';

/** A credential in hand, ready for an adapter. */
export interface ResolvedCredential {
  credential: Secret<JsonObject>;
  /** What clients and tokens are cached under: key id and version of the secret. */
  credentialKey: string;
  secretVersion: string;
  /** When that version was written, epoch ms; 0 when there is none. */
  writtenAt: number;
  region: string | null;
  facts: CredentialFacts;
  redact: CredentialRedactor;
  /** Takes note of a credential that was derived from this one: `redact` removes its traces, too. */
  learn(derived: Secret<string>): void;
}

export interface ProviderCredentials {
  form: CredentialForm;
  /** Whether the platform may use the function's own role when no platform secret exists. */
  ambient: boolean;
}

export interface CredentialSource {
  /** Throws `SecretUnavailable`. */
  resolve(target: Target, workspaceId: string): Promise<ResolvedCredential>;
  /** A tenant's credential as it lies in the store now, whatever was read earlier. Throws `SecretUnavailable`. */
  reread(target: OwnTarget, workspaceId: string): Promise<ResolvedCredential>;
  /** After the provider refused it: the credential as it is stored now, or null if nothing changed. */
  refresh(target: Target, workspaceId: string, refused: ResolvedCredential): Promise<ResolvedCredential | null>;
}

/** How long a platform secret is believed; operators rotate it in Secrets Manager, where no version is told to the gateway. */
const platformTtlMs = 60_000;
/** When a platform secret is looked for again after its store failed. */
const retryMs = 5000;
const cacheSize = 1000;
/** Credentials whose traces can be looked for without building their index again. */
const shelfSize = 32;

export function createCredentialSource(deps: {
  secrets: SecretReader;
  providers: Record<string, ProviderCredentials>;
  defaultRegion: string;
  now: () => number;
}): CredentialSource {
  // A tenant's secret is cached under key id and version, so a rotation needs no invalidation: it has another name here.
  const tenants = new Map<string, Promise<ResolvedCredential>>();
  const shelf = createIndexShelf(shelfSize);
  const platform = new Map<string, { until: number; resolved: Promise<ResolvedCredential> }>();

  const readPlatform = async (provider: string): Promise<ResolvedCredential> => {
    try {
      const resolved = fromStored(
        await deps.secrets.readPlatform(provider),
        provider,
        null,
        `platform/${provider}`,
        null,
      );
      return { ...resolved, ...remembering(hideAccount(resolved.credential.reveal(), resolved.redact)) };
    } catch (error) {
      if (!(error instanceof SecretUnavailable && error.missing) || !formsOf(provider).ambient) throw error;
      const credential = { ambient: true };
      return {
        credential: new Secret(credential),
        credentialKey: `platform/${provider}@ambient`,
        secretVersion: 'ambient',
        writtenAt: 0,
        region: deps.defaultRegion,
        facts: { type: 'role', region: deps.defaultRegion, names: {} },
        ...remembering(hideAccount(null, createRedactor({}, shelf))),
      };
    }
  };

  const formsOf = (provider: string): ProviderCredentials => {
    const found = deps.providers[provider];
    if (found === undefined) throw new SecretUnavailable(`No provider ${provider} is built in.`);
    return found;
  };

  const fromStored = (
    stored: StoredSecret,
    provider: string,
    knownRegion: string | null,
    keyId: string,
    field: string | null,
    owner: KeyOwner | null = null,
  ): ResolvedCredential => {
    const { form } = formsOf(provider);
    try {
      const parsed = form.parse(stored.text.reveal());
      const region = knownRegion ?? form.region(parsed, field, deps.defaultRegion)?.region ?? null;
      const value = owner && form.trust ? form.trust.bind(parsed.value, owner) : parsed.value;
      return {
        credential: new Secret(value),
        credentialKey: `${keyId}@${stored.version}`,
        secretVersion: stored.version,
        writtenAt: stored.createdAt,
        region,
        facts: { type: parsed.type, region, names: parsed.names ?? {} },
        ...remembering(createRedactor(value, shelf)),
      };
    } catch (error) {
      if (error instanceof CredentialIssue)
        throw new SecretUnavailable('The stored secret is malformed.', false, `${keyId}@${stored.version}`);
      throw error;
    }
  };

  const readOwn = async ({ key }: OwnTarget, workspaceId: string): Promise<ResolvedCredential> =>
    fromStored(
      await deps.secrets.readTenant(workspaceId, key.id, key.secretVersion, key.secretStore),
      key.provider,
      key.region,
      key.id,
      null,
      ownerOf(key, workspaceId),
    );

  return {
    async resolve(target, workspaceId) {
      if (isOwn(target)) return remember(tenants, cacheName(target.key), () => readOwn(target, workspaceId));
      const known = platform.get(target.provider);
      if (known !== undefined && known.until > deps.now()) return known.resolved;
      const resolved = readPlatform(target.provider).catch((error: unknown) => {
        platform.delete(target.provider);
        // A store that is down for a moment must not take a credential away that still works; one that was removed is gone.
        if (known === undefined || (error instanceof SecretUnavailable && error.missing)) throw error;
        platform.set(target.provider, { until: deps.now() + retryMs, resolved: known.resolved });
        return known.resolved;
      });
      platform.set(target.provider, { until: deps.now() + platformTtlMs, resolved });
      return resolved;
    },

    async reread(target, workspaceId) {
      // The cached one stays until there is another: a store that is down for a moment must not take away a key that works.
      const fresh = await readOwn(target, workspaceId);
      tenants.delete(cacheName(target.key));
      return remember(tenants, cacheName(target.key), async () => fresh);
    },

    async refresh(target, workspaceId, refused) {
      try {
        if (!isOwn(target)) {
          const fresh = await readPlatform(target.provider);
          if (fresh.secretVersion === refused.secretVersion) return null;
          platform.set(target.provider, { until: deps.now() + platformTtlMs, resolved: Promise.resolve(fresh) });
          return fresh;
        }
        const { key } = target;
        const stored = await deps.secrets.readTenant(workspaceId, key.id, null, key.secretStore);
        // An older version is AWSCURRENT for the moment between the two halves of a rotation; it is not what the tenant wants used.
        if (stored.version === refused.secretVersion || stored.createdAt < refused.writtenAt) return null;
        const owner = ownerOf(key, workspaceId);
        const fresh = fromStored(stored, key.provider, key.region, key.id, null, owner);
        tenants.delete(cacheName(key));
        return remember(tenants, cacheName(key), async () => fresh);
      } catch (error) {
        if (error instanceof SecretUnavailable) return null;
        throw error;
      }
    },
  };
}

function remembering(redact: CredentialRedactor): Pick<ResolvedCredential, 'redact' | 'learn'> {
  return { redact, learn: (derived) => redact.addSecret(derived.reveal()) };
}

function ownerOf({ externalId }: ProviderKey, workspaceId: string): KeyOwner | null {
  return externalId === undefined ? null : { workspaceId, externalId };
}

function cacheName(key: ProviderKey): string {
  return `${key.id}@${key.secretVersion}@${key.region ?? ''}`;
}

/** One read at a time per name; failures are not remembered; the oldest entry goes when the cache is full. */
function remember(
  cache: Map<string, Promise<ResolvedCredential>>,
  name: string,
  read: () => Promise<ResolvedCredential>,
): Promise<ResolvedCredential> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const reading = read();
  cache.set(name, reading);
  reading.catch(() => {
    if (cache.get(name) === reading) cache.delete(name);
  });
  if (cache.size > cacheSize) {
    const oldest = cache.keys().next().value;
    if (oldest !== undefined) cache.delete(oldest);
  }
  return reading;
}
