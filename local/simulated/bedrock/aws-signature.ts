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
  const found =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (found === null) return null;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = found;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * Whether the signature is the one that the secret makes of this request, as AWS computes it
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Its age is the caller's business.
 */
export function isSignedWith(request: SignedRequest, signature: Signature, secretAccessKey: string): boolean {
  const expected = sign(request, signature, String(request.headers['x-amz-date'] ?? ''), secretAccessKey);
  return timingSafeEqual(expected, Buffer.from(signature.signature, 'hex'));
}

/** The signature of a request under a scope, at an `x-amz-date`. */
export function sign(
  request: SignedRequest,
  scope: Omit<Signature, 'signature'>,
  amzDate: string,
  secretAccessKey: string,
): Buffer {
  const [path = '/', query = ''] = request.url.split('?', 2);
  const headers = scope.signedHeaders.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  // Every service but S3 encodes the path once more than it travels.
  const canonicalPath = path.split('/').map(encode).join('/');
  const canonicalQuery = query.split('&').sort().join('&');
  const canonical = [
    request.method,
    canonicalPath,
    canonicalQuery,
    headers.join(''),
    scope.signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
  const parts = [scope.date, scope.region, scope.service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', amzDate, parts.join('/'), sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of parts) key = hmac(key, part);
  return hmac(key, text);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
