import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { createDirectPost } from '../../../functions/stores/dynamodb/direct-post.ts';

/** How the server answers each request. */
let answer: (socket: Socket) => void | Promise<void>;
let connections: Socket[] = [];
let requests: string[] = [];
const server: Server = createServer((socket) => {
  connections.push(socket);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    requests.push(piece.toString());
    void answer(socket);
  });
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  connections = [];
  requests = [];
});
afterEach(() => {
  for (const socket of connections) socket.destroy();
});
afterAll(() => server.close());

const open = (timeoutMs = 5000) => createDirectPost({ protocol: 'http:', hostname: '127.0.0.1', port }, timeoutMs);
const ok = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;

function answers(...pieces: (string | Buffer)[]) {
  answer = async (socket) => {
    for (const piece of pieces) {
      await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
    }
  };
}

describe('a direct POST', () => {
  it('sends the headers as given, with the length of the body in bytes', async () => {
    answers(ok('{}'));
    await open()({ host: 'h', 'x-amz-target': 'T' }, '{"a":"ü"}');
    expect(requests).toEqual(['POST / HTTP/1.1\r\nhost: h\r\nx-amz-target: T\r\ncontent-length: 10\r\n\r\n{"a":"ü"}']);
  });

  it('gives the body, however the answer is cut', async () => {
    const body = '{"text":"Grüße 😀\\r\\n\\r\\n"}';
    const bytes = Buffer.from(ok(body, 'Connection: keep-alive\r\n'));
    const post = open();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        answers(...places.slice(1).map((place, i) => bytes.subarray(places[i], place)));
        expect(await post({ host: 'h' }, '{}')).toBe(body);
      }),
      { numRuns: 50 },
    );
    expect(connections).toHaveLength(1);
  });

  it('uses one connection for each request under way, and keeps them', async () => {
    answers(ok('{}'));
    const post = open();
    await Promise.all([post({}, '1'), post({}, '2'), post({}, '3')]);
    await Promise.all([post({}, '4'), post({}, '5'), post({}, '6')]);
    expect(connections).toHaveLength(3);
    expect(requests).toHaveLength(6);
  });

  it('takes a new connection when the service wants this one closed, or closes it', async () => {
    answers(ok('{}', 'Connection: close\r\n'));
    const post = open();
    expect(await post({}, '1')).toBe('{}');
    answers(ok('{}'));
    expect(await post({}, '2')).toBe('{}');
    expect(connections).toHaveLength(2);
    const closed = new Promise((resolve) => connections[1]?.on('close', resolve));
    connections[1]?.end();
    await closed;
    expect(await post({}, '3')).toBe('{}');
    expect(connections).toHaveLength(3);
  });

  test.each<[string, string[]]>([
    ['another status', ['HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}']],
    ['no length', ['HTTP/1.1 200 OK\r\n\r\n{}']],
    ['chunks', ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n']],
    ['more than it announced', [`${ok('{}')}HTTP/1.1 200 OK`]],
    ['another protocol', ['SSH-2.0-OpenSSH\r\n\r\n']],
  ])('gives null for an answer with %s, and never uses that connection again', async (_, pieces) => {
    const post = open();
    answers(...pieces);
    expect(await post({}, '1')).toBeNull();
    answers(ok('{}'));
    expect(await post({}, '2')).toBe('{}');
    expect(connections).toHaveLength(2);
  });

  it('gives null when the connection breaks before the end of the answer', async () => {
    answer = (socket) => void socket.end(ok('{}').slice(0, -1));
    expect(await open()({}, '1')).toBeNull();
  });

  it('gives null after a silence, also in the middle of an answer', async () => {
    answer = () => undefined;
    expect(await open(20)({}, '1')).toBeNull();
    answers('HTTP/1.1 200 OK\r\n');
    expect(await open(20)({}, '1')).toBeNull();
  });

  it('gives null when nobody listens', async () => {
    expect(await createDirectPost({ protocol: 'http:', hostname: '127.0.0.1', port: 1 }, 5000)({}, '1')).toBeNull();
  });

  it('gives null when TLS cannot be agreed on', async () => {
    answers('not TLS');
    expect(await createDirectPost({ protocol: 'https:', hostname: '127.0.0.1', port }, 5000)({}, '1')).toBeNull();
  });
});
