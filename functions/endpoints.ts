/**
 * Every endpoint, as data: the stack makes API Gateway routes of it, the local server and the handlers route by it,
 * the OpenAPI document and the tests list it. CONTRACT.md §2.
 */
export interface Endpoint {
  /** The name of the use case. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for one segment and `{name+}` for the rest of the path. Served with and without `/v1` unless `unversioned`. */
  path: string;
  /** The Lambda function that serves it: one per permission set. */
  entry: Entry;
  access: 'open' | 'operator' | 'inference' | 'manage' | 'any-scope';
  summary: string;
}

/**
 * inference: reads secrets, calls providers, streams. provider-keys: writes secrets, cannot read them.
 * workspace: DynamoDB only. operator: the admin token and DynamoDB.
 */
export type Entry = 'inference' | 'provider-keys' | 'workspace' | 'operator';

/** The entry whose responses are streamed through API Gateway. */
export const streamingEntry: Entry = 'inference';

/** The entry that answers whatever matches no endpoint. */
export const defaultEntry: Entry = 'workspace';

export const endpoints = [
  { operation: 'createChatCompletion', method: 'POST', path: '/chat/completions', entry: 'inference', access: 'inference', summary: 'Chat completion, streamed or not' },
  { operation: 'createEmbeddings', method: 'POST', path: '/embeddings', entry: 'inference', access: 'inference', summary: 'Embeddings' },
  { operation: 'testProviderKey', method: 'POST', path: '/provider-keys/{id}/test', entry: 'inference', access: 'manage', summary: 'One cheap real call with the stored secret' },
  { operation: 'listModels', method: 'GET', path: '/models', entry: 'workspace', access: 'inference', summary: 'Models that the catalogue knows' },
  { operation: 'getModel', method: 'GET', path: '/models/{id+}', entry: 'workspace', access: 'inference', summary: 'One model' },
  { operation: 'createProviderKey', method: 'POST', path: '/provider-keys', entry: 'provider-keys', access: 'manage', summary: 'Store a provider key' },
  { operation: 'listProviderKeys', method: 'GET', path: '/provider-keys', entry: 'provider-keys', access: 'manage', summary: 'Provider keys with their health' },
  { operation: 'getProviderKey', method: 'GET', path: '/provider-keys/{id}', entry: 'provider-keys', access: 'manage', summary: 'One provider key' },
  { operation: 'updateProviderKey', method: 'PATCH', path: '/provider-keys/{id}', entry: 'provider-keys', access: 'manage', summary: 'Change or rotate a provider key' },
  { operation: 'deleteProviderKey', method: 'DELETE', path: '/provider-keys/{id}', entry: 'provider-keys', access: 'manage', summary: 'Delete a provider key and its secret' },
  { operation: 'createApiKey', method: 'POST', path: '/api-keys', entry: 'workspace', access: 'manage', summary: 'Create an API key; it is shown once' },
  { operation: 'listApiKeys', method: 'GET', path: '/api-keys', entry: 'workspace', access: 'manage', summary: 'API keys' },
  { operation: 'updateApiKey', method: 'PATCH', path: '/api-keys/{id}', entry: 'workspace', access: 'manage', summary: 'Change an API key' },
  {
    operation: 'rotateApiKey',
    method: 'POST',
    path: '/api-keys/{id}/rotate',
    entry: 'workspace',
    access: 'manage',
    summary: 'Create the successor of an API key; the old one lasts for the overlap',
  },
  { operation: 'deleteApiKey', method: 'DELETE', path: '/api-keys/{id}', entry: 'workspace', access: 'manage', summary: 'Revoke an API key' },
  { operation: 'listLogs', method: 'GET', path: '/logs', entry: 'workspace', access: 'manage', summary: 'Request log, newest first' },
  { operation: 'getLog', method: 'GET', path: '/logs/{id}', entry: 'workspace', access: 'manage', summary: 'One request' },
  { operation: 'getUsage', method: 'GET', path: '/usage', entry: 'workspace', access: 'any-scope', summary: 'Usage by day, model, provider, credential and key' },
  { operation: 'getBalance', method: 'GET', path: '/balance', entry: 'workspace', access: 'any-scope', summary: 'Credit balance and holds' },
  { operation: 'createWorkspace', method: 'POST', path: '/workspaces', entry: 'operator', access: 'operator', summary: 'Create a workspace with its first API key' },
  { operation: 'listWorkspaces', method: 'GET', path: '/workspaces', entry: 'operator', access: 'operator', summary: 'Workspaces' },
  { operation: 'updateWorkspace', method: 'PATCH', path: '/workspaces/{id}', entry: 'operator', access: 'operator', summary: 'Change a workspace' },
  { operation: 'addCredits', method: 'POST', path: '/workspaces/{id}/credits', entry: 'operator', access: 'operator', summary: 'Add credit, once per idempotency key' },
  { operation: 'listPrices', method: 'GET', path: '/prices', entry: 'operator', access: 'operator', summary: 'Prices that replace those of the catalogue' },
  {
    operation: 'setPrice',
    method: 'PUT',
    path: '/prices/{id+}',
    entry: 'operator',
    access: 'operator',
    summary: 'Set the price of a model, or keep platform credentials from serving it',
  },
  { operation: 'deletePrice', method: 'DELETE', path: '/prices/{id+}', entry: 'operator', access: 'operator', summary: "Return to the catalogue's price" },
  { operation: 'getHealth', method: 'GET', path: '/healthz', entry: 'workspace', access: 'open', summary: 'Whether the gateway answers' },
  { operation: 'getOpenApi', method: 'GET', path: '/openapi.json', entry: 'workspace', access: 'open', summary: 'This document' },
] as const satisfies Endpoint[];

export type Operation = (typeof endpoints)[number]['operation'];

/** The paths under which an endpoint is served. */
export function servedPaths(endpoint: Endpoint): string[] {
  return endpoint.access === 'open' ? [endpoint.path] : [`/v1${endpoint.path}`, endpoint.path];
}
