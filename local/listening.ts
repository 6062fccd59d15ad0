import type { IncomingMessage, Server } from 'node:http';
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

/** The whole body, or null when it is longer than `limit` bytes; then it has been read to its end, and thrown away. Rejects when the caller leaves. */
export async function readBody(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else pieces.length = 0;
  }
  return size <= limit ? Buffer.concat(pieces, size) : null;
}
