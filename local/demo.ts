import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isObject, type JsonObject, parseJson } from '../functions/core/json.ts';
import { readSecret, writeSecret } from './own-secrets.ts';
import type { SimulatedProviders } from './simulated/providers.ts';

/** API keys of two workspaces: one whose provider key works, one whose provider key is refused, so that the platform serves. */
export interface Demo {
  key: string;
  fallbackKey: string;
}

/** The demo workspaces, made through the HTTP API at the first start and found again afterwards. Throws when the gateway does not play along. */
export async function prepareDemo(options: {
  url: string;
  adminToken: string;
  secrets: SecretsManagerClient;
  secretName: string;
  demo: SimulatedProviders['demo'];
}): Promise<Demo> {
  const { url, adminToken, secrets, secretName, demo } = options;
  const kept = parseJson((await readSecret(secrets, secretName)) ?? '');
  if (isDemo(kept) && (await works(url, kept.key)) && (await works(url, kept.fallbackKey))) return kept;
  const made = {
    key: await createWorkspace(url, adminToken, 'demo', {
      provider: demo.provider,
      credential: demo.working,
      label: 'Demo key',
    }),
    fallbackKey: await createWorkspace(url, adminToken, 'demo-fallback', {
      provider: demo.provider,
      credential: demo.failing,
      label: 'Revoked demo key',
    }),
  };
  await writeSecret(secrets, secretName, JSON.stringify(made));
  return made;
}

async function createWorkspace(
  url: string,
  adminToken: string,
  name: string,
  providerKey: JsonObject,
): Promise<string> {
  const workspace = await post(`${url}/v1/workspaces`, adminToken, { name, credit_usd: '10.0000000' });
  const key = isObject(workspace.api_key) ? String(workspace.api_key.key) : '';
  await post(`${url}/v1/provider-keys`, key, providerKey);
  return key;
}

async function post(url: string, bearer: string, body: JsonObject): Promise<JsonObject> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const parsed = parseJson(await answer.text());
  if (answer.status !== 201 || !isObject(parsed))
    throw new Error(`POST ${new URL(url).pathname} answered ${answer.status}`);
  return parsed;
}

async function works(url: string, key: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/balance`, { headers: { authorization: `Bearer ${key}` } });
  await answer.arrayBuffer();
  return answer.ok;
}

function isDemo(value: unknown): value is Demo {
  return isObject(value) && typeof value.key === 'string' && typeof value.fallbackKey === 'string';
}
