import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { isObject, parseJson } from '../../core/json.ts';

/** How long read headers are believed. */
const ttlMs = 60_000;

/** What the exporter sets itself, or what belongs to the connection. */
const reserved = /^(content-.*|host|connection|transfer-encoding)$/i;

/** The secret holds something else than headers. The message repeats nothing of it. */
class OtlpHeadersError extends Error {
  override readonly name = 'OtlpHeadersError';
}

/**
 * The headers that a collector wants, from the secret `<prefix>/otlp-headers`: a JSON object of names and values. Without the
 * secret there are none. `anew`: not from memory.
 */
export function createOtlpHeaders(
  client: Pick<SecretsManagerClient, 'send'>,
  prefix: string,
  now: () => number,
): (anew: boolean) => Promise<Record<string, string>> {
  let known: { headers: Record<string, string>; until: number } | null = null;
  return async (anew) => {
    if (known === null || anew || known.until < now()) known = { headers: await read(), until: now() + ttlMs };
    return known.headers;
  };

  async function read(): Promise<Record<string, string>> {
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: `${prefix}/otlp-headers` }));
      return parseHeaders(answer.SecretString ?? '');
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return {};
      throw error;
    }
  }
}

function parseHeaders(text: string): Record<string, string> {
  const given = parseJson(text);
  if (!isObject(given)) throw new OtlpHeadersError('The secret is no JSON object of headers.');
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      // RFC 9110 §5.1 and §5.5: a token, and visible characters.
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || reserved.test(name))
        throw new OtlpHeadersError('The secret names a header that cannot be set.');
      if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value))
        throw new OtlpHeadersError('The secret has a header whose value is no text.');
      return [name.toLowerCase(), value];
    }),
  );
}
