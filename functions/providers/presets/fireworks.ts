import { preset } from './preset.ts';

/** https://docs.fireworks.ai/guides/inference-error-codes: 403 is a wrong key, 412 a suspended account. */
export const fireworks = preset({
  name: 'fireworks',
  title: 'Fireworks AI',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  documentation: 'https://docs.fireworks.ai/tools-sdks/openai-compatibility',
  testModel: 'accounts/fireworks/models/gpt-oss-120b',
  completions: true,
  errors: { statuses: { 403: 'credential', 412: 'quota' } },
});
