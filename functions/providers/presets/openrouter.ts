import { preset } from './preset.ts';

/** https://openrouter.ai/docs/api/reference/errors-and-debugging: numbers as codes, in streams of status 200 too; 403 may be moderation. */
export const openrouter = preset({
  name: 'openrouter',
  title: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  documentation: 'https://openrouter.ai/docs/api/reference/authentication',
  testModel: 'openai/gpt-4o-mini',
  errors: {
    words: [{ when: /moderation|flagged/i, status: 403, kind: 'content_filter' }],
    hints: { quota: "Add credits at openrouter.ai, or raise the key's limit." },
  },
});
