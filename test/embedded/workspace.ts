import { randomBytes } from 'node:crypto';
import { isObject, type JsonObject, parseJson } from '../../functions/core/json.ts';
import { adminToken, type Gateway } from '../embedded-gateway.ts';
import { plant } from './leaks.ts';
import { transcript } from './transcript.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; an empty object when it is none. */
  json: JsonObject;
}

export async function call(
  gateway: Pick<Gateway, 'url'>,
  method: string,
  path: string,
  options: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { key, body, headers } = options;
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text().catch((error: unknown) => `broken: ${String(error)}`);
  const parsed = parseJson(text);
  const answer = { status: response.status, headers: response.headers, text, json: isObject(parsed) ? parsed : {} };
  transcript.push(`${method} ${path} ${JSON.stringify([...response.headers])} ${text}`);
  return answer;
}

/** A tenant with its API key. */
export interface Tenant {
  id: string;
  apiKey: string;
}

export async function createTenant(gateway: Gateway, credit = '10'): Promise<Tenant> {
  const { json } = await call(gateway, 'POST', '/v1/workspaces', {
    key: adminToken,
    body: { name: 'tenant', credit_usd: credit },
  });
  return { id: String(json.id), apiKey: String((json.api_key as JsonObject).key) };
}

/** A fake OpenAI key that looks like a real one; wherever it shows up, the stores' closing finds it. */
export function fakeKey(): string {
  const key = `sk-proj-${randomBytes(24).toString('base64url')}`;
  plant(key);
  return key;
}

/** Stores a provider key and gives its id. */
export async function addKey(
  gateway: Gateway,
  tenant: Tenant,
  credential: unknown,
  more: JsonObject = {},
): Promise<string> {
  const { status, json, text } = await call(gateway, 'POST', '/v1/provider-keys', {
    key: tenant.apiKey,
    body: { provider: 'openai', credential, ...more },
  });
  if (status !== 201) throw new Error(`The key was not stored: ${text}`);
  return String(json.id);
}

export function chat(
  gateway: Pick<Gateway, 'url'>,
  tenant: Tenant,
  more: JsonObject = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'ping' }], max_tokens: 10, ...more };
  return call(gateway, 'POST', '/v1/chat/completions', { key: tenant.apiKey, body, headers });
}

export function keyOf(gateway: Gateway, tenant: Tenant, id: string): Promise<Answer> {
  return call(gateway, 'GET', `/v1/provider-keys/${id}`, { key: tenant.apiKey });
}

export function routeOf(answer: Answer): string | null {
  return answer.headers.get('x-keyway-route');
}

export function errorOf(answer: Answer): JsonObject {
  return isObject(answer.json.error) ? answer.json.error : {};
}
