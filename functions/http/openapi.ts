import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import type { JsonObject } from '../core/json.ts';
import { endpoints, type Operation } from '../endpoints.ts';
import { priceSet } from './schema-parts/prices.ts';
import * as schemas from './schemas.ts';

const bodies: Partial<Record<Operation, GenericSchema>> = {
  createChatCompletion: schemas.chatRequest,
  createCompletion: schemas.completionRequest,
  createResponse: schemas.responsesRequest,
  createMessage: schemas.messagesRequest,
  countMessageTokens: schemas.countRequest,
  createEmbeddings: schemas.embeddingsRequest,
  testProviderKey: schemas.providerKeyTest,
  createProviderKey: schemas.providerKeyCreate,
  updateProviderKey: schemas.providerKeyUpdate,
  createApiKey: schemas.apiKeyCreate,
  updateApiKey: schemas.apiKeyUpdate,
  rotateApiKey: schemas.apiKeyRotate,
  createWorkspace: schemas.workspaceCreate,
  updateWorkspace: schemas.workspaceUpdate,
  addCredits: schemas.creditsCreate,
  setPrice: priceSet,
};

const queries: Partial<Record<Operation, GenericSchema>> = {
  listModels: schemas.modelPage,
  listProviderKeys: schemas.providerKeyPage,
  listApiKeys: schemas.apiKeyPage,
  listWorkspaces: schemas.workspacePage,
  listPrices: schemas.priceQuery,
  listLogs: schemas.logQuery,
  getUsage: schemas.usageQuery,
};

const createdOperations = new Set<string>([
  'createProviderKey',
  'createApiKey',
  'rotateApiKey',
  'createWorkspace',
  'addCredits',
]);

/** The OpenAPI 3.1 document, from the endpoints and the schemas that requests are checked by. */
export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    const versioned = endpoint.access === 'open' ? endpoint.path : `/v1${endpoint.path}`;
    const path = versioned.replaceAll('+}', '}');
    const body = bodies[endpoint.operation];
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: {
        operationId: endpoint.operation,
        summary: endpoint.summary,
        security: endpoint.access === 'open' ? [] : [{ bearer: [] }],
        parameters: [
          ...pathParameters(path),
          ...parameters('query', queries[endpoint.operation]),
          ...(isInference(endpoint.operation) ? parameters('header', schemas.inferenceHeaders) : []),
        ],
        ...(body && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }),
        responses: {
          [endpoint.method === 'DELETE' ? '204' : createdOperations.has(endpoint.operation) ? '201' : '200']: {
            description: 'Success',
          },
          default: {
            description: 'An error',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyway',
      version: '1',
      description: "One OpenAI-compatible API over a tenant's own provider keys.",
    },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: "A workspace's API key, kw_…; the operator's endpoints take the admin token.",
        },
      },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['error', 'request_id'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'code', 'param'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        code: { type: 'string' },
        param: { type: ['string', 'null'] },
        hint: { type: 'string' },
        retry_after_seconds: { type: 'number' },
        provider_error: { type: 'object' },
        attempts: { type: 'array', items: { type: 'object' } },
      },
    },
    request_id: { type: 'string' },
  },
};

const inferenceOperations: ReadonlySet<Operation> = new Set<Operation>([
  'createChatCompletion',
  'createCompletion',
  'createResponse',
  'createMessage',
  'countMessageTokens',
  'createEmbeddings',
]);

function isInference(operation: Operation): boolean {
  return inferenceOperations.has(operation);
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function parameters(place: 'query' | 'header', schema: GenericSchema | undefined): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, JsonObject> };
  return Object.entries(properties).map(([name, each]) => ({ name, in: place, required: false, schema: each }));
}

/** Checks by code (amounts, times) have no JSON Schema; their type stays. */
function jsonSchema(schema: GenericSchema): JsonObject {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore' });
  return rest as JsonObject;
}
