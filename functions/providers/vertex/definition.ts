import type { ProviderDefinition } from '../definition.ts';
import { vertexCredentialForm } from './access/credential.ts';

export const vertex: ProviderDefinition = {
  name: 'vertex',
  form: vertexCredentialForm,
  testModel: 'gemini-2.5-flash-lite',
  ambient: false,
  addresses: ['VERTEX_BASE_URL', 'GOOGLE_TOKEN_URL'],
};
