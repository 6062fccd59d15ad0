import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorStatuses, GatewayError, toWire } from '../functions/core/errors.ts';
import { formatUlid } from '../functions/core/ids.ts';
import { type Entry, streamedEntries } from '../functions/endpoints.ts';
import type { Serve } from '../functions/http/reply.ts';
import { toGatewayEvent } from './gateway-event.ts';
import { invoke } from './lambda.ts';
import { type Listening, listen, readBody } from './listening.ts';

/** What the module of an entry exports: what Lambda calls, and what answers behind any shell. */
export interface EntryModule {
  handler: unknown;
  serve: Serve;
}

/** Each function's module, imported when it is first asked for. */
export type Functions<Module = EntryModule> = Record<Entry, () => Promise<Module>>;

/** API Gateway's quota "Payload size". */
export const bodyLimit = 10 * 1024 * 1024;
/** Integration timeouts of the stack: streamed 15 minutes, buffered API Gateway's default. */
const timeoutsMs = { streamed: 900_000, buffered: 29_000 };
/** What requests that run get to finish when the server closes, and what their handlers get to write their records after that. */
export const graceMs = { requests: 400, handlers: 300 };

/**
 * API Gateway and Lambda on 127.0.0.1: turns each request into an event, has the endpoint's function answer it.
 * Rejects with `code` EADDRINUSE when the port is taken. `report` is given what handlers throw.
 */
export async function startServer(options: {
  port: number;
  functions: Functions<Pick<EntryModule, 'handler'>>;
  report: (error: unknown) => void;
}): Promise<Listening> {
  const running = new Set<Promise<void>>();
  const load = loadOnce(options.functions);
  const server = createServer((request, response) => {
    const run = answer(load, request, response)
      .catch((error: unknown) => {
        // What goes wrong because the caller has left is nobody's fault.
        if (!response.destroyed) options.report(error);
        refuse(response, 'internal_error', 'The gateway failed to answer this request.');
      })
      .finally(() => running.delete(run));
    running.add(run);
  });
  // Longer than clients keep idle connections, or they would meet closing ones.
  server.keepAliveTimeout = 75_000;
  const listening = await listen(server, options.port, graceMs.requests);
  return {
    url: listening.url,
    async close() {
      await listening.close();
      const late = new Promise((resolve) => setTimeout(resolve, graceMs.handlers).unref());
      await Promise.race([Promise.allSettled(running), late]);
    },
  };
}

/** Lambda loads a function once for its process. */
export function loadOnce<Module>(functions: Functions<Module>): (entry: Entry) => Promise<Module> {
  const loaded = new Map<Entry, Module>();
  return async (entry) => {
    const known = loaded.get(entry) ?? (await functions[entry]());
    loaded.set(entry, known);
    return known;
  };
}

async function answer(
  load: (entry: Entry) => Promise<Pick<EntryModule, 'handler'>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedAt = new Date();
  const body = await readBody(request, bodyLimit).catch(() => undefined);
  if (body === undefined) return;
  if (body === null) return refuse(response, 'request_too_large', 'The request body is longer than 10 MB.');
  const { entry, event } = toGatewayEvent(request, body, randomUUID(), receivedAt);
  const { handler } = await load(entry);
  // The caller has left before there was anything to do.
  if (response.destroyed) return;
  const timeoutMs = streamedEntries.includes(entry) ? timeoutsMs.streamed : timeoutsMs.buffered;
  await invoke(handler, event, response, { functionName: `keyway-${entry}`, timeoutMs });
}

/** What API Gateway says without a handler, in the gateway's own error format. An answer that has begun is cut. */
function refuse(response: ServerResponse, code: 'request_too_large' | 'internal_error', message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const requestId = `req_${formatUlid(Date.now(), randomBytes(10))}`;
  response.writeHead(errorStatuses[code], { 'content-type': 'application/json', 'x-request-id': requestId });
  response.end(JSON.stringify(toWire(new GatewayError(code, message), requestId)));
}
