import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { defaultEntry, type Endpoint, type Entry, endpoints, servedPaths } from '../functions/endpoints.ts';

export interface Routed {
  entry: Entry;
  event: APIGatewayProxyEvent;
}

interface Route {
  method: string;
  resource: string;
  segments: string[];
  entry: Entry;
}

const routes: Route[] = endpoints.flatMap((endpoint: Endpoint) =>
  servedPaths(endpoint).map((resource) => ({
    method: endpoint.method,
    resource,
    segments: resource.split('/'),
    entry: endpoint.entry,
  })),
);

/**
 * The event that API Gateway's REST APIs send to a Lambda proxy integration
 * (docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html), and the function that gets it.
 * What matches no endpoint goes to the default function as `/{proxy+}`. `requestId`: API Gateway's own, a UUID.
 */
export function toGatewayEvent(request: IncomingMessage, body: Buffer, requestId: string, receivedAt: Date): Routed {
  const method = request.method ?? 'GET';
  const [path = '/', query] = splitOnce(request.url ?? '/', '?');
  const { entry, resource, parameters } = route(method, path);
  const headers = headersOf(request.rawHeaders);
  const parsedQuery = queryOf(query);
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  return {
    entry,
    event: {
      resource,
      path,
      httpMethod: method,
      headers: headers.last,
      multiValueHeaders: headers.all,
      queryStringParameters: parsedQuery?.last ?? null,
      multiValueQueryStringParameters: parsedQuery?.all ?? null,
      pathParameters: parameters,
      stageVariables: null,
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        authorizer: null,
        // Made up as the other one is, in API Gateway's form.
        extendedRequestId: Buffer.from(requestId.slice(0, 11)).toString('base64'),
        domainName: request.headers.host ?? 'localhost',
        httpMethod: method,
        identity: { ...nobody, sourceIp, userAgent: request.headers['user-agent'] ?? null },
        path: `/local${path}`,
        protocol: `HTTP/${request.httpVersion}`,
        requestId,
        requestTimeEpoch: receivedAt.getTime(),
        resourceId: 'local',
        resourcePath: resource,
        stage: 'local',
      },
      body: body.length > 0 ? body.toString('utf8') : null,
      isBase64Encoded: false,
    },
  };
}

const nobody = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

/** The function that serves a path. */
export function entryOf(method: string, path: string): Entry {
  return route(method, path).entry;
}

function route(
  method: string,
  path: string,
): { entry: Entry; resource: string; parameters: Record<string, string> | null } {
  const segments = path.split('/');
  for (const { method: wanted, segments: pattern, entry, resource } of routes) {
    const parameters = method === wanted ? match(pattern, segments) : null;
    if (parameters) return { entry, resource, parameters: Object.keys(parameters).length > 0 ? parameters : null };
  }
  return {
    entry: defaultEntry,
    resource: '/{proxy+}',
    parameters: path === '/' ? null : { proxy: decode(path.slice(1)) },
  };
}

/** Paths are matched as sent and parameters are decoded, so that `%2F` never makes a new segment. */
function match(pattern: string[], segments: string[]): Record<string, string> | null {
  const parameters: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i];
    if (segment === undefined) return null;
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    if (name === undefined) {
      if (segment !== part) return null;
      continue;
    }
    if (segment === '') return null;
    parameters[name] = decode(greedy ? segments.slice(i).join('/') : segment);
    if (greedy) return parameters;
  }
  return segments.length === pattern.length ? parameters : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** All values of each name, and the last one, which is what API Gateway shows in the single-value maps. */
interface Values {
  all: Record<string, string[]>;
  last: Record<string, string>;
}

/** Headers under their first spelling. `flat`: names and values by turns. */
function headersOf(flat: string[]): Values {
  const values = noValues();
  const spellings: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i] ?? '';
    spellings[name.toLowerCase()] ??= name;
    add(values, spellings[name.toLowerCase()] ?? name, flat[i + 1] ?? '');
  }
  return values;
}

function queryOf(query: string): Values | null {
  if (query === '') return null;
  const values = noValues();
  for (const [name, value] of new URLSearchParams(query)) add(values, name, value);
  return Object.keys(values.all).length > 0 ? values : null;
}

/** Without a prototype: callers choose the names. */
function noValues(): Values {
  return { all: Object.create(null), last: Object.create(null) };
}

function add({ all, last }: Values, name: string, value: string): void {
  const known = all[name];
  if (known === undefined) all[name] = [value];
  else known.push(value);
  last[name] = value;
}
