import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GatewayError, gatewayStops, nameOf } from '../../core/errors.ts';
import { answer } from '../answer.ts';
import type { Incoming } from '../incoming.ts';
import { healthy, type Reply, type Serve, type Shell } from '../reply.ts';
import type { Load } from './load.ts';
import { readBody } from './read-body.ts';
import { readRequest } from './read-request.ts';
import { send } from './send.ts';
import type { Slots } from './slots.ts';

export interface WebServerOptions {
  serve: Serve;
  shell: Shell;
  slots: Slots;
  load: Load;
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** Proxies in front, whose `x-forwarded-for` is believed. */
  trustedProxies: number;
}

export interface WebServer {
  /** Not listening yet. */
  server: Server;
  /** Requests that have come and are not answered in full. */
  running(): number;
  /**
   * Lets running requests end for `graceMs`, meanwhile answers those that still come and says at `/healthz` that it goes; then ends
   * what is left, with an honest end for the caller, a settled hold and a record. Resolves when all of it is done, at the latest
   * `closingMs` after that.
   */
  drain(graceMs: number, closingMs: number): Promise<void>;
}

/** Times for the head and the whole of a request, and for an idle connection: longer than the 60 s of load balancers, which reuse them. */
const timeoutsMs = { head: 20_000, request: 60_000, idle: 75_000 };

/** Many requests at once in one process. Each is answered by the same `Serve` as in an event function. */
export function createWebServer(options: WebServerOptions): WebServer {
  const running = new Set<Promise<void>>();
  const stops = new AbortController();
  let draining = false;

  const server = createServer(
    { headersTimeout: timeoutsMs.head, requestTimeout: timeoutsMs.request },
    (request, response) => {
      const run = handle(request, response)
        // What goes wrong because the caller has left is nobody's fault.
        .catch((error: unknown) => {
          if (!response.destroyed) options.shell.report('answer_failed', { error: nameOf(error) });
          response.destroy();
        })
        .finally(() => running.delete(run));
      running.add(run);
    },
  );
  server.keepAliveTimeout = timeoutsMs.idle;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leave = new AbortController();
    const stop = () => leave.abort(gatewayStops);
    response.once('close', () => response.writableFinished || leave.abort());
    stops.signal.addEventListener('abort', stop, { once: true });
    const given: (() => void)[] = [() => stops.signal.removeEventListener('abort', stop)];
    const admit = (workspaceId: string) => void given.push(options.slots.take(workspaceId));
    try {
      const incoming = (body: Buffer) =>
        readRequest(request, body, { callerLeft: leave.signal, admit, trustedProxies: options.trustedProxies });
      const reply = await replyTo(request, incoming, given);
      if (reply !== null) await send(reply, response, draining ? { connection: 'close' } : {});
    } finally {
      for (const giveBack of given) giveBack();
    }
  }

  /** Null: the caller left before the end of the request. */
  async function replyTo(
    request: IncomingMessage,
    incoming: (body: Buffer) => Incoming,
    given: (() => void)[],
  ): Promise<Reply | null> {
    const { load, shell, serve } = options;
    const refuse = (error: GatewayError) => answer(incoming(nothing), () => Promise.reject(error), shell);
    if (isHealthCheck(request))
      return draining ? refuse(goes()) : answer(incoming(nothing), async () => healthy, shell);
    if (load.isHigh()) return refuse(tooMuch());
    let held = 0;
    given.push(() => load.giveBody(held));
    const body = await readBody(request, options.bodyLimit, (bytes) => {
      if (!load.takeBody(bytes)) return false;
      held += bytes;
      return true;
    });
    if (body === 'left') return null;
    if (body === 'no_room') return refuse(tooMuch());
    if (body === 'too_large') return refuse(tooLarge(options.bodyLimit));
    return answer(incoming(body), serve, shell);
  }

  return {
    server,
    running: () => running.size,
    async drain(graceMs, closingMs) {
      draining = true;
      server.closeIdleConnections();
      await Promise.race([quiet(running), pause(graceMs)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stops.abort();
      await Promise.race([quiet(running), pause(closingMs)]);
      server.closeAllConnections();
      await closed;
    },
  };
}

const nothing = Buffer.alloc(0);

/** Of a load balancer: the process answers, whatever its stores do. */
function isHealthCheck({ url }: IncomingMessage): boolean {
  return url === '/healthz';
}

function tooMuch(): GatewayError {
  return unavailable('The gateway has no room for another request at the moment.');
}

function goes(): GatewayError {
  return unavailable('This server is being stopped.');
}

function unavailable(message: string): GatewayError {
  return new GatewayError('service_unavailable', message, { retryAfterSeconds: 1 });
}

function tooLarge(bytes: number): GatewayError {
  const message = `The request body is longer than ${bytes / 1024 / 1024} MB.`;
  return new GatewayError('request_too_large', message, { shouldRetry: false });
}

/** Until none is left, those included that come meanwhile. */
async function quiet(running: Set<Promise<void>>): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
