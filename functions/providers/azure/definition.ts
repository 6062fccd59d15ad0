import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Environment } from '../../environment.ts';
import { createCheckedAgents } from '../../transport/checked-address.ts';
import { apiKeySchema } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import type { HttpDefinition } from '../http-definition.ts';
import { traitsOf } from '../openai/models.ts';
import { errorsWith } from '../openai-compatible/errors.ts';
import { azureCredentialForm, isDeployment } from './credential.ts';
import { createEntraTokens } from './token.ts';

/**
 * Azure OpenAI and Foundry: the v1 API, whose model is a deployment's name
 * (https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle, https://github.com/openai/openai-node/blob/master/azure.md),
 * or a dated version (https://learn.microsoft.com/azure/ai-services/openai/reference).
 */
export const azure: ProviderDefinition = {
  name: 'azure',
  title: 'Azure',
  telemetryName: 'azure.ai.openai',
  form: azureCredentialForm,
  credentialSchemas: [
    schema({ apiKey: apiKeySchema('Key of the resource') }),
    schema({
      tenantId: { type: 'string', title: 'Directory (tenant) id' },
      clientId: { type: 'string', format: 'uuid', title: 'Application (client) id' },
      clientSecret: apiKeySchema('Secret of the application'),
    }),
  ],
  permissions: ['Cognitive Services OpenAI User'],
  documentation: 'https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity',
  testModel: 'gpt-4o-mini',
  addresses: ['AZURE_BASE_URL', 'AZURE_AUTHORITY_HOST'],
  httpIn: azureHttp,
};

function azureHttp(environment: Environment): HttpDefinition {
  const tokens = createEntraTokens(environment.addressOf('AZURE_AUTHORITY_HOST'));
  return {
    baseUrl: ({ endpoint }) => String(endpoint),
    authenticate: ({ apiKey }) => ({ 'api-key': String(apiKey) }),
    async exchange(call, signal) {
      const credential = call.credential.reveal();
      if (typeof credential.apiKey === 'string') return { headers: { 'api-key': credential.apiKey } };
      return tokens.prove(call, signal);
    },
    modelName: deploymentOf,
    lanes: (model, credential) => ({
      'openai-chat': pathOf('chat/completions', model, credential),
      'openai-completions': pathOf('completions', model, credential),
      // Dated versions serve it as a preview only: there it is translated.
      ...(credential.apiVersion === undefined && { 'openai-responses': '/openai/v1/responses' }),
    }),
    translated: { dialect: 'openai-chat', path: '/openai/v1/chat/completions', traits: traitsOf },
    embeddings: (model, credential) => pathOf('embeddings', model, credential),
    // As in the recorded answers of https://github.com/Azure/azure-sdk-for-js.
    requestIdHeader: 'apim-request-id',
    errors,
    agent: createCheckedAgents(null),
  };
}

function deploymentOf(model: string, { deployments }: JsonObject): string {
  const named = isObject(deployments) && Object.hasOwn(deployments, model) ? deployments[model] : model;
  return String(named);
}

function pathOf(operation: string, model: string, credential: JsonObject): string {
  const { apiVersion } = credential;
  if (typeof apiVersion !== 'string') return `/openai/v1/${operation}`;
  const name = deploymentOf(model, credential);
  if (!isDeployment(name)) refuse('model', 'This is no name of a deployment on Azure.');
  return `/openai/deployments/${name}/${operation}?api-version=${apiVersion}`;
}

/**
 * https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter (content_filter, ResponsibleAIPolicyViolation),
 * https://learn.microsoft.com/azure/ai-services/openai/how-to/quota (429), and answers as
 * https://learn.microsoft.com/en-us/answers/questions/2225315 (DeploymentNotFound) reports them.
 */
const errors = errorsWith({
  words: [{ when: /lacks the required data action/i, kind: 'permission' }],
  kinds: {
    ResponsibleAIPolicyViolation: 'content_filter',
    DeploymentNotFound: 'model_access',
    OperationNotSupported: 'model_access',
    PermissionDenied: 'permission',
  },
  hints: {
    credential: 'Check that the key belongs to the resource that endpoint names.',
    permission:
      'Give the application the role Cognitive Services OpenAI User on the resource, and look at its network rules.',
    model_access:
      'The model must be the name of a deployment, or be mapped to one by deployments; a new one takes minutes.',
    quota: 'Look at the quota and the spending of the resource and its subscription.',
  },
});

function schema(secret: JsonObject): JsonObject {
  const properties = {
    endpoint: { type: 'string', format: 'uri', title: 'https://<resource>.openai.azure.com' },
    ...secret,
    apiVersion: { type: 'string', pattern: '^20\\d\\d-\\d\\d-\\d\\d(-preview)?$' },
    deployments: { type: 'object', additionalProperties: { type: 'string' }, title: 'Deployments by model' },
  };
  return { type: 'object', properties, required: ['endpoint', ...Object.keys(secret)] };
}
