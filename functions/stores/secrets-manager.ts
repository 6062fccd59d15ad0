import { createHash, timingSafeEqual } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type SecretReader, SecretUnavailable, type SecretWriter, type StoredSecret, StoreUnavailable } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import { tellOutages } from './outages.ts';

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function createSecretsManager(where: Pick<SecretsManagerClientConfig, 'endpoint' | 'region' | 'credentials'> = {}): SecretsManagerClient {
  const client = new SecretsManagerClient({
    ...where,
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      requestTimeout: 2000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 128 },
      httpsAgent: { maxSockets: 128 },
    }),
  });
  return tellOutages(client, 'Secrets Manager');
}

function tenantSecretName(prefix: string, workspaceId: string, keyId: string): string {
  return `${prefix}/tenants/${workspaceId}/${keyId}`;
}

/** How long a read admin token is believed; a rotated one holds after that. */
const adminTokenTtlMs = 30_000;

export function createSecretReader(client: SecretsManagerClient, prefix: string, now: () => number): SecretReader {
  let adminToken: { digest: Buffer; until: number } | null = null;
  const read = async (name: string, version: string | null): Promise<StoredSecret> => {
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: name, ...(version !== null && { VersionId: version }) }));
      if (answer.SecretString === undefined || answer.VersionId === undefined) throw new SecretUnavailable('The secret holds no text.');
      return { text: new Secret(answer.SecretString), version: answer.VersionId };
    } catch (error) {
      if (error instanceof SecretUnavailable) throw error;
      if (error instanceof StoreUnavailable) throw new SecretUnavailable(error.message);
      // The service's own message may repeat request details; its name says enough.
      throw new SecretUnavailable(`Secrets Manager: ${error instanceof Error ? error.name : 'unknown error'}.`, error instanceof ResourceNotFoundException);
    }
  };
  return {
    readTenant: (workspaceId, keyId, version) => read(tenantSecretName(prefix, workspaceId, keyId), version),
    readPlatform: (name) => read(`${prefix}/platform/${name}`, null),
    async isAdminToken(given) {
      if (adminToken === null || adminToken.until < now()) {
        const stored = (await read(`${prefix}/admin-token`, null)).text.reveal();
        adminToken = { digest: sha256(stored), until: now() + adminTokenTtlMs };
      }
      return timingSafeEqual(adminToken.digest, sha256(given));
    },
  };
}

/** One secret per provider key; a rotation is a new version of it. This writer cannot read. */
export function createSecretWriter(client: SecretsManagerClient, prefix: string): SecretWriter {
  return {
    async write(workspaceId, keyId, value, versionId, isNew) {
      const name = tenantSecretName(prefix, workspaceId, keyId);
      const content = { SecretString: value.reveal(), ClientRequestToken: versionId };
      if (isNew) await client.send(new CreateSecretCommand({ Name: name, Description: `Keyway provider key ${keyId}`, ...content }));
      else await client.send(new PutSecretValueCommand({ SecretId: name, ...content }));
    },
    async makeCurrent(workspaceId, keyId, versionId, insteadOf) {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: tenantSecretName(prefix, workspaceId, keyId),
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: versionId,
          RemoveFromVersionId: insteadOf,
        }),
      );
    },
    async remove(workspaceId, keyId) {
      try {
        await client.send(new DeleteSecretCommand({ SecretId: tenantSecretName(prefix, workspaceId, keyId), ForceDeleteWithoutRecovery: true }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}

/** The names of the tenants' secrets, for the sweep. It sees names only. */
export function createSecretInventory(client: SecretsManagerClient, prefix: string) {
  const pattern = new RegExp(`^${prefix.replace(/[.+?^$()[\]{}|\\]/g, '\\$&')}/tenants/(ws_[0-9A-Z]{26})/(pk_[0-9A-Z]{26})$`);
  return {
    async *list(before: number) {
      let next: string | undefined;
      do {
        const page: ListSecretsCommandOutput = await client.send(
          new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [`${prefix}/tenants/`] }], MaxResults: 100, NextToken: next }),
        );
        for (const { Name = '', CreatedDate } of page.SecretList ?? []) {
          const [, workspaceId, keyId] = pattern.exec(Name) ?? [];
          if (workspaceId && keyId && CreatedDate !== undefined && CreatedDate.getTime() < before) yield { workspaceId, keyId };
        }
        next = page.NextToken;
      } while (next);
    },
    remove: (workspaceId: string, keyId: string) => createSecretWriter(client, prefix).remove(workspaceId, keyId),
  };
}
