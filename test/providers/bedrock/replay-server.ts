import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** JSON, text, or the bytes of a stream: each of them one write. */
  body: unknown;
  /** Close properly, reset the connection, or keep it open for ever. */
  end?: 'end' | 'reset' | 'hang';
}

export interface ReplayServer {
  url: string;
  received: Received[];
  /** Resolves when the given number of upstream connections were closed by the other side before their answer was complete. */
  abandoned(): Promise<void>;
  close(): Promise<void>;
}

export const requestId = '00000000-0000-4000-8000-000000000001';

/** A Bedrock that answers what it is told to, on 127.0.0.1. */
export async function startReplayServer(
  answer: (received: Received, count: number) => Reply | 'reset' | 'hang',
): Promise<ReplayServer> {
  const received: Received[] = [];
  const abandoned = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const call = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces),
    };
    response.on('close', () => {
      if (!response.writableFinished) abandoned.resolve();
    });
    const reply = answer(call, received.push(call) - 1);
    if (reply === 'reset') response.destroy();
    else if (reply !== 'hang') await write(response, reply);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    abandoned: () => abandoned.promise,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

async function write(
  response: ServerResponse,
  { status = 200, headers = {}, body, end = 'end' }: Reply,
): Promise<void> {
  const stream = Array.isArray(body) && body.every((piece) => piece instanceof Uint8Array);
  const type = stream ? 'application/vnd.amazon.eventstream' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': requestId, ...headers });
  const pieces: (string | Uint8Array)[] = stream ? body : [typeof body === 'string' ? body : JSON.stringify(body)];
  for (const piece of pieces) await new Promise<void>((done) => response.write(piece, () => done()));
  if (end === 'end') response.end();
  if (end === 'reset') response.destroy();
}
