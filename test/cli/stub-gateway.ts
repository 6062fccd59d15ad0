import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type Listening, listen } from '../../local/listening.ts';

export interface StubAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What answers where a gateway is looked for: `answer` says what, by method and path with query. */
export async function startStub(answer: (call: string) => StubAnswer): Promise<Listening & { calls: string[] }> {
  const calls: string[] = [];
  const listening = await listen(
    createServer((request, response) => {
      const call = `${request.method} ${request.url}`;
      calls.push(call);
      request.resume();
      const { status = 200, headers = {}, body = {} } = answer(call);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    }),
  );
  return { ...listening, calls };
}

/** Another program, which says its own greeting to whoever connects and hangs up. */
export async function startStranger(greeting: string): Promise<Listening> {
  const server = createTcpServer((socket) => {
    // Who is hung up on may hang up first.
    socket.on('error', () => {});
    socket.resume();
    socket.end(greeting, () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
