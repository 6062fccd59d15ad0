import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSimulatedProviders } from '../local/simulated/providers.ts';
import { startSimulatedProviders } from '../local/simulated/server.ts';
import { report } from './child.ts';

/** The simulated providers, and the platform's credentials for them in Secrets Manager. */
const { handlers, platform } = createSimulatedProviders();
const secrets = new SecretsManagerClient({});
for (const [provider, credential] of Object.entries(platform))
  await secrets.send(new CreateSecretCommand({ Name: `keyway/platform/${provider}`, SecretString: credential }));
report((await startSimulatedProviders(handlers)).url);
