import type { ProviderDefinition } from '../definition.ts';
import { bedrockCredentialForm } from './connection/credential.ts';

export const bedrock: ProviderDefinition = {
  name: 'bedrock',
  form: bedrockCredentialForm,
  testModel: 'amazon.nova-micro-v1:0',
  ambient: true,
  addresses: ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME'],
};
