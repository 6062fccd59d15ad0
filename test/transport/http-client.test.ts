import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readText, send } from '../../functions/transport/http-client.ts';

let url: URL;
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end('whole');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => server.close());

test('giving a call up when its answer is complete does no harm to the pooled socket', async () => {
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const answer = await send(url, 'POST', {}, '{}', controller.signal);
    // An unhandled error of the socket would end this process.
    expect(await readText(answer.body, 1000)).toBe('whole');
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('a call that is given up before its answer rejects', async () => {
  const controller = new AbortController();
  const sent = send(url, 'POST', {}, '{}', controller.signal);
  controller.abort();
  await expect(sent).rejects.toThrow();
  await expect(send(url, 'GET', {}, null, controller.signal)).rejects.toThrow();
});

test('an answer beyond the limit is not read to its end', async () => {
  const answer = await send(url, 'GET', {}, null, new AbortController().signal);
  await expect(readText(answer.body, 3)).rejects.toThrow('larger than 3 bytes');
});

/** A server that answers with what the script says for the n-th request on the m-th connection; null: it resets the connection. */
async function scripted(script: (connection: number, request: number) => string | null) {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const tcp = createTcpServer((socket) => {
    sockets.push(socket);
    const connection = sockets.length;
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      seen.push(`${connection}.${++requests}`);
      const answer = script(connection, requests);
      if (answer === null) socket.resetAndDestroy();
      else socket.write(answer, () => !answer.includes('\r\n\r\n') && socket.resetAndDestroy());
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    async call(): Promise<string> {
      const to = new URL(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}/`);
      const answer = await send(to, 'POST', {}, '{}', new AbortController().signal);
      return readText(answer.body, 1000);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      tcp.close();
    },
  };
}

const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole';

test('a call that broke unanswered on a connection that had served before is made once more, on a new one', async () => {
  const server = await scripted((connection, request) => (connection === 1 && request === 2 ? null : whole));
  expect(await server.call()).toBe('whole');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await server.call()).toBe('whole');
  expect(server.seen).toEqual(['1.1', '1.2', '2.1']);
  server.close();
});

test('a call is not made a third time', async () => {
  const server = await scripted((connection, request) => (connection === 1 && request === 1 ? whole : null));
  expect(await server.call()).toBe('whole');
  await new Promise((resolve) => setImmediate(resolve));
  await expect(server.call()).rejects.toThrow();
  expect(server.seen).toEqual(['1.1', '1.2', '2.1']);
  server.close();
});

test('a call that broke on a new connection is not made again', async () => {
  const server = await scripted(() => null);
  await expect(server.call()).rejects.toThrow();
  expect(server.seen).toEqual(['1.1']);
  server.close();
});

test('a call that broke after the first byte of its answer is not made again', async () => {
  const server = await scripted((_connection, request) => (request === 1 ? whole : 'HTTP/1.1 2'));
  expect(await server.call()).toBe('whole');
  await new Promise((resolve) => setImmediate(resolve));
  await expect(server.call()).rejects.toThrow();
  expect(server.seen).toEqual(['1.1', '1.2']);
  server.close();
});

test('no call waits for another one to the same host, however many there are', async () => {
  const calls = 1200;
  let running = 0;
  const release = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  const server = createServer(async (_request, response) => {
    running++;
    if (running === calls) all.resolve();
    await release.promise;
    response.end('done');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2048, resolve));
  const host = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const signal = AbortSignal.timeout(30_000);
  const answers = Promise.all(
    Array.from({ length: calls }, async () => readText((await send(host, 'GET', {}, null, signal)).body, 100)),
  );
  // It rejects when the signal ends calls that wait.
  await Promise.race([all.promise, answers]);
  expect(running).toBe(calls);
  release.resolve();
  expect(new Set(await answers)).toEqual(new Set(['done']));
  server.closeAllConnections();
  server.close();
}, 40_000);
