import { randomBytes } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** The value of a secret, null when there is none. */
export async function readSecret(client: SecretsManagerClient, name: string): Promise<string | null> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? null;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null;
    throw error;
  }
}

/** Makes a secret have this value; null removes it. */
export async function writeSecret(client: SecretsManagerClient, name: string, value: string | null): Promise<void> {
  if ((await readSecret(client, name)) === value) return;
  if (value === null) {
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    return;
  }
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  }
}

export interface Owner {
  adminToken: string;
  /** Whether this server made the token up itself; only then may it be shown. */
  generated: boolean;
}

/**
 * Puts the operator's secrets where the functions look for them: the environment says what they are, at every start.
 * Without a given admin token the one of the first start is used again.
 */
export async function provideSecrets(
  client: SecretsManagerClient,
  prefix: string,
  given: { adminToken: string | null; platform: Record<string, string | null> },
): Promise<Owner> {
  // Beside the functions' prefix, so that a token given once is never shown later.
  const generatedName = `${prefix}-local/generated-admin-token`;
  const adminToken =
    given.adminToken ?? (await readSecret(client, generatedName)) ?? `kwadmin_${randomBytes(32).toString('base64url')}`;
  if (given.adminToken === null) await writeSecret(client, generatedName, adminToken);
  await writeSecret(client, `${prefix}/admin-token`, adminToken);
  for (const [provider, credential] of Object.entries(given.platform))
    await writeSecret(client, `${prefix}/platform/${provider}`, credential);
  return { adminToken, generated: given.adminToken === null };
}
