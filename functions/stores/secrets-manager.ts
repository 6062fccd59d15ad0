import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type SecretReader, SecretUnavailable, type SecretWriter, type StoredSecret } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';

export function createSecretsManager(): SecretsManagerClient {
  return new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      requestTimeout: 3000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 128 },
      httpsAgent: { maxSockets: 128 },
    }),
  });
}

function tenantSecretName(prefix: string, workspaceId: string, keyId: string): string {
  return `${prefix}/tenants/${workspaceId}/${keyId}`;
}

export function createSecretReader(client: SecretsManagerClient, prefix: string): SecretReader {
  const read = async (name: string, version: string | null): Promise<StoredSecret> => {
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: name, ...(version !== null && { VersionId: version }) }));
      if (answer.SecretString === undefined || answer.VersionId === undefined) throw new SecretUnavailable('The secret holds no text.');
      return { text: new Secret(answer.SecretString), version: answer.VersionId };
    } catch (error) {
      if (error instanceof SecretUnavailable) throw error;
      // The service's own message may repeat request details; its name says enough.
      throw new SecretUnavailable(`Secrets Manager: ${error instanceof Error ? error.name : 'unknown error'}.`, error instanceof ResourceNotFoundException);
    }
  };
  return {
    readTenant: (workspaceId, keyId, version) => read(tenantSecretName(prefix, workspaceId, keyId), version),
    readPlatform: (name) => read(`${prefix}/platform/${name}`, null),
    readAdminToken: () => read(`${prefix}/admin-token`, null),
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
