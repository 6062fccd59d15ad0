import type { JsonObject } from '../../functions/core/json.ts';
import type { FailureKind } from '../../functions/core/routing/failure.ts';
import type { Behaviour } from '../embedded/fake-openai.ts';

/** One way in which a tenant's key fails, and what must be seen of it. */
export interface FaultRow {
  name: string;
  /** What the provider does, or what the store of secrets does. */
  provider?: Behaviour;
  secret?: 'missing' | 'throttled' | 'down' | 'denied' | 'malformed';
  kind: FailureKind;
  /** The provider's status; null: there was no answer. */
  seen: number | null;
  /** What the caller gets when this failure is the answer. */
  status: number;
  code: string;
}

const refused = (status: number, error: { code?: string; type?: string; message?: string }): Behaviour => ({
  status,
  error,
});
const unreadable = {
  kind: 'secret_unavailable',
  seen: null,
  status: 502,
  code: 'provider_secret_unavailable',
} as const;

export const faults: FaultRow[] = [
  {
    name: 'credential',
    provider: refused(401, { code: 'invalid_api_key' }),
    kind: 'credential',
    seen: 401,
    status: 401,
    code: 'provider_credential_invalid',
  },
  {
    name: 'permission',
    provider: refused(403, { type: 'permission_error' }),
    kind: 'permission',
    seen: 403,
    status: 403,
    code: 'provider_permission_denied',
  },
  {
    name: 'rate limit',
    provider: refused(429, { code: 'rate_limit_exceeded' }),
    kind: 'rate_limit',
    seen: 429,
    status: 429,
    code: 'provider_rate_limited',
  },
  {
    name: 'daily limit',
    provider: refused(429, { type: 'requests', message: 'Limit 200 requests per day.' }),
    kind: 'quota',
    seen: 429,
    status: 429,
    code: 'provider_quota_exceeded',
  },
  {
    name: 'quota',
    provider: refused(429, { code: 'insufficient_quota' }),
    kind: 'quota',
    seen: 429,
    status: 429,
    code: 'provider_quota_exceeded',
  },
  {
    name: 'model access',
    provider: refused(404, { code: 'model_not_found' }),
    kind: 'model_access',
    seen: 404,
    status: 404,
    code: 'model_not_found',
  },
  {
    name: 'overloaded',
    provider: refused(503, {}),
    kind: 'overloaded',
    seen: 503,
    status: 503,
    code: 'provider_unavailable',
  },
  {
    name: 'an error page',
    provider: { status: 502, text: '<html>Bad Gateway</html>' },
    kind: 'overloaded',
    seen: 502,
    status: 502,
    code: 'provider_error',
  },
  {
    name: 'an answer that is no JSON',
    provider: { status: 200, text: '<html>Welcome</html>' },
    kind: 'overloaded',
    seen: 200,
    status: 502,
    code: 'provider_error',
  },
  { name: 'a broken connection', provider: 'reset', kind: 'network', seen: null, status: 502, code: 'provider_error' },
  { name: 'no answer in time', provider: 'hang', kind: 'timeout', seen: null, status: 504, code: 'provider_timeout' },
  {
    name: 'bad request',
    provider: refused(400, { type: 'invalid_request_error' }),
    kind: 'bad_request',
    seen: 400,
    status: 400,
    code: 'invalid_request',
  },
  {
    name: 'content filter',
    provider: refused(400, { code: 'content_filter' }),
    kind: 'content_filter',
    seen: 400,
    status: 400,
    code: 'invalid_request',
  },
  { name: 'missing secret', secret: 'missing', ...unreadable },
  { name: 'secrets throttled', secret: 'throttled', ...unreadable },
  { name: 'secrets down', secret: 'down', ...unreadable },
  { name: 'secrets denied', secret: 'denied', ...unreadable },
  { name: 'malformed secret', secret: 'malformed', ...unreadable },
];

export type Form = 'chat' | 'stream' | 'embeddings';
/** The second key: there is none, it is well, it fails like the first. */
export type Keys = 'one key' | 'a second key that is well' | 'two keys that fail';

export interface Cell {
  name: string;
  fault: FaultRow;
  exclusive: boolean;
  form: Form;
  keys: Keys;
}

export function cellsOf(rows: FaultRow[], forms: Form[]): Cell[] {
  return rows.flatMap((fault) =>
    [true, false].flatMap((exclusive) =>
      forms.flatMap((form) =>
        (['one key', 'a second key that is well', 'two keys that fail'] as const).map((keys) => ({
          name: `${fault.name}, ${exclusive ? 'exclusive' : 'fallback'}, ${form}, ${keys}`,
          fault,
          exclusive,
          form,
          keys,
        })),
      ),
    ),
  );
}

export interface Expected {
  status: number;
  code: string | null;
  /** Targets with their outcome, `a` and `b` for the keys. */
  route: string[];
  calls: { a: number; b: number; platform: number };
  servedBy: 'a' | 'b' | 'platform' | null;
}

/** What docs/api.md says of a cell, in words of its own: no code of the policy is used. */
export function expectedOf({ fault, exclusive, keys }: Cell): Expected {
  const outcome = `${fault.kind}${fault.seen === null ? '' : `:${fault.seen}`}`;
  const call = fault.secret === undefined ? 1 : 0;
  const failed = { status: fault.status, code: fault.code, servedBy: null };
  const stops = fault.kind === 'bad_request' || fault.kind === 'content_filter';
  if (stops) return { ...failed, route: [`a=${outcome}`], calls: { a: 1, b: 0, platform: 0 } };
  const served = { status: 200, code: null };
  if (keys === 'a second key that is well')
    return { ...served, route: [`a=${outcome}`, 'b=200'], calls: { a: call, b: 1, platform: 0 }, servedBy: 'b' };
  const [last, tried] =
    keys === 'one key' ? (['a', [`a=${outcome}`]] as const) : (['b', [`a=${outcome}`, `b=${outcome}`]] as const);
  const calls = { a: call, b: keys === 'one key' ? 0 : call, platform: 0 };
  if (!exclusive)
    return { ...served, route: [...tried, 'platform=200'], calls: { ...calls, platform: 1 }, servedBy: 'platform' };
  const passes = ['overloaded', 'network'].includes(fault.kind);
  return {
    ...failed,
    route: [...tried, 'platform=skipped:exclusive', ...(passes ? [`${last}=${outcome}`] : [])],
    calls: { ...calls, ...(passes && { [last]: call + 1 }) },
  };
}

/** A request of each form; `marker` finds its calls at the provider. */
export function requestOf(form: Form, marker: string): { path: string; body: JsonObject } {
  if (form === 'embeddings')
    return { path: '/v1/embeddings', body: { model: 'text-embedding-3-small', input: marker } };
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: marker }], max_tokens: 10 };
  return {
    path: '/v1/chat/completions',
    body: form === 'stream' ? { ...body, stream: true, stream_options: { include_usage: true } } : body,
  };
}
