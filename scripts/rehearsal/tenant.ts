import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LambdaProcess } from '../../test/lib/runtime-api.ts';
import type { Emulator } from './emulator.ts';
import { complete, startInference } from './inference-function.ts';

interface LogLine {
  credential: string | null;
  provider_key_id: string | null;
}

/** Calls the deployed API as an operator and as a tenant. Each step throws when the answer is not the expected one. */
export function createTenant(emulator: Emulator, secretPrefix: string) {
  const secrets = new SecretsManagerClient({
    endpoint: emulator.url,
    region: emulator.region,
    credentials: { accessKeyId: emulator.account, secretAccessKey: 'rehearsal' },
  });
  let inference: LambdaProcess | null = null;
  let base = '';
  let key = '';
  let providerKey = '';

  async function call(token: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
  }

  async function ask(extra: object): Promise<string> {
    if (!inference) throw new Error('No inference function runs.');
    const messages = [{ role: 'user', content: 'Hello' }];
    return complete(inference, key, { model: 'openai/gpt-4o-mini', messages, ...extra });
  }

  return {
    /** After each deployment: from its output ApiUrl and its cloud assembly. */
    async isServedAt(apiUrl: string, assembly: string) {
      base = emulator.apiUrl(apiUrl);
      await inference?.stop();
      inference = await startInference(emulator, assembly);
    },

    async leaves() {
      await inference?.stop();
      secrets.destroy();
    },

    /** Not the stack's: the operator stores it. */
    async storePlatformSecret(provider: string, value: string) {
      await secrets.send(
        new CreateSecretCommand({ Name: `${secretPrefix}/platform/${provider}`, SecretString: value }),
      );
    },

    async makeWorkspace() {
      const { SecretString: admin = '' } = await secrets.send(
        new GetSecretValueCommand({ SecretId: `${secretPrefix}/admin-token` }),
      );
      const made = await call(admin, 'POST', '/v1/workspaces', { name: 'acme', credit_usd: '5' });
      key = (made.api_key as { key: string }).key;
    },

    /**
     * Stores a key and rotates it. A new secret alone would not do: MiniStack's CreateSecret gives its version an id of its own in place of
     * `ClientRequestToken` (its PutSecretValue takes it), the gateway asks for the version that it has noted, finds none, and falls back.
     */
    async storeProviderKey(first: string, second: string) {
      const made = await call(key, 'POST', '/v1/provider-keys', {
        provider: 'openai',
        label: 'own',
        credential: first,
      });
      providerKey = String(made.id);
      await call(key, 'PATCH', `/v1/provider-keys/${providerKey}`, { credential: second });
    },

    async isAnswered() {
      const { choices } = JSON.parse(await ask({})) as { choices?: unknown[] };
      if (choices?.length !== 1) throw new Error('The answer holds no choice.');
    },

    async isStreamed() {
      if (!(await ask({ stream: true })).trimEnd().endsWith('data: [DONE]')) throw new Error('The stream has no end.');
    },

    /** By the functions of the management, through the API. */
    async findsItsThings() {
      const keys = (await call(key, 'GET', '/v1/provider-keys')).data as { id: string }[];
      if (keys.map(({ id }) => id).join() !== providerKey)
        throw new Error(`These provider keys: ${JSON.stringify(keys)}`);
      const logs = (await call(key, 'GET', '/v1/logs')).data as LogLine[];
      const paidBy = logs.map(({ credential, provider_key_id }) => provider_key_id ?? credential);
      if (paidBy.join() !== `${providerKey},platform`)
        throw new Error(
          `The log should hold the own key's request and before it the platform's: ${JSON.stringify(logs)}`,
        );
    },
  };
}
