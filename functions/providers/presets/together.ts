import { preset } from './preset.ts';

/** https://docs.together.ai/docs/inference/openai-compatibility (address), https://docs.together.ai/docs/error-codes (a request too long is a 403). */
export const together = preset({
  name: 'together',
  title: 'Together AI',
  baseUrl: 'https://api.together.ai/v1',
  documentation: 'https://docs.together.ai/docs/inference/openai-compatibility',
  testModel: 'openai/gpt-oss-20b',
  embeddings: true,
  completions: true,
  quirks: { renames: { max_completion_tokens: 'max_tokens' } },
  errors: { statuses: { 403: 'bad_request' } },
});
