import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress, resolveAll } from './public-address.ts';

/** Why an image could not be fetched; the message says nothing about the network behind the gateway. */
export class ImageFetchError extends Error {}

export interface ImageFetchSettings {
  maxBytes: number;
  timeoutMs: number;
  maxRedirects: number;
  /** Name resolution and transport; tests put their own in. */
  resolve: (host: string) => Promise<string[]>;
  request: (options: RequestOptions, respond: (response: IncomingMessage) => void) => ClientRequest;
}

export type ImageFetch = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

const defaults: ImageFetchSettings = {
  maxBytes: 5 * 1024 * 1024,
  timeoutMs: 10_000,
  maxRedirects: 3,
  resolve: resolveAll,
  request: httpsRequest,
};

/**
 * Fetches pictures that callers name, without becoming their way into private networks: https on its usual port only,
 * every address of the host must be public, and the connection goes to the address that was checked, so that a name
 * cannot change its meaning in between. Redirects pass the same checks. Throws `ImageFetchError`.
 */
export function createImageFetch(changes: Partial<ImageFetchSettings> = {}): ImageFetch {
  const settings = { ...defaults, ...changes };
  return async (address, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
    let url = address;
    for (let redirects = 0; redirects <= settings.maxRedirects; redirects++) {
      const response = await open(url, settings, limit);
      const location = response.headers.location;
      if ((response.statusCode ?? 0) >= 300 && (response.statusCode ?? 0) < 400 && location !== undefined) {
        response.destroy();
        if (!URL.canParse(location, url)) throw new ImageFetchError('The image is behind a broken redirect.');
        url = new URL(location, url).href;
        continue;
      }
      return await readBody(response, settings.maxBytes, limit);
    }
    throw new ImageFetchError('The image is behind too many redirects.');
  };
}

async function open(
  address: string,
  { resolve, request }: ImageFetchSettings,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') {
    throw new ImageFetchError('Images are fetched from plain https addresses only.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses =
    isIP(host) === 0
      ? await within(
          resolve(host).catch(() => []),
          signal,
        )
      : [host];
  const [checked] = addresses;
  if (checked === undefined) throw new ImageFetchError("The image's host was not found.");
  if (!addresses.every(isPublicAddress)) throw new ImageFetchError("The image's host is not on the public internet.");
  return new Promise((done, fail) => {
    const sent = request(
      {
        host,
        servername: isIP(host) === 0 ? host : '',
        path: url.pathname + url.search,
        agent: false,
        signal,
        lookup: pinTo(checked),
        headers: { accept: 'image/*', 'user-agent': 'keyway' },
      },
      done,
    );
    sent.on('error', () => fail(new ImageFetchError('The image could not be fetched.')));
    sent.end();
  });
}

/** Whatever name the transport asks for, it gets the address that was checked. */
function pinTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, answer) => {
    if (options.all) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}

async function readBody(response: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  try {
    if (response.statusCode !== 200)
      throw new ImageFetchError(`The image's host answered HTTP ${response.statusCode}.`);
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw new ImageFetchError(tooLarge(maxBytes));
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > maxBytes) throw new ImageFetchError(tooLarge(maxBytes));
      pieces.push(piece);
    }
    return Buffer.concat(pieces, size);
  } catch (error) {
    if (error instanceof ImageFetchError) throw error;
    throw new ImageFetchError(signal.aborted ? 'The image did not arrive in time.' : 'The image could not be fetched.');
  } finally {
    response.destroy();
  }
}

function tooLarge(maxBytes: number): string {
  return `The image is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB.`;
}

/** Name resolution knows no signal. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new ImageFetchError('The image did not arrive in time.'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
