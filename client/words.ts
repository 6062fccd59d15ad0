import type { Schemas } from './client.ts';

/** What people read of the gateway's words. */
export type ProviderKey = Schemas['ProviderKey'];

/** The ids and patterns that a key is for; none: for all. */
export function modelNames({ models }: ProviderKey): string[] {
  return Array.isArray(models) ? models : Object.keys(models ?? {});
}

/** How good a state is: the colours of the page. */
export type Tone = 'ok' | 'warn' | 'bad' | 'quiet';
export type Failure = NonNullable<ProviderKey['health']['last_error']>['kind'];

interface Words {
  /** After "the key …" or "this key …". */
  what: string;
  /** What to do about it. */
  todo: string;
}

/** The failure kinds of docs/api.md. */
export const failures: Record<Failure, Words> = {
  credential: {
    what: 'was refused: it is invalid, revoked or expired',
    todo: 'Make a new key at the provider and rotate this one.',
  },
  permission: {
    what: 'lacks a permission',
    todo: 'Give the key the permission at the provider; Test shows which model works.',
  },
  rate_limit: {
    what: 'was sent too much at once',
    todo: 'Wait, raise the limit at the provider, or add a second key behind this one.',
  },
  quota: {
    what: 'has used up its quota or its billing',
    todo: 'Check billing and quota of the account that the key belongs to.',
  },
  model_access: {
    what: 'has no access to the model',
    todo: 'Ask for access at the provider, use another region, or limit this key to models that it has.',
  },
  overloaded: {
    what: 'met a provider that is overloaded or failing',
    todo: 'Nothing: this passes. A second key at another provider bridges it.',
  },
  timeout: {
    what: 'got no answer in time',
    todo: 'Nothing, if it is rare. Long answers come sooner when they are streamed.',
  },
  network: {
    what: 'could not reach the provider',
    todo: 'Check region and address of the key; Test shows whether it is still so.',
  },
  secret_unavailable: { what: 'could not be read from the secret store', todo: 'Store its credential again: Rotate.' },
  bad_request: {
    what: 'was fine, the request was not',
    todo: 'Change the request: the provider says what it does not take.',
  },
  content_filter: {
    what: "was fine, the provider's policy refused the content",
    todo: 'Change the content of the request.',
  },
  cancelled: { what: 'was fine, the caller left', todo: 'Nothing, or give the caller more time.' },
};

export interface KeyState {
  tone: Tone;
  word: string;
}

export function stateOf(key: { enabled: boolean; health: Pick<ProviderKey['health'], 'state'> }): KeyState {
  if (!key.enabled) return { tone: 'quiet', word: 'Switched off' };
  switch (key.health.state) {
    case 'healthy':
      return { tone: 'ok', word: 'Working' };
    case 'unused':
      return { tone: 'quiet', word: 'Not used yet' };
    case 'cooling_down':
      return { tone: 'warn', word: 'Failing, resting' };
    case 'failing':
      return { tone: 'bad', word: 'Failing' };
  }
}

/** The seven states of a key test, in the order of how good they are. */
export const testStates: Record<Schemas['ProviderKeyTest']['state'], KeyState & { says: string }> = {
  verified: { tone: 'ok', word: 'Verified', says: 'The provider answered with this key.' },
  rate_limited: { tone: 'warn', word: 'Rate limited', says: 'The key is known, and asked too much at the moment.' },
  quota_exceeded: { tone: 'warn', word: 'Quota used up', says: 'The key is known, and its account may use no more.' },
  no_permission: { tone: 'bad', word: 'No permission', says: 'The key is known, and may not use this model.' },
  invalid: { tone: 'bad', word: 'Invalid', says: 'The provider itself said that this key is none of its own.' },
  unreachable: {
    tone: 'warn',
    word: 'Unreachable',
    says: 'The provider was not reached; this says nothing about the key.',
  },
  inconclusive: {
    tone: 'quiet',
    word: 'Inconclusive',
    says: 'Something else went wrong; this says nothing about the key.',
  },
};

export function nameOf(key: Pick<ProviderKey, 'label' | 'credential' | 'provider'>): string {
  return key.label ?? `${key.provider} ${key.credential.hint}`;
}

/** "the Gemini API" is a title for sentences; at the start of a line it is "Gemini API". */
export function titleOf(provider: string, providers: { name: string; title: string }[] | undefined): string {
  const title = providers?.find((each) => each.name === provider)?.title ?? provider;
  return title.replace(/^the (.)/, (_, first: string) => first.toUpperCase());
}
