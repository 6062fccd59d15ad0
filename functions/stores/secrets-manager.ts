import { createHash, timingSafeEqual } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  type SecretInventory,
  type SecretReader,
  SecretUnavailable,
  type SecretWriter,
  type StoredSecret,
  StoreUnavailable,
} from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import { tellOutages } from './outages.ts';
import { createRequestHandler } from './request-handler.ts';

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function createSecretsManager(
  where: Pick<SecretsManagerClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): SecretsManagerClient {
  return tellOutages(
    new SecretsManagerClient({ ...where, maxAttempts: 3, requestHandler: createRequestHandler(128) }),
    'Secrets Manager',
  );
}

/** A secret that waits for its deletion answers InvalidRequestException. */
function isGone(error: unknown): boolean {
  return (
    error instanceof ResourceNotFoundException ||
    (error instanceof InvalidRequestException && /deletion|deleted/i.test(error.message))
  );
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
    async isAdminToken(given) {
      if (adminToken === null || adminToken.until < now()) {
        const stored = (await read(`${prefix}/admin-token`, null)).text.reveal();
        adminToken = { digest: sha256(stored), until: now() + adminTokenTtlMs };
      }
      return timingSafeEqual(adminToken.digest, sha256(given));
    },
  };
}

/** The label that keeps an unsettled version: Secrets Manager may drop versions without any, and AWSCURRENT is the settled one's. */
const pendingPrefix = 'KEYWAY-';

/** One secret per provider key; a rotation is a new version of it. This writer cannot read values. */
export function createSecretWriter(client: SecretsManagerClient, prefix: string): SecretWriter {
  const put = (SecretId: string, SecretString: string, versionId: string) =>
    client.send(
      new PutSecretValueCommand({
        SecretId,
        SecretString,
        ClientRequestToken: versionId,
        VersionStages: [pendingPrefix + versionId],
      }),
    );
  const create = (Name: string, keyId: string, SecretString: string, versionId: string) =>
    client.send(
      new CreateSecretCommand({
        Name,
        Description: `Keyway provider key ${keyId}`,
        SecretString,
        ClientRequestToken: versionId,
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

function createVersionLabels(client: SecretsManagerClient, prefix: string): Pick<SecretWriter, 'promote' | 'discard'> {
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

/** The tenants' secrets for the sweep. It sees names and labels only. */
export function createSecretInventory(client: SecretsManagerClient, prefix: string): SecretInventory {
  const pattern = new RegExp(
    `^${prefix.replace(/[.+?^$()[\]{}|\\]/g, '\\$&')}/tenants/(ws_[0-9A-Z]{26})/(pk_[0-9A-Z]{26})$`,
  );
  return {
    async *list() {
      let next: string | undefined;
      do {
        const page: ListSecretsCommandOutput = await client.send(
          new ListSecretsCommand({
            Filters: [{ Key: 'name', Values: [`${prefix}/tenants/`] }],
            MaxResults: 100,
            NextToken: next,
          }),
        );
        for (const {
          Name = '',
          CreatedDate,
          LastChangedDate,
          SecretVersionsToStages: stages = {},
        } of page.SecretList ?? []) {
          const [, workspaceId, keyId] = pattern.exec(Name) ?? [];
          if (!workspaceId || !keyId || CreatedDate === undefined) continue;
          const versions = Object.keys(stages);
          yield {
            workspaceId,
            keyId,
            createdAt: CreatedDate.getTime(),
            changedAt: (LastChangedDate ?? CreatedDate).getTime(),
            current: versions.find((id) => stages[id]?.includes('AWSCURRENT')) ?? null,
            pending: versions.filter((id) => stages[id]?.includes(pendingPrefix + id)),
          };
        }
        next = page.NextToken;
      } while (next);
    },
    ...createVersionLabels(client, prefix),
    async retire(workspaceId, keyId) {
      // A week is the shortest window that Secrets Manager knows.
      await client.send(
        new DeleteSecretCommand({ SecretId: tenantSecretName(prefix, workspaceId, keyId), RecoveryWindowInDays: 7 }),
      );
    },
  };
}
