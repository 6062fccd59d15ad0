import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listen, readBody } from '../../local/listening.ts';

/**
 * What a proxy does to a call: an error of the service, no answer at all, a broken connection, or a call that arrives and is done,
 * but whose answer is lost.
 */
export type Fault = { status: number; type: string } | 'hang' | 'reset' | 'lost answer';

export interface FaultyProxy extends Listening {
  /** The operation of every call, in order: `BatchGetItem`, `GetSecretValue`. */
  calls: string[];
  /** Decides about each call; undefined: it passes. */
  fault(decide: ((operation: string, body: string) => Fault | undefined) | null): void;
}

/** Stands between the AWS SDK's clients and a service of this machine: counts calls, and breaks those that it is told to. */
export async function startFaultyProxy(targetUrl: string): Promise<FaultyProxy> {
  let decide: ((operation: string, body: string) => Fault | undefined) | null = null;
  const calls: string[] = [];
  const server = createServer(async (incoming, response) => {
    const body = (await readBody(incoming)) ?? Buffer.alloc(0);
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    calls.push(operation);
    const fault = decide?.(operation, body.toString());
    if (fault === 'hang') return;
    if (fault === 'reset') return void response.socket?.destroy();
    if (typeof fault === 'object') return refuse(response, fault);
    forward(targetUrl, incoming, body, response, fault === 'lost answer');
  });
  server.keepAliveTimeout = 60_000;
  const listening = await listen(server);
  return {
    ...listening,
    calls,
    fault(next) {
      decide = next;
    },
  };
}

function forward(
  targetUrl: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  loseAnswer: boolean,
): void {
  const onward = httpRequest(
    targetUrl,
    { method: incoming.method, headers: incoming.headers, path: incoming.url },
    async (answer) => {
      const given = await readBody(answer);
      if (loseAnswer) response.socket?.destroy();
      else response.writeHead(answer.statusCode ?? 500, answer.headers).end(given);
    },
  );
  onward.on('error', () => response.socket?.destroy());
  onward.end(body);
}

function refuse(response: ServerResponse, { status, type }: { status: number; type: string }): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ __type: type, message: 'Injected by a test.' }));
}

/** Each operation with the number of its calls. */
export function countCalls(calls: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of calls) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
