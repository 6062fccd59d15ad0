import type { Incoming } from './incoming.ts';
import type { Reply } from './reply.ts';

/** What a page may read of an answer beside its body. */
const exposed = [
  'x-request-id',
  'x-keyway-credential',
  'x-keyway-provider-key',
  'x-keyway-provider',
  'x-keyway-route',
  'x-keyway-attempts',
  'x-keyway-provider-request-id',
  'x-keyway-dropped-params',
  'x-keyway-estimated',
  'x-keyway-next-cursor',
  'server-timing',
  'retry-after',
  'x-should-retry',
].join(', ');

/** How long browsers may remember a preflight, seconds: the longest that Chromium takes. */
const rememberedSeconds = 7200;

/**
 * What lets pages of the listed origins call the gateway (fetch.spec.whatwg.org, "CORS protocol"). `*` lists every origin. Without
 * origins there are none: browsers refuse by themselves. Cookies play no part, so credentials are not allowed.
 */
export function corsHeaders(incoming: Incoming, origins: string[]): Record<string, string> {
  const allowed = allowedOrigin(incoming, origins);
  return allowed === null ? {} : { ...originHeaders(allowed), 'access-control-expose-headers': exposed };
}

/** The answer to a browser's question whether it may send a request; null when it is none, or nobody may. */
export function preflight(incoming: Incoming, origins: string[]): Reply | null {
  const asks = incoming.method === 'OPTIONS' && incoming.headers['access-control-request-method'] !== undefined;
  if (!asks || origins.length === 0) return null;
  const allowed = allowedOrigin(incoming, origins);
  return { status: 204, headers: allowed === null ? {} : preflightHeaders(incoming, allowed), body: '' };
}

function allowedOrigin({ headers: { origin } }: Incoming, origins: string[]): string | null {
  if (origin === undefined) return null;
  return origins.includes('*') || origins.includes(origin) ? origin : null;
}

function originHeaders(origin: string): Record<string, string> {
  return { 'access-control-allow-origin': origin, vary: 'origin' };
}

function preflightHeaders({ headers }: Incoming, origin: string): Record<string, string> {
  const asked = headers['access-control-request-headers'] ?? '';
  return {
    ...originHeaders(origin),
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    // Clients send headers of their own (`x-stainless-…`), and none of them opens anything by itself.
    'access-control-allow-headers': /^[\w\-, ]*$/.test(asked) ? asked : '',
    'access-control-max-age': String(rememberedSeconds),
  };
}
