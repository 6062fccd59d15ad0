import { NodeHttpHandler } from '@smithy/node-http-handler';

/** How the gateway's own stores are called: they are near, so what has not answered in two seconds is asked again. */
export function createRequestHandler(maxSockets: number): NodeHttpHandler {
  const agent = { maxSockets };
  return new NodeHttpHandler({
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  });
}
