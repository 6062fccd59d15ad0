import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** What signs a request: an access key pair, with a session token for temporary credentials. */
export interface SigningCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Signature Version 4 for POST / with a body (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * `headers` have lower-case names in alphabetical order; answers `authorization`. The signing key of a day is computed once and
 * kept as a `KeyObject`: of a `Buffer` Node would make one for every HMAC, at six times the cost of the HMAC itself.
 */
export function createSigner(
  service: string,
): (
  credentials: SigningCredentials,
  region: string,
  amzDate: string,
  headers: Record<string, string>,
  body: string,
) => string {
  let cached: { name: string; key: KeyObject } | null = null;
  const keyOf = (secret: string, day: string, region: string): KeyObject => {
    const name = `${day}/${region}/${secret}`;
    if (cached?.name !== name)
      cached = {
        name,
        key: createSecretKey([day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))),
      };
    return cached.key;
  };
  return (credentials, region, amzDate, headers, body) => {
    const day = amzDate.slice(0, 8);
    const scope = `${day}/${region}/${service}/aws4_request`;
    const names = Object.keys(headers).join(';');
    let canonical = 'POST\n/\n\n';
    for (const name in headers) canonical += `${name}:${headers[name]}\n`;
    canonical += `\n${names}\n${hash('sha256', body)}`;
    const signature = hmac(
      keyOf(credentials.secretAccessKey, day, region),
      `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash('sha256', canonical)}`,
    ).toString('hex');
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  };
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
