import type { ProviderDefinition } from '../definition.ts';
import { openaiCredentialForm } from './credential.ts';

export const openai: ProviderDefinition = {
  name: 'openai',
  form: openaiCredentialForm,
  testModel: 'gpt-4o-mini',
  ambient: false,
  addresses: ['OPENAI_BASE_URL'],
};
