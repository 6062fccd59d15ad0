import type { ProviderDefinition } from '../definition.ts';
import { vertexCredentialForm } from './access/credential.ts';

export const vertex: ProviderDefinition = {
  name: 'vertex',
  title: 'Vertex AI',
  telemetryName: 'gcp.vertex_ai',
  form: vertexCredentialForm,
  credentialSchemas: [
    {
      type: 'object',
      title: 'Service account key',
      properties: {
        type: { const: 'service_account' },
        project_id: { type: 'string' },
        private_key: { type: 'string', writeOnly: true },
        client_email: { type: 'string' },
        region: { type: 'string', title: 'Google Cloud region' },
      },
      required: ['type', 'project_id', 'private_key', 'client_email'],
    },
    {
      type: 'string',
      title: 'Service account key as JSON text',
      contentMediaType: 'application/json',
      writeOnly: true,
    },
  ],
  permissions: ['roles/aiplatform.user'],
  documentation: 'https://cloud.google.com/iam/docs/keys-create-delete',
  testModel: 'gemini-2.5-flash-lite',
  addresses: ['VERTEX_BASE_URL', 'GOOGLE_TOKEN_URL'],
};
