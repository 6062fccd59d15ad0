import { preset } from './preset.ts';

/**
 * https://github.com/mistralai/client-python (address: src/mistralai/sdkconfiguration.py), https://docs.mistral.ai/api (fields),
 * https://github.com/mistralai/platform-docs-public/issues/7 (unknown fields are 422 `extra_forbidden`).
 */
export const mistral = preset({
  name: 'mistral',
  title: 'Mistral AI',
  telemetryName: 'mistral_ai',
  baseUrl: 'https://api.mistral.ai/v1',
  documentation: 'https://docs.mistral.ai/getting-started/quickstart',
  testModel: 'mistral-small-latest',
  embeddings: true,
  quirks: {
    renames: { seed: 'random_seed', max_completion_tokens: 'max_tokens' },
    refuses: ['logit_bias', 'logprobs', 'top_logprobs', 'user', 'service_tier', 'store', 'metadata', 'verbosity'],
    streamOptions: false,
  },
});
