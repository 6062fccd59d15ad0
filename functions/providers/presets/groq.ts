import { preset } from './preset.ts';

/** https://console.groq.com/docs/openai (what is refused with 400). */
export const groq = preset({
  name: 'groq',
  title: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  documentation: 'https://console.groq.com/keys',
  testModel: 'llama-3.1-8b-instant',
  quirks: { refuses: ['logprobs', 'logit_bias', 'top_logprobs'], messageNames: false },
});
