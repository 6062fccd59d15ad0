import type { Agent } from 'node:http';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { rethrowRepeated } from '../../../transport/http-client.ts';

const onReused = Symbol('the connection had been used before');

/** Lets errors tell that their request went out on a connection that had been used before. */
export function noticeReuse<A extends Agent>(agent: A): A {
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    request.once('error', (error) => Object.assign(error, { [onReused]: true }));
    reuse(socket, request);
  };
  return agent;
}

/**
 * The far end may close an idle connection just when the next request is on its way. Nothing was answered then, so
 * the request is sent once more, on a connection of its own.
 */
export function repeatOnReset(pooled: NodeHttpHandler, fresh: NodeHttpHandler): void {
  const handle = pooled.handle.bind(pooled);
  pooled.handle = async (request, options) => {
    try {
      return await handle(request, options);
    } catch (error) {
      const { code, [onReused]: reused } = error as { code?: string; [onReused]?: boolean };
      const reset = reused === true && (code === 'ECONNRESET' || code === 'EPIPE');
      if (!reset || options?.abortSignal?.aborted) throw error;
      return await fresh.handle(request, options).catch(rethrowRepeated);
    }
  };
}
