import type { ServerResponse } from 'node:http';
import { comment, silenceMs } from '../heartbeat.ts';
import type { Reply } from '../reply.ts';

/**
 * Sends an answer. Pieces are pulled as the caller takes them, and silences are filled with comments. When the caller has left,
 * the pieces are ended and get to finish their work. Rejects with what the pieces throw.
 */
export async function send(reply: Reply, response: ServerResponse, headers: Record<string, string>): Promise<void> {
  if (typeof reply.body === 'string' || reply.body instanceof Uint8Array) {
    if (response.destroyed) return;
    const bytes = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    // Of 204 and 304 it would say something about another answer (RFC 9110, 8.6).
    const bare = reply.status === 204 || reply.status === 304;
    const length: Record<string, string> = bare ? {} : { 'content-length': String(bytes.length) };
    response.writeHead(reply.status, { ...reply.headers, ...headers, ...length });
    response.end(bytes);
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, ...headers });
  let taking = true;
  // Only while nothing else is said: a caller who reads slowly has not gone to sleep.
  const beat = setInterval(() => void (taking && response.write(comment)), silenceMs);
  try {
    for await (const piece of reply.body) {
      if (response.destroyed) return;
      if (piece === '') continue;
      if (!response.write(piece)) {
        taking = false;
        await taken(response);
        taking = true;
      }
      beat.refresh();
    }
    response.end();
  } finally {
    clearInterval(beat);
  }
}

/** Until the caller has taken what was written, or has left. */
function taken(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
    if (response.destroyed) done();
  });
}
