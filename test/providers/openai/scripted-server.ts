import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../../local/listening.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  socket: Socket;
  /** Resolves when the caller gives the call up before it is answered. */
  given: Promise<void>;
}

export type Answer = (response: ServerResponse, received: Received) => void | Promise<void>;

/** Something on 127.0.0.1 that answers as OpenAI, the way a test says. */
export interface ScriptedServer extends Listening {
  answer: Answer;
  received: Received[];
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const server: Pick<ScriptedServer, 'answer' | 'received'> = {
    answer: (response) => void response.end(),
    received: [],
  };
  const listening = await listen(
    createServer((request, response) => {
      const given = new Promise<void>((resolve) => response.on('close', () => !response.writableFinished && resolve()));
      void readBody(request).then((body) => {
        const received: Received = {
          path: request.url ?? '',
          headers: request.headers,
          text: body?.toString('utf8') ?? '',
          socket: request.socket,
          given,
        };
        server.received.push(received);
        return server.answer(response, received);
      });
    }),
  );
  return Object.assign(server, listening);
}

export function bodyOf(received: Received | undefined): JsonObject {
  const body = parseJson(received?.text ?? '');
  if (!isObject(body)) throw new Error('no JSON object was received');
  return body;
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Sends pieces of a stream, each in a write of its own; then ends, resets or stays open. */
export function streamAnswer(pieces: (string | Uint8Array)[], then: 'end' | 'reset' | 'stay' = 'end'): Answer {
  return async (response, { socket }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'provider-1' });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (then === 'end') response.end();
    if (then === 'reset') socket.resetAndDestroy();
  };
}

export const fakeKey = 'sk-FAKE-0123456789';
