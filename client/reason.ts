import type { Schemas } from './client.ts';
import { formatUsd } from './format.ts';
import { failures, type Tone } from './words.ts';

export type LogRecord = Schemas['LogRecord'];
export type Attempt = LogRecord['attempts'][number];

/** Why a request went as it went, for somebody who never saw Keyway. */
export interface Reason {
  tone: Tone;
  /** One word or two, for lists. */
  word: string;
  /** One sentence: what happened. */
  title: string;
  /** What followed from it. */
  follows: string[];
  /** What to do about it; null: nothing. */
  todo: string | null;
}

/** `nameOf`: how people know a provider key, by its id. */
export function reasonOf(record: LogRecord, nameOf: (id: string | null) => string): Reason {
  const failed = record.attempts.filter(({ kind }) => kind !== null);
  // The record names the failure that decided; older ones by its code alone (docs/errors.md).
  const decisive =
    failed.find(({ kind }) => kind === record.kind) ??
    failed.find(({ kind }) => kind !== null && codes[kind] === record.error_code) ??
    failed.find(({ target }) => target === 'byok') ??
    failed.at(-1);
  // With nothing else left, a key that rests is tried all the same, and may serve.
  const passed = passedOver(record.route).filter(({ id }) => id !== record.provider_key_id);
  const who = (attempt: Attempt) =>
    attempt.target === 'byok'
      ? `Your key “${nameOf(attempt.provider_key_id)}”`
      : `The platform's credential at ${attempt.provider}`;
  const said =
    decisive?.kind == null ? passedWords(passed, nameOf) : `${who(decisive)} ${failures[decisive.kind].what}.`;
  const todo = decisive?.target === 'platform' ? null : todoOf(decisive?.kind ?? passed[0]?.kind ?? null);
  if (record.error_code === null) return served(record, said, todo, nameOf);
  return {
    tone: record.error_code === 'client_closed_request' ? 'quiet' : 'bad',
    word: refusals[record.error_code]?.[0] ?? 'Failed',
    title: said ?? record.error_message ?? refusals[record.error_code]?.[1] ?? 'The request failed.',
    follows: [
      // What no provider said, the gateway did: its own words name the field, the cap, the model.
      ...(decisive === undefined && record.message != null ? [record.message] : []),
      ...(failed.length > 1 ? [`${failed.length} calls were made, and none of them served.`] : []),
      ...platformWords(record.route),
      record.cost === '0.0000000'
        ? 'Nothing was charged to your credit.'
        : `${formatUsd(record.cost)} was charged to your credit.`,
    ],
    todo: todo ?? refusals[record.error_code]?.[2] ?? null,
  };
}

function served(
  record: LogRecord,
  said: string | null,
  todo: string | null,
  nameOf: (id: string | null) => string,
): Reason {
  const byOwn = record.credential === 'byok';
  const server = byOwn ? `your key “${nameOf(record.provider_key_id)}”` : "the platform's credentials";
  const charged = byOwn
    ? 'Nothing was charged to your credit.'
    : `${formatUsd(record.cost)} was charged to your credit.`;
  const estimated = record.usage_estimated ? ['The provider told no usage; the tokens are an estimate.'] : [];
  if (said !== null)
    return {
      tone: 'warn',
      word: byOwn ? 'Next key served' : 'Platform served',
      title: said,
      follows: [`Instead ${server} served the request, and the caller noticed nothing.`, charged, ...estimated],
      todo,
    };
  // Records older than the route say no more.
  if (record.fallback_triggered)
    return {
      tone: 'warn',
      word: 'Platform served',
      title: 'Your key was passed over, because it had failed shortly before and is resting.',
      follows: ["Instead the platform's credentials served the request.", charged, ...estimated],
      todo: 'Open Keys: the key says why it failed.',
    };
  return {
    tone: 'ok',
    word: 'Served',
    title: `${server[0]?.toUpperCase()}${server.slice(1)} served the request.`,
    follows: [charged, ...estimated],
    todo: null,
  };
}

interface Passed {
  /** The provider key. */
  id: string;
  kind: Kind;
}
type Kind = NonNullable<Attempt['kind']>;

/** The own keys that a request passed over because they rest: `byok(pk_…)=cooldown:credential` in its route (docs/api.md). */
function passedOver(route: string | null | undefined): Passed[] {
  return [...(route ?? '').matchAll(/byok\((pk_\w+)\)=cooldown:(\w+)/g)].flatMap(([, id = '', kind = '']) =>
    kind in failures ? [{ id, kind: kind as Kind }] : [],
  );
}

function passedWords([first, ...others]: Passed[], nameOf: (id: string | null) => string): string | null {
  if (first === undefined) return null;
  const more =
    others.length === 0 ? '' : ` So ${others.length === 1 ? 'was another key' : `were ${others.length} others`}.`;
  return `Your key “${nameOf(first.id)}” was passed over, because it rests: shortly before, it ${failures[first.kind].what}.${more}`;
}

function todoOf(kind: Kind | null): string | null {
  return kind === null ? null : failures[kind].todo;
}

/** Why the platform's credentials did not step in: `platform=skipped:…` in the route. */
function platformWords(route: string | null | undefined): string[] {
  const bar = /platform=skipped:(\w+)/.exec(route ?? '')?.[1] ?? '';
  const why = bars[bar];
  return why === undefined ? [] : [`The platform's credentials did not step in: ${why}.`];
}

/** The bars of functions/core/routing/target.ts, in words. */
const bars: Record<string, string> = {
  exclusive: 'the key is for exclusive use',
  byok_only: 'the request asked for own keys alone',
  pinned: 'the request named one key',
  no_credit: 'there is not enough credit',
  spend_cap: 'a spending cap is reached',
  no_price: 'the price of the model is not known',
  fallback_on: 'the key does not let them after this kind of failure',
  not_configured: 'the platform has none for this provider',
  cooldown: 'the provider refuses them at the moment',
  stored_file: 'what the request names is kept in your own account',
};

/** How each failure is told to the caller: docs/errors.md. */
const codes: Record<Kind, string> = {
  credential: 'provider_credential_invalid',
  permission: 'provider_permission_denied',
  rate_limit: 'provider_rate_limited',
  quota: 'provider_quota_exceeded',
  model_access: 'model_not_found',
  overloaded: 'provider_unavailable',
  timeout: 'provider_timeout',
  network: 'provider_error',
  secret_unavailable: 'provider_secret_unavailable',
  bad_request: 'invalid_request',
  content_filter: 'invalid_request',
  cancelled: 'client_closed_request',
};

/** The codes that need no call to a provider: word, sentence, what to do. docs/errors.md. */
const refusals: Record<string, [word: string, title: string, todo?: string]> = {
  invalid_request: ['Refused', 'The request is not one that can be served.', 'Change the request, and send it again.'],
  validation_error: ['Refused', 'A field of the request is missing or wrong.', 'Change that field, and send it again.'],
  workspace_suspended: [
    'Suspended',
    'The operator has suspended this workspace.',
    'Ask the operator; keys and logs are still here.',
  ],
  forbidden: ['Not allowed', 'The API key may not do this.', 'Use a key with the scope that it takes.'],
  insufficient_credits: [
    'No credit',
    'There is not enough credit for the platform to serve.',
    'Add a provider key of your own, or ask your operator for credit.',
  ],
  spend_cap_reached: [
    'Cap reached',
    'A spending cap is reached.',
    'Raise the cap of the API key or the provider key, or wait until it starts anew.',
  ],
  rate_limit_exceeded: ['Limited', "The API key's own limit is reached.", 'Wait, or raise the limit under API keys.'],
  model_not_found: [
    'No such model',
    'Nobody here serves this model.',
    'Check its name; the Playground lists the models.',
  ],
  not_found: ['Not found', 'There is no such endpoint.'],
  request_too_large: ['Too large', 'The request is too large.'],
  client_closed_request: [
    'Caller left',
    'The caller left before the answer was complete.',
    'Give the caller more time, or stream the answer.',
  ],
  provider_timeout: ['Timed out', 'No provider answered in time.'],
  provider_unavailable: ['Provider down', 'The provider is overloaded or failing.'],
  provider_error: ['Provider failed', "The provider's answer made no sense, or its connection broke."],
  provider_credential_invalid: ['Key refused', 'The provider refused the key.'],
  provider_permission_denied: ['No permission', 'The key lacks a permission at the provider.'],
  provider_rate_limited: ['Rate limited', 'The provider took no more requests of this key.'],
  provider_quota_exceeded: ['Quota used up', 'The quota or billing of the key is used up.'],
  provider_secret_unavailable: ['Secret missing', 'The stored secret of the key cannot be read.'],
  internal_error: ['Failed', 'The gateway failed.', 'Tell your operator the request id.'],
  service_unavailable: [
    'Failed',
    "The gateway's own stores did not answer.",
    'Try again; tell your operator the request id if it stays.',
  ],
};
