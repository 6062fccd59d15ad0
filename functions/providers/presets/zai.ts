import { preset } from './preset.ts';

/**
 * https://docs.z.ai/api-reference/api-code: an empty balance is a 429, as is a locked account; 434 is a missing permission.
 * Code 1113 as https://github.com/zai-org/GLM-5/issues/49 reports it.
 */
export const zai = preset({
  name: 'zai',
  title: 'Z.ai',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  documentation: 'https://docs.z.ai/api-reference/introduction',
  testModel: 'glm-5',
  quirks: { renames: { max_completion_tokens: 'max_tokens' } },
  errors: {
    words: [{ when: /balance|recharge/i, status: 429, kind: 'quota' }],
    kinds: { '1113': 'quota' },
    statuses: { 434: 'permission' },
  },
});
