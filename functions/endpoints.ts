/**
 * Every endpoint, as data: the stack makes API Gateway routes of it, the local server and the handlers route by it,
 * the OpenAPI document and the tests list it. docs/api.md explains them.
 */
export interface Endpoint {
  /** The name of the use case. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for one segment and `{name+}` for the rest of the path. Served with and without `/v1` unless `unversioned`. */
  path: string;
  /** The Lambda function that serves it: one per permission set. */
  entry: Entry;
  /** Whose credential opens it. Of those that operators share with workspaces, a workspace's key sees its own alone. */
  access: 'open' | 'operator' | 'inference' | 'manage' | 'any-scope' | 'manage-or-operator' | 'any-scope-or-operator';
  summary: string;
}

/**
 * inference: reads secrets, calls providers, streams. provider-keys: writes secrets, cannot read them.
 * workspace: DynamoDB only. operator: the admin tokens and DynamoDB; sees which platform secrets there are and the alarms' state. records: reads DynamoDB and the admin tokens, writes nothing.
 * console: the page's files, and nothing that needs a permission.
 */
export type Entry = 'inference' | 'provider-keys' | 'workspace' | 'operator' | 'records' | 'console';

/**
 * The entries whose responses are streamed through API Gateway. The page's files for another reason: streamed answers are bytes as they
 * are, compressed ones included, without binary media types, which would change how every request arrives
 * (docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
 */
export const streamedEntries: readonly Entry[] = ['inference', 'console'];

/** The entry that answers whatever matches no endpoint. */
export const defaultEntry: Entry = 'workspace';

/** Keeps the literal types of name, method and access, by which the operations are checked. */
function row<
  const Name extends string,
  const Method extends Endpoint['method'],
  const Access extends Endpoint['access'],
>(operation: Name, method: Method, path: string, entry: Entry, access: Access, summary: string) {
  return { operation, method, path, entry, access, summary };
}

export const endpoints = [
  row(
    'createChatCompletion',
    'POST',
    '/chat/completions',
    'inference',
    'inference',
    'Chat completion, streamed or not',
  ),
  row('createResponse', 'POST', '/responses', 'inference', 'inference', 'OpenAI Responses, streamed or not'),
  row('createMessage', 'POST', '/messages', 'inference', 'inference', 'Anthropic Messages, streamed or not'),
  row(
    'countMessageTokens',
    'POST',
    '/messages/count_tokens',
    'inference',
    'inference',
    'How many input tokens a message has',
  ),
  row('createCompletion', 'POST', '/completions', 'inference', 'inference', 'Legacy completion, streamed or not'),
  row('createEmbeddings', 'POST', '/embeddings', 'inference', 'inference', 'Embeddings'),
  row(
    'testProviderKey',
    'POST',
    '/provider-keys/{id}/test',
    'inference',
    'manage',
    'One cheap real call with the stored secret',
  ),
  row('listModels', 'GET', '/models', 'workspace', 'inference', 'Models that the catalogue knows'),
  row('getModel', 'GET', '/models/{id+}', 'workspace', 'inference', 'One model'),
  row('listProviders', 'GET', '/providers', 'workspace', 'any-scope', 'Providers, and what a key of each is made of'),
  row('createProviderKey', 'POST', '/provider-keys', 'provider-keys', 'manage', 'Store a provider key'),
  row('listProviderKeys', 'GET', '/provider-keys', 'provider-keys', 'manage', 'Provider keys with their health'),
  row('getProviderKey', 'GET', '/provider-keys/{id}', 'provider-keys', 'manage', 'One provider key'),
  row(
    'updateProviderKey',
    'PATCH',
    '/provider-keys/{id}',
    'provider-keys',
    'manage',
    'Change or rotate a provider key',
  ),
  row(
    'deleteProviderKey',
    'DELETE',
    '/provider-keys/{id}',
    'provider-keys',
    'manage',
    'Delete a provider key and its secret',
  ),
  row('createApiKey', 'POST', '/api-keys', 'workspace', 'manage', 'Create an API key; it is shown once'),
  row('listApiKeys', 'GET', '/api-keys', 'workspace', 'manage', 'API keys'),
  row('updateApiKey', 'PATCH', '/api-keys/{id}', 'workspace', 'manage', 'Change an API key'),
  row(
    'rotateApiKey',
    'POST',
    '/api-keys/{id}/rotate',
    'workspace',
    'manage',
    'Create the successor of an API key; the old one lasts for the overlap',
  ),
  row('deleteApiKey', 'DELETE', '/api-keys/{id}', 'workspace', 'manage', 'Revoke an API key'),
  row('listLogs', 'GET', '/logs', 'records', 'manage-or-operator', 'Request log, newest first'),
  row('getLog', 'GET', '/logs/{id}', 'records', 'manage-or-operator', 'One request'),
  row(
    'getUsage',
    'GET',
    '/usage',
    'records',
    'any-scope-or-operator',
    'Usage by day, model, provider, credential and key',
  ),
  row('listAudit', 'GET', '/audit', 'records', 'manage-or-operator', 'Who changed what, newest first'),
  row('getBalance', 'GET', '/balance', 'workspace', 'any-scope', 'Credit balance and holds'),
  row('getOperator', 'GET', '/operator', 'operator', 'operator', 'Whose operator token this is, and its role'),
  row(
    'listPlatformCredentials',
    'GET',
    '/operator/credentials',
    'operator',
    'operator',
    "Each provider's platform credential: whether it is set, and how it fares",
  ),
  row('listAlarms', 'GET', '/operator/alarms', 'operator', 'operator', "The gateway's alarms and their state"),
  row('createWorkspace', 'POST', '/workspaces', 'operator', 'operator', 'Create a workspace with its first API key'),
  row('listWorkspaces', 'GET', '/workspaces', 'operator', 'operator', 'Workspaces'),
  row('getWorkspace', 'GET', '/workspaces/{id}', 'operator', 'operator', 'One workspace with its balance'),
  row(
    'listWorkspaceProviderKeys',
    'GET',
    '/workspaces/{id}/provider-keys',
    'operator',
    'operator',
    'Provider keys of a workspace with their health',
  ),
  row('updateWorkspace', 'PATCH', '/workspaces/{id}', 'operator', 'operator', 'Change a workspace'),
  row('addCredits', 'POST', '/workspaces/{id}/credits', 'operator', 'operator', 'Add credit, once per idempotency key'),
  row('listPrices', 'GET', '/prices', 'operator', 'operator', 'Prices that replace those of the catalogue'),
  row(
    'setPrice',
    'PUT',
    '/prices/{id+}',
    'operator',
    'operator',
    'Set the price of a model, or keep platform credentials from serving it',
  ),
  row('deletePrice', 'DELETE', '/prices/{id+}', 'operator', 'operator', "Return to the catalogue's price"),
  row('getHealth', 'GET', '/healthz', 'workspace', 'open', 'Whether the gateway answers'),
  row('getConsole', 'GET', '/console', 'console', 'open', 'The page for people'),
  row('getConsoleFile', 'GET', '/console/{file+}', 'console', 'open', 'What the page loads'),
  row('getOpenApi', 'GET', '/openapi.json', 'workspace', 'open', 'This document'),
] satisfies Endpoint[];

export type Operation = (typeof endpoints)[number]['operation'];

/** The operations of operators and `manage` keys that change something: each use leaves a record in the audit trail. */
export type ChangingOperation = Exclude<
  Extract<(typeof endpoints)[number], { access: 'manage' | 'operator' | 'manage-or-operator' }>,
  { method: 'GET' }
>['operation'];

/** `ChangingOperation`, of a value. */
export function isChange({ method, access }: Pick<Endpoint, 'method' | 'access'>): boolean {
  return method !== 'GET' && (access === 'manage' || access === 'operator' || access === 'manage-or-operator');
}

/** The paths under which an endpoint is served. */
export function servedPaths(endpoint: Endpoint): string[] {
  return endpoint.access === 'open' ? [endpoint.path] : [`/v1${endpoint.path}`, endpoint.path];
}
