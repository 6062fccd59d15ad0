import {
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { type SecretReader, SecretUnavailable, type StoredSecret, StoreUnavailable } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { tellOutages } from '../dynamodb/outages.ts';
import { createRequestHandler } from '../dynamodb/request-handler.ts';
import { type AdminToken, operatorAmong, readAdminTokens } from './admin-tokens.ts';

export function createSecretsManager(
  where: Pick<SecretsManagerClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): SecretsManagerClient {
  return tellOutages(
    new SecretsManagerClient({ ...where, maxAttempts: 3, requestHandler: createRequestHandler(128) }),
    'Secrets Manager',
  );
}

/** A secret that waits for its deletion answers InvalidRequestException. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof ResourceNotFoundException ||
    (error instanceof InvalidRequestException && /deletion|deleted/i.test(error.message))
  );
}

export function tenantSecretName(prefix: string, workspaceId: string, keyId: string): string {
  return `${prefix}/tenants/${workspaceId}/${keyId}`;
}

/** How long a read admin token is believed; a rotated one holds after that. */
const adminTokenTtlMs = 30_000;

export function createSecretReader(client: SecretsManagerClient, prefix: string, now: () => number): SecretReader {
  let admins: { tokens: AdminToken[]; until: number } | null = null;
  const read = async (name: string, version: string | null): Promise<StoredSecret> => {
    try {
      const answer = await client.send(
        new GetSecretValueCommand({ SecretId: name, ...(version !== null && { VersionId: version }) }),
      );
      if (answer.SecretString === undefined || answer.VersionId === undefined)
        throw new SecretUnavailable('The secret holds no text.');
      return {
        text: new Secret(answer.SecretString),
        version: answer.VersionId,
        createdAt: answer.CreatedDate?.getTime() ?? 0,
      };
    } catch (error) {
      if (error instanceof SecretUnavailable) throw error;
      if (error instanceof StoreUnavailable) throw new SecretUnavailable(error.message);
      // The service's own message may repeat request details; its name says enough.
      throw new SecretUnavailable(
        `Secrets Manager: ${error instanceof Error ? error.name : 'unknown error'}.`,
        isGone(error),
      );
    }
  };
  return {
    readTenant: (workspaceId, keyId, version) => read(tenantSecretName(prefix, workspaceId, keyId), version),
    readPlatform: (name) => read(`${prefix}/platform/${name}`, null),
    async operatorOf(given) {
      if (admins === null || admins.until < now()) {
        const { text } = await read(`${prefix}/admin-token`, null);
        admins = { tokens: readAdminTokens(text), until: now() + adminTokenTtlMs };
      }
      return operatorAmong(admins.tokens, given);
    },
  };
}
