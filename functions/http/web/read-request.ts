import type { IncomingMessage } from 'node:http';
import { type Incoming, toIncoming } from '../incoming.ts';
import { resourceOf } from '../router.ts';

/**
 * A request of the web server. `trustedProxies`: how many proxies stand in front, each of which adds the address that it was called
 * from to the end of `x-forwarded-for`; whatever stands before those was written by the caller.
 */
export function readRequest(
  request: IncomingMessage,
  body: Buffer,
  rest: Pick<Incoming, 'callerLeft' | 'admit'> & { trustedProxies: number },
): Incoming {
  const { trustedProxies, ...lent } = rest;
  const [path, query] = split(request.url ?? '/');
  return toIncoming({
    ...lent,
    method: request.method ?? '',
    path,
    resource: resourceOf(path),
    // No API Gateway and no invocation of a function that would have ids of their own.
    ids: { gateway_request_id: null, gateway_extended_request_id: null, lambda_request_id: null },
    query: query === '' ? {} : Object.fromEntries(new URLSearchParams(query)),
    headers: request.headers as Record<string, string | undefined>,
    body: body.toString('utf8'),
    ip: addressOf(request, trustedProxies),
    remainingMs: Number.POSITIVE_INFINITY,
  });
}

/** A proxy's request names the host as well (RFC 9112, 3.2.2). */
function split(target: string): [path: string, query: string] {
  const own = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const at = own.indexOf('?');
  return at < 0 ? [own, ''] : [own.slice(0, at), own.slice(at + 1)];
}

function addressOf(request: IncomingMessage, trustedProxies: number): string | null {
  const forwarded = request.headers['x-forwarded-for'];
  if (trustedProxies > 0 && typeof forwarded === 'string') {
    const told = forwarded.split(',').at(-trustedProxies)?.trim();
    if (told) return told.slice(0, 64);
  }
  return request.socket.remoteAddress ?? null;
}
