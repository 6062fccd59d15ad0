import { GatewayError } from '../core/errors.ts';
import { type Endpoint, type Entry, endpoints, type Operation, servedPaths } from '../endpoints.ts';

export interface Match {
  endpoint: Endpoint & { operation: Operation };
  /** Path parameters, decoded. */
  params: Record<string, string>;
}

interface Route {
  endpoint: Match['endpoint'];
  pattern: RegExp;
  names: string[];
}

/** Finds the endpoint of a path, with or without `/v1`. Throws `not_found`; with `allow` when only the method is wrong. */
export function createRouter(entry: Entry): (method: string, path: string) => Match {
  const routes: Route[] = endpoints
    .filter((endpoint) => endpoint.entry === entry)
    .flatMap((endpoint) => servedPaths(endpoint).map((path) => toRoute(endpoint, path)));
  const all = endpoints.flatMap((endpoint) => servedPaths(endpoint).map((path) => toRoute(endpoint, path)));
  return (method, path) => {
    for (const route of routes) {
      if (route.endpoint.method !== method) continue;
      const found = route.pattern.exec(path);
      if (found)
        return {
          endpoint: route.endpoint,
          params: Object.fromEntries(route.names.map((name, i) => [name, decode(found[i + 1] ?? '')])),
        };
    }
    const allowed = [...new Set(all.filter((route) => route.pattern.test(path)).map((route) => route.endpoint.method))];
    if (allowed.length > 0) {
      // API Gateway takes `/a/` for no spelling of `/a`, so it reaches the default entry, which serves only its own paths so.
      const why = (allowed as string[]).includes(method)
        ? 'This path is served without a slash at its end.'
        : `${method} is not served here; this path takes ${allowed.join(', ')}.`;
      throw new GatewayError('not_found', why, { headers: { allow: allowed.join(', ') } });
    }
    throw new GatewayError('not_found', 'There is no such endpoint.', {
      hint: 'GET /openapi.json lists the endpoints.',
    });
  };
}

const patterns = endpoints.flatMap((endpoint) => servedPaths(endpoint));
const plain = new Set(patterns.filter((path) => !path.includes('{')));
const withParameters = patterns
  .filter((path) => path.includes('{'))
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')}$`) }));

/** The pattern that a path follows, as API Gateway names it; what follows none is `/{proxy+}`. Tells paths apart without repeating them. */
export function resourceOf(path: string): string {
  if (plain.has(path)) return path;
  return withParameters.find(({ pattern }) => pattern.test(path))?.path ?? '/{proxy+}';
}

function toRoute(endpoint: Match['endpoint'], path: string): Route {
  const names: string[] = [];
  const source = path.replace(/[.]/g, '\\.').replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    names.push(name);
    return greedy ? '(.+?)' : '([^/]+)';
  });
  return { endpoint, names, pattern: new RegExp(`^${source}/?$`) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new GatewayError('not_found', 'The path is not percent-encoded properly.');
  }
}
