import { preset } from './preset.ts';

/** https://api-docs.deepseek.com/ (address), https://api-docs.deepseek.com/quick_start/error_codes (401, 402, 422, 429, 503). */
export const deepseek = preset({
  name: 'deepseek',
  title: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  documentation: 'https://platform.deepseek.com/api_keys',
  testModel: 'deepseek-chat',
  quirks: { renames: { max_completion_tokens: 'max_tokens' } },
  errors: { hints: { quota: 'Top up the balance at platform.deepseek.com.' } },
});
