import {
  DescribeSecretCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { PlatformSecrets } from '../../core/more-ports/operator.ts';
import { SecretUnavailable } from '../../core/ports.ts';

/** The platform's secrets as an operator may see them. DescribeSecret never tells a value, and is another permission than reading one. */
export function createPlatformSecrets(client: SecretsManagerClient, prefix: string): PlatformSecrets {
  const nameOf = (provider: string) => `${prefix}/platform/${provider}`;
  return {
    nameOf,
    async describe(provider) {
      try {
        const answer = await client.send(new DescribeSecretCommand({ SecretId: nameOf(provider) }));
        const stages = Object.entries(answer.VersionIdsToStages ?? {});
        return {
          version: stages.find(([, labels]) => labels.includes('AWSCURRENT'))?.[0] ?? null,
          changedAt: (answer.LastChangedDate ?? answer.CreatedDate ?? new Date(0)).toISOString(),
          deletedOn: answer.DeletedDate?.toISOString() ?? null,
        };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return null;
        throw new SecretUnavailable(`Secrets Manager: ${error instanceof Error ? error.name : 'unknown error'}.`);
      }
    },
  };
}
