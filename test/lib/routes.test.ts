import { describe, expect, it } from 'vitest';
import { defaultEntry, endpoints, servedPaths, streamedEntries } from '../../functions/endpoints.ts';
import { readable, resourcesOf, synthesize } from './synthesize.ts';

interface Integration {
  Type: string;
  ResponseTransferMode?: string;
  TimeoutInMillis: number;
  Uri: unknown;
}

const template = synthesize();

function routes(): Map<string, Integration> {
  const resources = new Map(resourcesOf(template, 'AWS::ApiGateway::Resource'));
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    if (!resource) return '';
    return `${pathOf(readable(resource.Properties.ParentId).slice(1, -1))}/${String(resource.Properties.PathPart)}`;
  };
  return new Map(
    resourcesOf(template, 'AWS::ApiGateway::Method').map(([, { Properties }]) => [
      `${String(Properties.HttpMethod)} ${pathOf(readable(Properties.ResourceId).slice(1, -1)) || '/'}`,
      Properties.Integration as Integration,
    ]),
  );
}

function entryOf(integration: Integration): string {
  return (
    /functions\/\{Release(\w+?)Alias[0-9A-F]{8}\}\//.exec(readable(integration.Uri))?.[1] ?? readable(integration.Uri)
  );
}

const found = routes();
const expected = endpoints.flatMap((endpoint) => servedPaths(endpoint).map((path) => ({ ...endpoint, path })));

describe('the routes of the REST API', () => {
  it.each(expected)('send $method $path to $entry', ({ method, path, entry }) => {
    const integration = found.get(`${method} ${path}`);
    expect(integration).toBeDefined();
    expect(integration && entryOf(integration)).toBe(entry.replaceAll('-', ''));
    expect(integration?.Type).toBe('AWS_PROXY');
    if (streamedEntries.includes(entry)) {
      expect(integration?.ResponseTransferMode).toBe('STREAM');
      expect(integration && readable(integration.Uri)).toMatch(
        /:lambda:path\/2021-11-15\/functions\/.*\/response-streaming-invocations$/,
      );
    } else {
      expect(integration?.ResponseTransferMode).toBeUndefined();
      expect(integration && readable(integration.Uri)).toMatch(/\/2015-03-31\/functions\/.*\/invocations$/);
    }
  });

  it('are no others than the endpoints and the catch-alls', () => {
    const specific = [...found.keys()].filter((route) => !route.startsWith('ANY '));
    expect(specific.sort()).toEqual(expected.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('give other methods of every path, and every other path, to the default entry', () => {
    const paths = new Set([...found.keys()].map((route) => route.slice(route.indexOf(' ') + 1)));
    for (const path of ['/', '/{proxy+}', '/v1', ...paths]) {
      const integration = found.get(`ANY ${path}`);
      expect(integration && entryOf(integration), path).toBe(defaultEntry);
    }
  });

  it('keep to the timeouts that API Gateway has: 900 s streamed, 29 s buffered', () => {
    for (const [route, { ResponseTransferMode, TimeoutInMillis }] of found) {
      if (ResponseTransferMode === 'STREAM') {
        expect(TimeoutInMillis, route).toBeLessThanOrEqual(900_000);
        // Left out, the 29 s of buffered routes would cut every long answer.
        expect(TimeoutInMillis, route).toBeGreaterThan(840_000);
      } else expect(TimeoutInMillis, route).toBe(29_000);
    }
  });

  it('stand on one regional API', () => {
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
  });

  it('let only this API invoke the functions', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(permissions).toHaveLength(7);
    expect(permissions.filter(({ FunctionName }) => /^\{Release\w+Alias/.test(readable(FunctionName)))).toHaveLength(6);
    for (const permission of permissions) expect(permission.SourceArn, readable(permission.FunctionName)).toBeDefined();
  });
});
