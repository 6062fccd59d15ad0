import { describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../functions/core/errors.ts';
import { type Entry, endpoints, servedPaths } from '../../functions/endpoints.ts';
import { createRouter } from '../../functions/http/router.ts';

function routed(entry: Entry, method: string, path: string): string {
  try {
    const { endpoint, params } = createRouter(entry)(method, path);
    return [endpoint.operation, ...Object.entries(params).map(([name, value]) => `${name}=${value}`)].join(' ');
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const allow = error.headers().allow;
    return `${error.status} ${error.code}${allow ? ` allow ${allow}` : ''}`;
  }
}

describe('every endpoint', () => {
  const cases = endpoints.flatMap((endpoint) =>
    servedPaths(endpoint).map((path) => [endpoint.method, path, endpoint] as const),
  );

  test.each(cases)('%s %s is served by its entry alone', (method, path, endpoint) => {
    const concrete = path.replace(/\{\w+\+?\}/g, 'x');
    const params = /\{(\w+)\+?\}/.exec(path);
    const expected = `${endpoint.operation}${params ? ` ${params[1]}=x` : ''}`;
    for (const entry of new Set(endpoints.map((each) => each.entry))) {
      const found = routed(entry, method, concrete);
      if (entry === endpoint.entry) expect(found).toBe(expected);
      else expect(found).toMatch(/^404 not_found allow /);
    }
  });

  it('is named once, with one method and path', () => {
    expect(new Set(endpoints.map(({ operation }) => operation)).size).toBe(endpoints.length);
    expect(new Set(endpoints.map(({ method, path }) => `${method} ${path}`)).size).toBe(endpoints.length);
  });
});

describe('paths', () => {
  test.each<[Entry, string, string, string]>([
    ['workspace', 'GET', '/v1/models', 'listModels'],
    ['workspace', 'GET', '/models/', 'listModels'],
    ['workspace', 'GET', '/v1/models/openai/gpt-4o', 'getModel id=openai/gpt-4o'],
    ['workspace', 'GET', '/v1/models/openai/gpt-4o/', 'getModel id=openai/gpt-4o'],
    ['workspace', 'GET', '/v1/models/openai%2Fgpt-4o', 'getModel id=openai/gpt-4o'],
    [
      'workspace',
      'GET',
      '/models/bedrock/arn:aws:bedrock:us-east-1:1:x%2Fy',
      'getModel id=bedrock/arn:aws:bedrock:us-east-1:1:x/y',
    ],
    ['provider-keys', 'GET', '/v1/provider-keys/a%2Fb', 'getProviderKey id=a/b'],
    ['provider-keys', 'GET', '/v1/provider-keys/%2e%2e', 'getProviderKey id=..'],
    ['inference', 'POST', '/provider-keys/pk_1/test', 'testProviderKey id=pk_1'],
    ['records', 'GET', '/logs/req_1', 'getLog id=req_1'],
    ['operator', 'GET', '/v1/workspaces/ws_1/provider-keys', 'listWorkspaceProviderKeys id=ws_1'],
    ['workspace', 'GET', '/healthz', 'getHealth'],
    ['workspace', 'GET', '/openapi.json', 'getOpenApi'],
  ])('%s: %s %s is %s', (entry, method, path, expected) => {
    expect(routed(entry, method, path)).toBe(expected);
  });

  test.each<[string, string]>([
    ['GET', '/'],
    ['GET', ''],
    ['GET', '/v1'],
    ['GET', '//models'],
    ['GET', '/v1//models'],
    ['GET', '/v1/v1/models'],
    ['GET', '/v2/models'],
    ['GET', '/V1/models'],
    ['GET', '/v1/models?limit=1'],
    ['GET', '/v1/../models'],
    ['GET', '/v1/%2e%2e/models'],
    ['GET', '/v1%2Fmodels'],
    ['GET', '/openapixjson'],
    ['GET', '/v1/healthz'],
    ['GET', '/v1/logs/a/b'],
    ['GET', '/v1/models/%zz'],
    ['GET', '/v1/models\n'],
  ])('%s %j is not served', (method, path) => {
    expect(routed('workspace', method, path)).toBe('404 not_found');
  });

  it('says so when nothing but a slash at its end keeps a path from its entry', () => {
    expect(() => createRouter('workspace')('POST', '/v1/chat/completions/')).toThrow(
      'This path is served without a slash at its end.',
    );
  });

  test.each<[Entry, string, string, string]>([
    ['workspace', 'DELETE', '/v1/models', 'GET'],
    ['workspace', 'HEAD', '/healthz', 'GET'],
    ['inference', 'GET', '/v1/chat/completions', 'POST'],
    ['workspace', 'PUT', '/v1/api-keys', 'POST, GET'],
    ['workspace', 'POST', '/v1/api-keys/ak_1', 'PATCH, DELETE'],
  ])('%s: %s %s says which methods it takes', (entry, method, path, allow) => {
    expect(routed(entry, method, path)).toBe(`404 not_found allow ${allow}`);
  });
});
