import { presentHealth } from '../../core/accounts/present.ts';
import type { KeyHealth } from '../../core/accounts/workspace.ts';
import type { Catalogue } from '../../core/catalogue/models.ts';
import { listOf } from '../../core/cursor.ts';
import type { JsonObject } from '../../core/json.ts';
import type { DescribedSecret, PlatformSecrets } from '../../core/more-ports/operator.ts';
import { type HealthRecords, platformOwner, SecretUnavailable } from '../../core/ports.ts';

/** What there is to know of a provider here. */
export interface PlatformProvider {
  name: string;
  title: string;
  /** Whether the inference function's own role takes the place of a secret. */
  ambient: boolean;
  /** The provider's page on how to get a credential. */
  documentation: string;
}

export interface PlatformCredentialsDeps {
  providers: PlatformProvider[];
  secrets: PlatformSecrets;
  health: Pick<HealthRecords, 'read'>;
  catalogue: Pick<Catalogue, 'list'>;
  now(): number;
}

type Found = {
  state: 'set' | 'role' | 'missing' | 'unknown';
  version: string | null;
  changedAt: string | null;
  note: string;
};

/**
 * Every provider's platform credential as its operator may see it: whether it is set, what was used of it last and how that fared. No
 * secret is read for it. What a credential is and names is known once it was used: the function that reads it writes that down.
 */
export async function listPlatformCredentials(deps: PlatformCredentialsDeps): Promise<JsonObject> {
  const offers = deps.catalogue.list();
  const [known, found] = await Promise.all([
    deps.health.read(platformOwner),
    Promise.all(deps.providers.map((provider) => find(provider, deps.secrets))),
  ]);
  const data = deps.providers.map((provider, index) => {
    const served = offers.filter((offer) => offer.provider === provider.name && offer.price !== null && !offer.retired);
    return present(provider, found[index] as Found, known, served.length, deps);
  });
  return listOf(data, null);
}

async function find(provider: PlatformProvider, secrets: PlatformSecrets): Promise<Found> {
  try {
    return toFound(provider, await secrets.describe(provider.name), secrets.nameOf(provider.name));
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    return {
      state: 'unknown',
      ...{ version: null, changedAt: null },
      note: `Whether it is set is not known: ${error.message} Requests go on with what warm processes hold.`,
    };
  }
}

function toFound({ ambient, title }: PlatformProvider, secret: DescribedSecret | null, name: string): Found {
  const none = { version: null, changedAt: null };
  if (secret !== null && secret.deletedOn === null && secret.version !== null)
    return { state: 'set', version: secret.version, changedAt: secret.changedAt, note: `The secret ${name}.` };
  if (ambient)
    return {
      state: 'role',
      version: 'ambient',
      changedAt: null,
      note: `The inference function's own role. A secret ${name} would take its place; -c keyway:platformBedrock=false takes the role's permission away.`,
    };
  if (secret === null)
    return { state: 'missing', ...none, note: `Store a credential of ${title} as the secret ${name}.` };
  if (secret.deletedOn !== null)
    return {
      state: 'missing',
      ...none,
      note: `The secret ${name} was deleted. restore-secret brings it back until its window is over.`,
    };
  return { state: 'missing', ...none, note: `The secret ${name} holds no value yet: put-secret-value stores one.` };
}

function present(
  { name, title, documentation }: PlatformProvider,
  { state, version, changedAt, note }: Found,
  known: Record<string, KeyHealth>,
  serves: number,
  { secrets, now }: PlatformCredentialsDeps,
): JsonObject {
  // As credentials.ts names what it has read: another version of a secret starts afresh.
  const health = version === null ? undefined : known[`platform/${name}@${version}`];
  const { type = null, region = null, names = {} } = health?.credential ?? {};
  return {
    object: 'platform_credential',
    provider: name,
    title,
    state,
    secret: secrets.nameOf(name),
    note: serves === 0 ? `${note} The catalogue has no model of it with a price, so the platform serves none.` : note,
    documentation,
    serves,
    type: type ?? (state === 'role' ? 'role' : null),
    region,
    names,
    changed_at: changedAt,
    last_used_at: health?.lastUsedAt ?? null,
    health: {
      ...presentHealth(health, now()),
      cooling_models: Object.entries(health?.cooldowns ?? {})
        .filter(([scope, { until }]) => scope !== '*' && until > now())
        .map(([model, { kind, until }]) => ({ model, kind, until: new Date(until).toISOString() })),
    },
  };
}
