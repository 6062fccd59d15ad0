import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { parseRetryAfter } from './retry-after.ts';

/**
 * One HTTP call to a provider. Node's own http client: it costs a third of the CPU of `fetch` for a small call,
 * and gives the bytes as they come.
 */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingMessage;
}

/**
 * As many connections as there are calls: what a process serves at once is bounded where requests come in, and here a call would wait
 * unseen until another stream ends. Idle ones are dropped early: the far end may close them first, most of all while Lambda has the
 * process frozen, and the next call on one would look like a failing network. Busy ones are not touched by this.
 */
export const agentOptions = {
  keepAlive: true,
  maxSockets: Number.POSITIVE_INFINITY,
  maxFreeSockets: 256,
  timeout: 15_000,
};
const plain = new HttpAgent(agentOptions);
const secure = new HttpsAgent(agentOptions);

/**
 * Rejects when no answer comes: refused or broken connection, or `signal`. Redirects are not followed. A call whose connection
 * had served another one before, and broke before a byte of the answer, is made once more on a new one: the far end had closed
 * it meanwhile (https://nodejs.org/api/http.html#requestreusedsocket). `lookup` resolves names, the
 * agent's own for the new connection too, which it does not open.
 */
export function send(
  url: URL,
  method: 'GET' | 'POST',
  headers: Record<string, string>,
  body: string | Buffer | null,
  signal: AbortSignal,
  agent: HttpAgent | false = url.protocol === 'https:' ? secure : plain,
  lookup: LookupFunction | undefined = lookupOf(agent),
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // As a flat list they are written as they are; an object would first be copied into Node's own. The host is then ours to say.
    const sent = ['host', url.host];
    for (const name in headers) sent.push(name, headers[name] ?? '');
    const bytes = body === null ? null : encodeLarge(body);
    if (bytes !== null) sent.push('content-length', String(Buffer.byteLength(bytes)));
    const options: RequestOptions = { method, headers: sent, agent, ...(lookup && { lookup }) };
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer });
    });
    // Neither the `signal` option nor an error to `destroy`: both reach the socket, and one that has just gone back to the
    // pool has no listener for errors, which ends the process.
    const leave = () => request.destroy();
    let readBefore = 0;
    request.on('socket', (socket) => {
      readBefore = socket.bytesRead;
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const broken = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      const unanswered = request.reusedSocket && request.socket?.bytesRead === readBefore;
      if (broken && unanswered && !signal.aborted)
        resolve(send(url, method, headers, bytes, signal, false, lookup).catch(rethrowRepeated));
      else reject(error);
    });
    request.on('close', () => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    request.end(bytes ?? undefined);
  });
}

/** From here on Node's joining of a text with the head costs more than the bytes do. */
const largeChars = 16 * 1024;

/** A large text as bytes, once: what it is measured by, what is sent, and what is sent again. */
export function encodeLarge(body: string | Buffer): string | Buffer {
  return typeof body === 'string' && body.length >= largeChars ? Buffer.from(body) : body;
}

/** What https://nodejs.org/api/http.html#new-agentoptions takes and the types of an agent's options do not tell. */
function lookupOf(agent: HttpAgent | false): LookupFunction | undefined {
  return agent === false ? undefined : (agent as HttpAgent & { options: { lookup?: LookupFunction } }).options.lookup;
}

const repeated = new WeakSet<object>();

/** Notes that a call broke on a new connection, too, and throws its error. */
export function rethrowRepeated(error: unknown): never {
  if (typeof error === 'object' && error !== null) repeated.add(error);
  throw error;
}

/** Whether a call that broke had been made twice already. */
export function wasRepeated(error: unknown): boolean {
  return typeof error === 'object' && error !== null && repeated.has(error);
}

/** The whole body as text; rejects when the connection breaks before its end, or past `limit` bytes. */
export function readText(body: IncomingMessage, limit: number): Promise<string> {
  // Events, because the async iterator of a stream makes an error to end each stream with, also one that has ended well.
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    body.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= limit) pieces.push(piece);
      else {
        reject(new Error(`The answer is larger than ${limit} bytes.`));
        body.destroy();
      }
    });
    body.on('end', () =>
      resolve((pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)).toString('utf8')),
    );
    body.on('error', reject);
    body.on('close', () => reject(new Error('The connection broke before the end of the answer.')));
  });
}

/** How long the few bytes after the last event may take; then the connection is given up. */
const drainMs = 1000;

/**
 * Ends a body that is not read any further. What is left of a complete answer (the last chunk's end mark) is read away, so that
 * the connection, and its TLS handshake, serve the next call; an incomplete one is cut off.
 */
export function dismiss(body: IncomingMessage, complete: boolean): void {
  if (!complete || body.destroyed) {
    body.destroy();
    return;
  }
  const timer = setTimeout(() => body.destroy(), drainMs).unref();
  body.once('close', () => clearTimeout(timer));
  body.on('error', () => undefined);
  body.resume();
}

/** How long an answer asks to wait, in milliseconds: OpenAI's `retry-after-ms`, or `Retry-After`; undefined when it does not. */
export function readRetryAfter(headers: IncomingHttpHeaders, now: number): number | undefined {
  const ms = Number(headers['retry-after-ms']);
  return ms > 0 ? ms : parseRetryAfter(headers['retry-after'], now);
}

/** A header that occurs once, as text; null when it is missing. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}
