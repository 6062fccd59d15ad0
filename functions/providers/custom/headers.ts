import { CredentialIssue } from '../../core/accounts/credential-form.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

export const mostHeaders = 16;

/**
 * Headers that a key may not set: what belongs to the connection (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1), what the
 * gateway writes, and what would prove to the server, or to a proxy before it, who calls.
 */
const forbidden =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|content-.*|accept|accept-encoding|expect|cookie2?|set-cookie2?|authorization|x-api-key|api-key|apikey|x-goog-.*|x-amz-.*|x-amzn-.*|x-auth-.*|x-forwarded-.*|forwarded|via|x-real-ip|x-original-.*|x-rewrite-url|x-http-method.*|x-keyway-.*|x-aws-.*|metadata.*|.*[-_](?:token|secret|password|apikey)|.*(?:authorization|api[-_]key).*)$/;

/** Names in lower case. Throws `CredentialIssue`; it repeats the name at fault, never a value. */
export function readHeaders(given: unknown): JsonObject | null {
  if (given === undefined || given === null) return null;
  const issue = (message: string) => new CredentialIssue('credential.headers', message);
  if (!isObject(given)) throw issue('headers must be an object of names and texts.');
  const entries = Object.entries(given);
  if (entries.length > mostHeaders) throw issue(`headers may hold ${mostHeaders} names at most.`);
  const headers: JsonObject = {};
  for (const [name, value] of entries) {
    const known = name.toLowerCase();
    // RFC 9110 §5.1 and §5.5; line ends, control characters and what is not ASCII would write another request.
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(known)) throw issue('The names of headers must be plain tokens.');
    if (forbidden.test(known)) throw issue(`headers may not set ${known}.`);
    if (known in headers) throw issue(`headers name ${known} twice.`);
    if (typeof value !== 'string' || !/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/.test(value))
      throw issue(`The value of ${known} must be text of 1 to 1024 printable characters.`);
    headers[known] = value;
  }
  return entries.length === 0 ? null : headers;
}
