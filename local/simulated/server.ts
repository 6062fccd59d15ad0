import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listen, readBody } from '../listening.ts';

/** One simulated provider: answers like the real one. `request.url` comes without the prefix under which the provider is served. */
export type SimulatedHandler = (
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) => void | Promise<void>;

/** Serves simulated providers on 127.0.0.1, each under its first path segment (`openai`: `/openai/…`). */
export function startSimulatedProviders(handlers: Record<string, SimulatedHandler>): Promise<Listening> {
  const server = createServer(async (request, response) => {
    const [, name = '', rest = ''] = /^\/([\w-]*)(.*)$/s.exec(request.url ?? '/') ?? [];
    const body = await readBody(request).catch(() => null);
    if (body === null) return;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (!handler) {
      response
        .writeHead(404, { 'content-type': 'text/plain' })
        .end(`No simulated provider is served under /${name}.\n`);
      return;
    }
    try {
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
      await handler(request, body, response);
    } catch {
      response.destroy();
    }
  });
  return listen(server);
}
