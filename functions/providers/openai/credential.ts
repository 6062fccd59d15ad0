import { type CredentialForm, CredentialIssue } from '../../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';

/** An API key as text, or `{apiKey, organization?, project?}`; the object may come as JSON text, as it lies in Secrets Manager. */
export const openaiCredentialForm: CredentialForm = {
  parse(input) {
    const given = typeof input === 'string' ? fromText(input) : input;
    if (!isObject(given))
      throw new CredentialIssue(
        'credential',
        'An OpenAI credential is the API key as text, or {apiKey, organization?, project?}.',
      );
    const apiKey = headerValue(given, 'apiKey', 8);
    if (apiKey === undefined) throw new CredentialIssue('credential.apiKey', 'apiKey is missing.');
    const organization = headerValue(given, 'organization', 1);
    const project = headerValue(given, 'project', 1);
    const value: JsonObject = {
      apiKey,
      ...(organization !== undefined && { organization }),
      ...(project !== undefined && { project }),
    };
    const names = { ...(organization !== undefined && { organization }), ...(project !== undefined && { project }) };
    return { value, type: 'api_key', hint: `…${apiKey.slice(-4)}`, region: null, names };
  },
  region: () => null,
};

function fromText(text: string): unknown {
  const trimmed = text.trim();
  return trimmed.startsWith('{') ? parseJson(trimmed) : { apiKey: trimmed };
}

/** Header values: printable ASCII without spaces, so that nothing can be smuggled into the request. */
function headerValue(given: JsonObject, name: string, least: number): string | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length < least || value.length > 1024 || !/^[\x21-\x7e]+$/.test(value)) {
    throw new CredentialIssue(
      `credential.${name}`,
      `${name} must be text of ${least} to 1024 printable characters without spaces.`,
    );
  }
  return value;
}
