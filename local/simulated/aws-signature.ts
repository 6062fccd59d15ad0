import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  method: string;
  /** Path and query as they travelled. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Uint8Array;
}

export interface Signature {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

/** What an `Authorization: AWS4-HMAC-SHA256 …` header says; null when it is none. */
export function readSignature(authorization: string): Signature | null {
  const found = /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(authorization);
  if (found === null) return null;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = found;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * Whether the signature is the one that the secret makes of this request, as AWS computes it
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). The time is looked at by the caller.
 */
export function isSignedWith(request: SignedRequest, signature: Signature, secretAccessKey: string): boolean {
  const [path = '/', query = ''] = request.url.split('?', 2);
  const headers = signature.signedHeaders.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  // Every service but S3 encodes the path once more than it travels.
  const canonicalPath = path.split('/').map(encode).join('/');
  const canonicalQuery = query === '' ? '' : query.split('&').sort().join('&');
  const canonical = [request.method, canonicalPath, canonicalQuery, headers.join(''), signature.signedHeaders.join(';'), sha256(request.body)].join('\n');
  const scope = [signature.date, signature.region, signature.service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date'] ?? ''), scope.join('/'), sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of scope) key = hmac(key, part);
  return timingSafeEqual(hmac(key, text), Buffer.from(signature.signature, 'hex'));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
