import { type CredentialForm, CredentialIssue, type ParsedCredential } from '../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../core/json.ts';

/** Keys that look like another thing, and what they are. */
export interface WrongKey {
  when: RegExp;
  says: string;
}

/** For providers whose credential is one API key: as text, or `{apiKey}`; the object may come as JSON text, as it lies in Secrets Manager. */
export function apiKeyCredential(
  title: string,
  wrong: WrongKey[] = [],
): { form: CredentialForm; credentialSchemas: JsonObject[] } {
  const parse = (input: unknown): ParsedCredential => {
    const given = typeof input === 'string' ? fromText(input) : input;
    if (!isObject(given))
      throw new CredentialIssue('credential', `A credential of ${title} is the API key as text, or {apiKey}.`);
    const { apiKey } = given;
    if (apiKey === undefined || apiKey === null) throw new CredentialIssue('credential.apiKey', 'apiKey is missing.');
    if (!isApiKey(apiKey))
      throw new CredentialIssue(
        'credential.apiKey',
        'apiKey must be text of 8 to 1024 printable characters without spaces.',
      );
    const mistaken = wrong.find(({ when }) => when.test(apiKey));
    if (mistaken) throw new CredentialIssue('credential.apiKey', mistaken.says);
    return { value: { apiKey }, type: 'api_key', hint: `…${apiKey.slice(-4)}`, region: null };
  };
  return { form: { parse, region: () => null }, credentialSchemas: apiKeySchemas(title) };
}

/** A header's value: printable ASCII without spaces, so that nothing can be smuggled into the request. */
export function isApiKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{8,1024}$/.test(value);
}

/** The schema of an API key; it is written only, never shown again. */
export function apiKeySchema(title: string): JsonObject {
  return { type: 'string', title, minLength: 8, maxLength: 1024, pattern: '^[\\x21-\\x7e]+$', writeOnly: true };
}

function apiKeySchemas(title: string): JsonObject[] {
  const apiKey = apiKeySchema(`API key of ${title}`);
  return [apiKey, { type: 'object', properties: { apiKey }, required: ['apiKey'] }];
}

function fromText(text: string): unknown {
  const trimmed = text.trim();
  return trimmed.startsWith('{') ? parseJson(trimmed) : { apiKey: trimmed };
}
