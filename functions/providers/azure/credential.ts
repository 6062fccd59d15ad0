import { type CredentialForm, CredentialIssue, type ParsedCredential } from '../../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { readEndpoint } from './endpoint.ts';

/** `{endpoint, apiKey, apiVersion?, deployments?}`, or `{endpoint, tenantId, clientId, clientSecret, …}`; as JSON text, too. */
export const azureCredentialForm: CredentialForm = { parse, region: () => null };

function parse(input: unknown): ParsedCredential {
  const given = typeof input === 'string' ? parseJson(input) : input;
  if (!isObject(given))
    throw new CredentialIssue(
      'credential',
      'An Azure credential is {endpoint, apiKey, apiVersion?, deployments?} or {endpoint, tenantId, clientId, clientSecret, apiVersion?, deployments?}.',
    );
  const endpoint = typeof given.endpoint === 'string' ? readEndpoint(given.endpoint) : null;
  if (endpoint === null)
    throw new CredentialIssue(
      'credential.endpoint',
      'endpoint must be https://<resource>.openai.azure.com, .services.ai.azure.com or .cognitiveservices.azure.com, or the same of a sovereign cloud.',
    );
  const shared: JsonObject = { endpoint, ...apiVersionIn(given), ...deploymentsIn(given) };
  if (given.apiKey !== undefined && given.clientSecret !== undefined)
    throw new CredentialIssue('credential', 'Either apiKey or clientSecret, not both.');
  if (given.apiKey !== undefined) {
    const apiKey = visible(given, 'apiKey');
    return {
      value: { ...shared, apiKey },
      type: 'api_key',
      hint: `…${apiKey.slice(-4)}`,
      region: null,
      names: { endpoint },
    };
  }
  const tenantId = tenantIn(given);
  const clientId = visible(given, 'clientId');
  if (!guid.test(clientId)) throw new CredentialIssue('credential.clientId', 'clientId must be a GUID.');
  const clientSecret = visible(given, 'clientSecret');
  const value = { ...shared, tenantId, clientId, clientSecret };
  const names = { endpoint, tenant: tenantId };
  return { value, type: 'service_account', hint: `…${clientSecret.slice(-4)}`, region: null, names };
}

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** A GUID or a verified domain (https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints): it becomes part of an address. */
function tenantIn({ tenantId }: JsonObject): string {
  const domain = /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
  if (typeof tenantId === 'string' && (guid.test(tenantId) || domain.test(tenantId))) return tenantId;
  throw new CredentialIssue(
    tenantId === undefined ? 'credential' : 'credential.tenantId',
    tenantId === undefined
      ? 'apiKey is missing, or tenantId, clientId and clientSecret.'
      : 'tenantId must be a GUID or a domain.',
  );
}

/** Header values and form fields: printable ASCII without spaces, so that nothing can be smuggled into the request. */
function visible(given: JsonObject, name: string): string {
  const value = given[name];
  if (typeof value === 'string' && /^[\x21-\x7e]{8,1024}$/.test(value)) return value;
  throw new CredentialIssue(
    `credential.${name}`,
    `${name} must be text of 8 to 1024 printable characters without spaces.`,
  );
}

/** Dated versions (https://learn.microsoft.com/azure/ai-services/openai/reference): without one, the v1 API is called. */
function apiVersionIn({ apiVersion }: JsonObject): JsonObject {
  if (apiVersion === undefined || apiVersion === null || apiVersion === '') return {};
  if (typeof apiVersion === 'string' && /^20\d\d-\d\d-\d\d(?:-preview)?$/.test(apiVersion)) return { apiVersion };
  throw new CredentialIssue(
    'credential.apiVersion',
    'apiVersion must be a date such as 2024-10-21, with or without -preview; leave it out for the v1 API.',
  );
}

const mostDeployments = 200;

function deploymentsIn({ deployments }: JsonObject): JsonObject {
  if (deployments === undefined || deployments === null) return {};
  const entries = isObject(deployments) ? Object.entries(deployments) : null;
  const fits = ([model, name]: [string, unknown]) =>
    model.length > 0 && model.length <= 256 && typeof name === 'string' && isDeployment(name);
  if (entries === null || entries.length > mostDeployments || !entries.every(fits))
    throw new CredentialIssue(
      'credential.deployments',
      `deployments must map at most ${mostDeployments} models to names of deployments.`,
    );
  return { deployments: Object.fromEntries(entries) };
}

/** It becomes part of an address. The portal allows letters, digits, `-`, `_` and `.`, 64 at most. */
export function isDeployment(name: string): boolean {
  return /^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9_-])?$/.test(name);
}
