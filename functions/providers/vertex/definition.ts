import { apiKeySchema } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import { vertexCredentialForm, vertexFormIn } from './access/credential.ts';

export const vertex: ProviderDefinition = {
  name: 'vertex',
  title: 'Vertex AI',
  telemetryName: 'gcp.vertex_ai',
  form: vertexCredentialForm,
  formIn: vertexFormIn,
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
    {
      type: 'object',
      title: 'API key of express mode, for Gemini alone',
      properties: { apiKey: apiKeySchema('API key of Vertex AI') },
      required: ['apiKey'],
    },
    {
      type: 'object',
      title: 'Workload identity federation from AWS',
      properties: {
        projectId: { type: 'string' },
        location: { type: 'string', title: 'Google Cloud region' },
        projectNumber: { type: 'string', pattern: '^\\d{1,20}$', title: "Number of the pool's project" },
        poolId: { type: 'string', pattern: '^[a-z0-9-]{4,32}$' },
        providerId: { type: 'string', pattern: '^[a-z0-9-]{4,32}$' },
        serviceAccountEmail: { type: 'string', format: 'email', title: 'Service account to act as' },
      },
      required: ['projectId', 'projectNumber', 'poolId', 'providerId'],
    },
  ],
  permissions: ['roles/aiplatform.user'],
  documentation: 'https://cloud.google.com/iam/docs/keys-create-delete',
  testModel: 'gemini-2.5-flash-lite',
  addresses: ['VERTEX_BASE_URL', 'GOOGLE_TOKEN_URL', 'GOOGLE_STS_URL', 'GOOGLE_IAM_CREDENTIALS_URL'],
};
