import { createHash } from 'node:crypto';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { adminToken, type Stores, startStores } from '../../embedded-gateway.ts';

/** Operators of both roles, before any process has read who they are. */
export const owner = adminToken;
export const support = 'support-token-of-the-tests-0123456789';

export async function startStoresWithOperators(platform: Record<string, unknown> = {}): Promise<Stores> {
  const stores = await startStores(platform);
  const hash = createHash('sha256').update(support).digest('hex');
  const list = [
    { name: 'ann', role: 'owner', token: owner },
    { name: 'sue', role: 'support', hash },
  ];
  await stores.secretsManager.send(
    new PutSecretValueCommand({ SecretId: 'keyway/admin-token', SecretString: JSON.stringify(list) }),
  );
  return stores;
}
