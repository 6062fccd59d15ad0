import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import type { JsonObject } from '../core/json.ts';
import { endpoints, type Operation } from '../endpoints.ts';
import { completions } from './answers/completions.ts';
import { operatorResources } from './answers/operator-resources.ts';
import { resources } from './answers/resources.ts';
import { priceSet } from './schema-parts/prices.ts';
import * as queries from './schema-parts/queries.ts';
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

const queriesOf: Partial<Record<Operation, GenericSchema>> = {
  listModels: queries.modelPage,
  listProviderKeys: queries.providerKeyPage,
  listApiKeys: queries.apiKeyPage,
  listWorkspaces: queries.workspacePage,
  listWorkspaceProviderKeys: queries.providerKeyPage,
  listPrices: queries.priceQuery,
  listLogs: queries.logQuery,
  getLog: queries.logFind,
  getUsage: queries.usageQuery,
  listAudit: queries.auditQuery,
};

/** The page for people is no part of the API. */
const described = endpoints.filter((endpoint) => endpoint.entry !== 'console');
type ApiOperation = Exclude<Operation, 'getConsole' | 'getConsoleFile'>;

const named = { ...resources, ...operatorResources, ...completions };

/** What each endpoint answers when all is well: a component of the document, with 201 where it made something; null for an empty answer. */
const answers: Record<ApiOperation, keyof typeof named | { created: keyof typeof named } | null> = {
  createChatCompletion: 'ChatCompletion',
  createCompletion: 'Completion',
  createResponse: 'Response',
  createMessage: 'Message',
  countMessageTokens: 'TokenCount',
  createEmbeddings: 'EmbeddingList',
  testProviderKey: 'ProviderKeyTest',
  listModels: 'ModelList',
  getModel: 'Model',
  listProviders: 'ProviderList',
  createProviderKey: { created: 'ProviderKey' },
  listProviderKeys: 'ProviderKeyList',
  getProviderKey: 'ProviderKey',
  updateProviderKey: 'ProviderKey',
  deleteProviderKey: null,
  createApiKey: { created: 'NewApiKey' },
  listApiKeys: 'ApiKeyList',
  updateApiKey: 'ApiKey',
  rotateApiKey: { created: 'NewApiKey' },
  deleteApiKey: null,
  listLogs: 'LogRecordList',
  getLog: 'LogRecord',
  getUsage: 'UsageList',
  getBalance: 'Balance',
  createWorkspace: { created: 'NewWorkspace' },
  listWorkspaces: 'WorkspaceList',
  updateWorkspace: 'Workspace',
  getWorkspace: 'Workspace',
  listWorkspaceProviderKeys: 'ProviderKeyList',
  getOperator: 'Operator',
  listPlatformCredentials: 'PlatformCredentialList',
  listAlarms: 'AlarmList',
  listAudit: 'AuditRecordList',
  addCredits: { created: 'Credit' },
  listPrices: 'PriceList',
  setPrice: 'Price',
  deletePrice: null,
  getHealth: 'Health',
  getOpenApi: 'Document',
};

/** What an endpoint also answers, beside JSON: to whoever asks for it by `stream` or `accept`. */
const otherForms: Partial<Record<Operation, string>> = {
  createChatCompletion: 'text/event-stream',
  createCompletion: 'text/event-stream',
  createResponse: 'text/event-stream',
  createMessage: 'text/event-stream',
  getUsage: 'text/csv',
};

/** The OpenAPI 3.1 document, from the endpoints and the schemas that requests are checked by. */
export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of described) {
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
          ...parameters('query', queriesOf[endpoint.operation]),
          ...(inferenceOperations.has(endpoint.operation) ? parameters('header', schemas.inferenceHeaders) : []),
        ],
        ...(body && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }),
        responses: {
          ...success(endpoint.operation as ApiOperation),
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
          description:
            "A workspace's API key, kw_…, or an operator's token; docs/api.md says which endpoint takes which.",
        },
      },
      schemas: { ...components(), Error: errorSchema },
    },
  };
}

function success(operation: ApiOperation): JsonObject {
  const answer = answers[operation];
  if (answer === null) return { 204: { description: 'Done; no body' } };
  const [status, name] = typeof answer === 'string' ? [200, answer] : [201, answer.created];
  const other = otherForms[operation];
  return {
    [status]: {
      description: 'Success',
      content: {
        'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
        ...(other !== undefined && { [other]: { schema: { type: 'string' } } }),
      },
    },
  };
}

function components(): JsonObject {
  const definitions = toJsonSchemaDefs(named, {
    typeMode: 'output',
    errorMode: 'ignore',
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return definitions as unknown as JsonObject;
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
        provider_error: {
          type: 'object',
          required: ['provider', 'status', 'code', 'message', 'request_id'],
          properties: {
            provider: { type: 'string' },
            status: { type: ['number', 'null'] },
            code: { type: ['string', 'null'] },
            message: { type: 'string' },
            request_id: { type: ['string', 'null'] },
          },
        },
        attempts: {
          type: 'array',
          items: {
            type: 'object',
            required: ['target', 'kind', 'status', 'ms'],
            properties: {
              target: { type: 'string' },
              kind: { type: ['string', 'null'] },
              status: { type: ['number', 'null'] },
              ms: { type: 'number' },
            },
          },
        },
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
