import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulateAnthropic, simulatedAnthropicKeys } from './anthropic/server.ts';
import { simulateSts } from './aws-sts.ts';
import { simulatedApiKey, simulatedSecretAccessKey } from './bedrock/credentials.ts';
import { simulateBedrock } from './bedrock/server.ts';
import { simulateCompatible } from './compatible.ts';
import { simulatedGeminiKeys, simulateGemini } from './gemini/server.ts';
import { simulatedOpenAiCredentials, simulatedOpenAiModels } from './openai/failures.ts';
import { createSimulatedOpenAi } from './openai/server.ts';
import type { SimulatedHandler } from './server.ts';
import { simulateGoogleSts, simulateIamCredentials } from './vertex/federation.ts';
import { simulatedServiceAccount, simulateGoogleToken, simulateVertex, trustServiceAccount } from './vertex/server.ts';

export interface SimulatedProviders {
  /** By the first path segment under which each is served. */
  handlers: Record<string, SimulatedHandler>;
  /** The platform's credentials, as text, by provider. */
  platform: Record<string, string>;
  /** The provider keys and the model of the banner's examples. */
  demo: { provider: string; working: string; failing: string; model: string };
  /** What to store or to ask for, to see each failure. */
  behaviours: { use: string; does: string }[];
  /** Keeps a service account to paste in the data folder, so that it works after a restart too; answers its file. */
  keepServiceAccount(dataFolder: string): string;
}

export function createSimulatedProviders(): SimulatedProviders {
  return {
    handlers: {
      openai: createSimulatedOpenAi(),
      bedrock: simulateBedrock,
      vertex: simulateVertex,
      'google-token': simulateGoogleToken,
      'google-sts': simulateGoogleSts,
      'google-iam': simulateIamCredentials,
      sts: simulateSts,
      anthropic: simulateAnthropic,
      gemini: simulateGemini,
      ...simulateCompatible(),
    },
    platform: {
      openai: 'sk-sim-platform',
      bedrock: JSON.stringify({
        accessKeyId: 'AKIASIMKEYWAYPLATFORM',
        secretAccessKey: simulatedSecretAccessKey,
        region: 'us-east-1',
      }),
      vertex: JSON.stringify(simulatedServiceAccount('platform')),
      anthropic: 'sk-ant-sim-platform',
      gemini: 'AIzaSim-platform',
    },
    demo: { provider: 'openai', working: 'sk-sim-demo', failing: 'sk-sim-invalid', model: 'openai/gpt-4o-mini' },
    behaviours: [
      ...simulatedOpenAiCredentials.map(({ credential, does }) => ({ use: credential, does })),
      ...simulatedOpenAiModels.map(({ model, does }) => ({ use: `openai/${model}`, does })),
      ...[simulatedAnthropicKeys, simulatedGeminiKeys].flatMap((keys) =>
        keys
          .slice(0, 1)
          .map(({ credential, does }) => ({ use: credential, does: `${does}; docs/local.md lists the failing ones` })),
      ),
      { use: simulatedApiKey(), does: 'a Bedrock API key that works; docs/local.md lists the failing ones' },
    ],
    keepServiceAccount(dataFolder) {
      const file = join(dataFolder, 'simulated-service-account.json');
      if (existsSync(file)) trustServiceAccount(JSON.parse(readFileSync(file, 'utf8')));
      else writeFileSync(file, `${JSON.stringify(simulatedServiceAccount('demo'), null, 2)}\n`, { mode: 0o600 });
      return file;
    },
  };
}
