import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  RestoreSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { SecretWriter } from '../../core/ports.ts';
import { isGone, tenantSecretName } from './secrets-manager.ts';

/** The label that keeps an unsettled version: Secrets Manager may drop versions without any, and AWSCURRENT is the settled one's. */
export const pendingPrefix = 'KEYWAY-';

/** The tag that says which table's key a secret belongs to (table-identity.ts). */
export const ownerTag = 'keyway:table';

/** What a new secret gets from the account that it lies in. */
export interface SecretSetting {
  /** ARN of the KMS key; null: Secrets Manager's own. */
  kmsKey: string | null;
  tags: Record<string, string>;
}

/** One secret per provider key; a rotation is a new version of it. This writer cannot read values. `owner`: the identity of the table. */
export function createSecretWriter(
  client: SecretsManagerClient,
  prefix: string,
  owner: () => Promise<string>,
  { kmsKey, tags }: SecretSetting = { kmsKey: null, tags: {} },
): SecretWriter {
  const put = (SecretId: string, SecretString: string, versionId: string) =>
    client.send(
      new PutSecretValueCommand({
        SecretId,
        SecretString,
        ClientRequestToken: versionId,
        VersionStages: [pendingPrefix + versionId],
      }),
    );
  const create = async (Name: string, keyId: string, SecretString: string, versionId: string) =>
    client.send(
      new CreateSecretCommand({
        Name,
        Description: `Keyway provider key ${keyId}`,
        SecretString,
        ClientRequestToken: versionId,
        ...(kmsKey !== null && { KmsKeyId: kmsKey }),
        Tags: [
          ...Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          { Key: ownerTag, Value: await owner() },
        ],
      }),
    );

  return {
    async write(workspaceId, keyId, value, versionId, isNew) {
      const name = tenantSecretName(prefix, workspaceId, keyId);
      const text = value.reveal();
      if (isNew) return void (await create(name, keyId, text, versionId));
      try {
        await put(name, text, versionId);
      } catch (error) {
        if (isGone(error) && !(error instanceof ResourceNotFoundException)) {
          // The sweep retired it when the secret had moved to another store. It comes back; its window is not over.
          await client.send(new RestoreSecretCommand({ SecretId: name }));
          return void (await put(name, text, versionId));
        }
        if (!(error instanceof ResourceNotFoundException)) throw error;
        // The secret was removed behind the gateway's back; rotating the key is how the tenant mends that.
        await create(name, keyId, text, versionId).catch((late: unknown) => {
          if (!(late instanceof ResourceExistsException)) throw late;
          return put(name, text, versionId);
        });
      }
    },

    ...createVersionLabels(client, prefix),

    async remove(workspaceId, keyId) {
      try {
        await client.send(
          new DeleteSecretCommand({
            SecretId: tenantSecretName(prefix, workspaceId, keyId),
            ForceDeleteWithoutRecovery: true,
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}

const mostRounds = 5;

export function createVersionLabels(
  client: SecretsManagerClient,
  prefix: string,
): Pick<SecretWriter, 'promote' | 'discard'> {
  const labels = async (SecretId: string) =>
    (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};
  const unlabel = async (SecretId: string, versionId: string, stages: Record<string, string[]>) => {
    const VersionStage = pendingPrefix + versionId;
    if (stages[versionId]?.includes(VersionStage))
      await client.send(
        new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId: versionId }),
      );
  };
  return {
    async promote(workspaceId, keyId, versionId) {
      const SecretId = tenantSecretName(prefix, workspaceId, keyId);
      for (let round = 1; ; round++) {
        const stages = await labels(SecretId);
        const current = Object.keys(stages).find((id) => stages[id]?.includes('AWSCURRENT'));
        try {
          if (current !== versionId) {
            await client.send(
              new UpdateSecretVersionStageCommand({
                SecretId,
                VersionStage: 'AWSCURRENT',
                MoveToVersionId: versionId,
                RemoveFromVersionId: current,
              }),
            );
          }
          return await unlabel(SecretId, versionId, stages);
        } catch (error) {
          // Another rotation moved the label between the two calls.
          if (!(error instanceof InvalidParameterException) || round === mostRounds) throw error;
        }
      }
    },
    async discard(workspaceId, keyId, versionId) {
      const SecretId = tenantSecretName(prefix, workspaceId, keyId);
      await unlabel(SecretId, versionId, await labels(SecretId));
    },
  };
}
