import { simulateBedrock } from './bedrock.ts';
import { simulatedSecretAccessKey } from './bedrock-credentials.ts';
import { createSimulatedOpenAi } from './openai.ts';
import { simulatedOpenAiCredentials, simulatedOpenAiModels } from './openai-failures.ts';
import type { SimulatedHandler } from './server.ts';

export interface SimulatedProviders {
  /** By the first path segment under which each is served. */
  handlers: Record<string, SimulatedHandler>;
  /** The platform's credentials, as text, by provider. */
  platform: Record<string, string>;
  /** The provider keys and the model of the banner's examples. */
  demo: { provider: string; working: string; failing: string; model: string };
  /** What to store or to ask for, to see each failure. */
  behaviours: { use: string; does: string }[];
}

export function createSimulatedProviders(): SimulatedProviders {
  return {
    handlers: { openai: createSimulatedOpenAi(), bedrock: simulateBedrock },
    platform: {
      openai: 'sk-sim-platform',
      bedrock: JSON.stringify({ accessKeyId: 'AKIASIMKEYWAYPLATFORM', secretAccessKey: simulatedSecretAccessKey, region: 'us-east-1' }),
    },
    demo: { provider: 'openai', working: 'sk-sim-demo', failing: 'sk-sim-invalid', model: 'openai/gpt-4o-mini' },
    behaviours: [
      ...simulatedOpenAiCredentials.map(({ credential, does }) => ({ use: credential, does })),
      ...simulatedOpenAiModels.map(({ model, does }) => ({ use: `openai/${model}`, does })),
    ],
  };
}
