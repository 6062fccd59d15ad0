import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import type { SecretInventory } from '../../core/more-ports/sweep.ts';
import { createVersionLabels, ownerTag, pendingPrefix } from './secret-writer.ts';
import { tenantSecretName } from './secrets-manager.ts';

/** The tenants' secrets for the sweep. It sees names and labels only. */
export function createSecretInventory(client: SecretsManagerClient, prefix: string): SecretInventory {
  const pattern = new RegExp(
    `^${prefix.replace(/[.+?^$()[\]{}|\\]/g, '\\$&')}/tenants/(ws_[0-9A-Z]{26})/(pk_[0-9A-Z]{26})$`,
  );
  return {
    store: 'secrets-manager',
    async page(cursor) {
      const answer = await client.send(
        new ListSecretsCommand({
          Filters: [{ Key: 'name', Values: [`${prefix}/tenants/`] }],
          MaxResults: 100,
          ...(cursor !== null && { NextToken: cursor }),
        }),
      );
      const secrets = (answer.SecretList ?? []).flatMap(
        ({ Name = '', CreatedDate, LastChangedDate, SecretVersionsToStages: stages = {}, Tags = [] }) => {
          const [, workspaceId, keyId] = pattern.exec(Name) ?? [];
          if (!workspaceId || !keyId || CreatedDate === undefined) return [];
          const versions = Object.keys(stages);
          return [
            {
              workspaceId,
              keyId,
              owner: Tags.find(({ Key }) => Key === ownerTag)?.Value ?? null,
              createdAt: CreatedDate.getTime(),
              changedAt: (LastChangedDate ?? CreatedDate).getTime(),
              current: versions.find((id) => stages[id]?.includes('AWSCURRENT')) ?? null,
              pending: versions.filter((id) => stages[id]?.includes(pendingPrefix + id)),
            },
          ];
        },
      );
      return { secrets, next: answer.NextToken ?? null };
    },
    ...createVersionLabels(client, prefix),
    async holds(workspaceId, keyId, version) {
      try {
        const SecretId = tenantSecretName(prefix, workspaceId, keyId);
        const { DeletedDate, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
        return DeletedDate === undefined && Object.hasOwn(VersionIdsToStages, version);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return false;
        throw error;
      }
    },
    async adopt(workspaceId, keyId, owner) {
      await client.send(
        new TagResourceCommand({
          SecretId: tenantSecretName(prefix, workspaceId, keyId),
          Tags: [{ Key: ownerTag, Value: owner }],
        }),
      );
    },
    async retire(workspaceId, keyId) {
      // A week is the shortest window that Secrets Manager knows.
      await client.send(
        new DeleteSecretCommand({ SecretId: tenantSecretName(prefix, workspaceId, keyId), RecoveryWindowInDays: 7 }),
      );
    },
  };
}
