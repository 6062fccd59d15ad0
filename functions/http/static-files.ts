import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../core/errors.ts';
import type { Incoming } from './incoming.ts';
import type { Reply } from './reply.ts';

/** `files.json` of a built folder. Only what it names is served, so that no path leads out of the folder. */
export type FileList = Record<string, { type: string; etag: string; immutable: boolean; encodings: string[] }>;

const extensions: Record<string, string> = { br: '.br', gzip: '.gz' };

/**
 * What a browser may do with the page (w3.org/TR/CSP3): its own script and style from files, calls to the same origin, and nothing
 * else; no inline code, no frame around it, no form that leaves it.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const guards = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Serves the files of a folder, compressed as the caller takes them, each read once; what could not be read is read again for the next caller. Names with a hash are kept by browsers for good. */
export function openStaticFiles(folder: string) {
  const contents = new Map<string, Promise<Uint8Array>>();
  const read = (name: string): Promise<Uint8Array> => {
    const known = contents.get(name);
    if (known !== undefined) return known;
    const reading = readFile(join(folder, name));
    contents.set(name, reading);
    reading.catch(() => contents.delete(name));
    return reading;
  };
  let list: FileList | null = null;

  return async (name: string, headers: Incoming['headers']): Promise<Reply> => {
    list ??= JSON.parse(await readFile(join(folder, 'files.json'), 'utf8')) as FileList;
    const file = Object.hasOwn(list, name) ? list[name] : undefined;
    if (file === undefined) throw new GatewayError('not_found', 'The page has no such file.');
    const encoding = file.encodings.find((each) => accepts(headers['accept-encoding'], each));
    const always = {
      ...guards,
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${file.etag}"`,
      vary: 'accept-encoding',
    };
    if (matches(headers['if-none-match'], file.etag)) return { status: 304, headers: always, body: '' };
    return {
      status: 200,
      headers: {
        ...always,
        'content-type': file.type,
        ...(encoding !== undefined && { 'content-encoding': encoding }),
      },
      body: await read(encoding === undefined ? name : name + extensions[encoding]),
    };
  };
}

/** RFC 9110, 12.5.3. `*` and missing headers get the plain file: nobody who can decompress leaves it at that. */
function accepts(header: string | undefined, encoding: string): boolean {
  return (header ?? '').split(',').some((each) => {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** RFC 9110, 13.1.2: the weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === `"${etag}"`);
}
