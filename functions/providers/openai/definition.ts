import { apiKeySchema } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import { openaiCredentialForm } from './credential.ts';

const apiKey = apiKeySchema('API key of OpenAI');

export const openai: ProviderDefinition = {
  name: 'openai',
  title: 'OpenAI',
  form: openaiCredentialForm,
  credentialSchemas: [
    apiKey,
    {
      type: 'object',
      properties: { apiKey, organization: { type: 'string' }, project: { type: 'string' } },
      required: ['apiKey'],
    },
  ],
  permissions: ['model.request'],
  documentation: 'https://platform.openai.com/api-keys',
  testModel: 'gpt-4o-mini',
  addresses: ['OPENAI_BASE_URL'],
};
