import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTables, startDynamoDb } from '../../local/dynamodb.ts';
import type { Listening } from '../../local/listening.ts';
import { provideSecrets } from '../../local/own-secrets.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { simulatedEndpoints } from '../../local/settings.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../local/simulated/server.ts';

export interface EmbeddedCloud {
  /** What a deployed function's environment would say, with everything on this machine. */
  environment: Record<string, string>;
  adminToken: string;
  close(): Promise<void>;
}

/** Stores in memory with the stack's tables and secrets, and the simulated providers: all that a function talks to. */
export async function startEmbeddedCloud(): Promise<EmbeddedCloud> {
  const opened: Listening[] = await Promise.all([
    startDynamoDb({ folder: null }),
    startSecretsManager({ file: null }),
    startSimulatedProviders(createSimulatedProviders().handlers),
  ]);
  const [dynamo, secrets, providers] = opened.map(({ url }) => url);
  const region = 'eu-central-1';
  const credentials = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };
  const database = new DynamoDBClient({ region, endpoint: dynamo, credentials });
  const vault = new SecretsManagerClient({ region, endpoint: secrets, credentials });
  await createTables(database, ['keyway-config', 'keyway-log']);
  const { adminToken } = await provideSecrets(vault, 'keyway', { adminToken: null, platform: {} });
  database.destroy();
  vault.destroy();
  return {
    adminToken,
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo ?? '',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets ?? '',
      ...simulatedEndpoints(providers ?? ''),
    },
    async close() {
      for (const listening of opened) await listening.close();
    },
  };
}
