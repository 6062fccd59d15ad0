import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
