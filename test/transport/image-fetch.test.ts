import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createImageFetch, ImageFetchError, type ImageFetchSettings } from '../../functions/transport/image-fetch.ts';
import { isPublicAddress } from '../../functions/transport/public-address.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => answer(request, response));
let port = 0;
const asked: { host: unknown; pinned: string }[] = [];
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Notes which address the connection is pinned to, and takes it to the test's server instead. */
function request(options: RequestOptions, respond: (response: IncomingMessage) => void) {
  options.lookup?.(String(options.host), {}, (_error, address) =>
    asked.push({ host: options.host, pinned: String(address) }),
  );
  const { path, headers, signal } = options;
  return httpRequest({ host: '127.0.0.1', port, path, headers, ...(signal && { signal }) }, respond);
}

const names: Record<string, string[]> = {
  'pictures.example': ['93.184.216.34'],
  'inside.example': ['10.0.0.7'],
  'mixed.example': ['93.184.216.34', '127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
};

function fetchImage(url: string, settings: Partial<ImageFetchSettings> = {}, signal = new AbortController().signal) {
  return createImageFetch({ request, resolve: async (host) => names[host] ?? [], ...settings })(url, signal);
}

describe('fetching a picture', () => {
  it('gives its bytes, over the address that was checked', async () => {
    answer = (_request, response) => response.end('the picture');
    expect(Buffer.from(await fetchImage('https://pictures.example/a.png?b=1')).toString()).toBe('the picture');
    expect(asked).toEqual([{ host: 'pictures.example', pinned: '93.184.216.34' }]);
  });

  it.each([
    'http://pictures.example/a.png',
    'https://pictures.example:8443/a.png',
    'https://user:secret@pictures.example/a.png',
    'ftp://pictures.example/a.png',
    'not an address',
    'https://127.0.0.1/a.png',
    'https://2130706433/a.png',
    'https://0x7f.1/a.png',
    'https://[::1]/a.png',
    'https://[::ffff:10.0.0.1]/a.png',
    'https://169.254.169.254/latest/meta-data/',
    'https://inside.example/a.png',
    'https://mixed.example/a.png',
    'https://metadata.example/',
    'https://unknown.example/a.png',
  ])('refuses %s without a connection', async (url) => {
    await expect(fetchImage(url)).rejects.toThrow(ImageFetchError);
    expect(asked).toEqual([]);
  });

  it('follows a redirect to a public place, and no other', async () => {
    answer = ({ url }, response) =>
      url === '/there' ? response.end('moved') : response.writeHead(302, { location: '/there' }).end();
    expect(Buffer.from(await fetchImage('https://pictures.example/here')).toString()).toBe('moved');
    for (const location of ['https://inside.example/', 'http://pictures.example/', 'https://[::1]/', 'http://[']) {
      answer = (_request, response) => response.writeHead(302, { location }).end();
      await expect(fetchImage('https://pictures.example/here')).rejects.toThrow(ImageFetchError);
    }
    expect(asked.every(({ host }) => host === 'pictures.example')).toBe(true);
  });

  it('gives up on redirects without end', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/again' }).end();
    await expect(fetchImage('https://pictures.example/a')).rejects.toThrow(/too many redirects/);
    expect(asked).toHaveLength(4);
  });

  it('stops at the size limit, announced or not', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': '2000' }).end('x'.repeat(2000));
    await expect(fetchImage('https://pictures.example/a', { maxBytes: 1000 })).rejects.toThrow(/larger/);
    answer = (_request, response) => {
      for (let piece = 0; piece < 20; piece++) response.write('x'.repeat(100));
      response.end();
    };
    await expect(fetchImage('https://pictures.example/a', { maxBytes: 1000 })).rejects.toThrow(/larger/);
  });

  it('stops when time is up, while resolving, connecting or reading', async () => {
    answer = (_request, response) => response.write('begun');
    await expect(fetchImage('https://pictures.example/a', { timeoutMs: 30 })).rejects.toThrow(/in time/);
    await expect(
      fetchImage('https://pictures.example/a', { timeoutMs: 30, resolve: () => new Promise(() => undefined) }),
    ).rejects.toThrow(/in time/);
    await expect(fetchImage('https://pictures.example/a', {}, AbortSignal.abort())).rejects.toThrow(ImageFetchError);
  });

  it('says what the host answered', async () => {
    answer = (_request, response) => response.writeHead(404).end();
    await expect(fetchImage('https://pictures.example/a')).rejects.toThrow(/HTTP 404/);
  });
});

describe('public addresses', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '2a00:1450:4001:80e::200e'])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '192.0.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::a00:1',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '2001::1',
      'localhost',
      '',
    ],
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
