import { useQuery } from '@tanstack/preact-query';
import { bodyOf, type Schemas } from '../../client/client.ts';
import { counted } from '../../client/format.ts';
import { type Failure, failures, type KeyState, stateOf, titleOf } from '../../client/words.ts';
import { Ago, State } from '../parts/controls.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { StateSince, When } from '../parts/when.tsx';
import { useClient } from '../shell/api.tsx';

type Credential = Schemas['PlatformCredential'];

/** Health changes with requests; this is how often it is looked at while the page is seen. */
const refreshMs = 15_000;

const types: Record<NonNullable<Credential['type']>, string> = {
  api_key: 'API key',
  aws_credentials: 'AWS access key',
  service_account: 'Service account',
  role: 'Role',
  workload_identity: 'Workload identity',
};

export function CredentialsPage() {
  const client = useClient();
  const credentials = useQuery({
    queryKey: ['platform-credentials'],
    queryFn: async ({ signal }) => (await bodyOf(client.GET('/v1/operator/credentials', { signal }))).data,
    refetchInterval: refreshMs,
  });
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Credentials</h1>
          <p>
            The platform's own at each provider, which serve on credit. Their values are never shown, nor read for this
            page.
          </p>
        </div>
      </div>
      <Loaded asked={credentials}>{(list) => <Lists all={list} />}</Loaded>
    </>
  );
}

function Lists({ all }: { all: Credential[] }) {
  const there = all.filter(({ state }) => state !== 'missing');
  const missing = all.filter(({ state }) => state === 'missing');
  return (
    <div class="stack">
      {there.length > 0 && (
        <ul class="card" aria-label="Set">
          {there.map((credential) => (
            <Stored key={credential.provider} its={credential} />
          ))}
        </ul>
      )}
      {missing.length > 0 && (
        <section class="stack">
          <h2>Missing</h2>
          <p class="muted">Requests to these providers are served with your tenants' own keys alone.</p>
          <ul class="card" aria-label="Missing">
            {missing.map((credential) => (
              <Missing key={credential.provider} its={credential} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Stored({ its }: { its: Credential }) {
  return (
    <li class="attempt" aria-label={nameOf(its)}>
      <div class="spread top">
        <div>
          <h2>{nameOf(its)}</h2>
          <p class="muted small">{whatItIs(its)}</p>
        </div>
        <StateSince its={standingOf(its)} since={its.health.since} />
      </div>
      <Trouble its={its} />
      <p>{its.note}</p>
      <p class="muted small">
        {its.last_used_at !== null && (
          <>
            Last used <Ago at={its.last_used_at} /> ·{' '}
          </>
        )}
        {its.changed_at !== null && (
          <>
            Stored <When at={its.changed_at} /> ·{' '}
          </>
        )}
        Serves {counted(its.serves, 'model')}
      </p>
    </li>
  );
}

/** What is wrong now, or was wrong last. */
function Trouble({ its: { health, secret } }: { its: Credential }) {
  const { last_error: error, cooling_models: models, state } = health;
  if (error === null) return null;
  if (state === 'healthy')
    return (
      <p class="muted small">
        It last failed <Ago at={error.at} />: it {failures[error.kind].what}.
      </p>
    );
  return (
    <div class="notice warn">
      <p class="notice-title">The credential {failures[error.kind].what}.</p>
      <p>{whatToDo(error.kind, secret)}</p>
      {models.length > 0 && (
        <p class="row small">
          <span class="muted">Models that rest:</span>
          {models.map(({ model }) => (
            <code key={model} class="tag">
              {model}
            </code>
          ))}
        </p>
      )}
      <blockquote class="quote">
        {[[error.status, error.code].filter(Boolean).join(' '), error.message].filter(Boolean).join(': ')}
      </blockquote>
    </div>
  );
}

function Missing({ its }: { its: Credential }) {
  return (
    <li class="attempt" aria-label={nameOf(its)}>
      <div class="spread top">
        <h3>{nameOf(its)}</h3>
        <State tone="quiet">Missing</State>
      </div>
      <p>{its.note}</p>
      <p class="muted small">
        {its.serves > 0 && <>It would serve {counted(its.serves, 'model')}. </>}
        <a href={its.documentation} target="_blank" rel="noreferrer">
          Where to get one
        </a>
      </p>
    </li>
  );
}

function nameOf({ provider, title }: Credential): string {
  return titleOf(provider, [{ name: provider, title }]);
}

function whatItIs({ type, region, names, state }: Credential): string {
  if (state === 'unknown') return 'Nothing is known of it now';
  const named = Object.entries(names).map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
  const said = [type === null ? 'Its kind is known once it was used' : types[type], ...named];
  return [...said, ...(region === null ? [] : [region])].join(' · ');
}

function standingOf({ state, health }: Credential): KeyState {
  if (state === 'unknown') return { tone: 'warn', word: 'Unknown' };
  const { cooling_models: models, cooling_until: until } = health;
  // What rests as a whole rests under no model's name.
  const someRest = health.state === 'cooling_down' && models.some((each) => each.until === until);
  return someRest ? { tone: 'warn', word: 'Some models rest' } : stateOf({ enabled: true, health });
}

/** As docs/runbook.md, "Platform credential health". */
function whatToDo(kind: Failure, secret: string): string {
  switch (kind) {
    case 'credential':
      return `Put a new one into ${secret}: it holds within a minute.`;
    case 'secret_unavailable':
      return `What ${secret} holds is no credential of this provider: put it again, whole.`;
    case 'quota':
      return 'Pay, or raise the limit at the provider.';
    case 'permission':
    case 'model_access':
      return 'Enable the model in the account that the credential belongs to.';
    default:
      return 'Nothing: this passes.';
  }
}
