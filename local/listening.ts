import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine; `close` ends its connections and resolves when they are gone. */
export interface Listening {
  /** `http://127.0.0.1:<port>` */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1, `port` 0 for any free one. Rejects with Node's error, `code` EADDRINUSE among them.
 * `graceMs`: what requests that are running get to finish when it closes.
 */
export async function listen(server: Server, port = 0, graceMs = 0): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(impatience);
          resolve();
        });
      }),
  };
}

/**
 * Keeps web pages away from a server that asks for no credential: a page may call any port of the machine that shows it, dynalite
 * answers pages of all origins as DynamoDB does, and a name of the page's own that leads to 127.0.0.1 makes it same-origin.
 * Browsers cannot help naming the origin or that name; the AWS SDK sends the address and no origin.
 */
export function refusePages(server: Server): Server {
  const serve = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  return server.on('request', (request, response) => {
    const { host = '', origin } = request.headers;
    if (origin === undefined && /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/i.test(host)) {
      for (const listener of serve) listener.call(server, request, response);
      return;
    }
    request.resume();
    response.writeHead(403).end();
  });
}

/** The whole body, or null when it is longer than `limit` bytes; then it has been read to its end, and thrown away. Rejects when the caller leaves. */
export function readBody(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= limit) pieces.push(piece);
      else pieces.length = 0;
    });
    request.on('end', () =>
      resolve(size > limit ? null : pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size)),
    );
    request.on('error', reject);
    request.on('close', () => reject(new Error('The caller left before the end of the body.')));
  });
}
