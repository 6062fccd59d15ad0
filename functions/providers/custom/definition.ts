import { type CredentialForm, CredentialIssue } from '../../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { openModelTraits } from '../../dialects/openai-chat/upstream/traits.ts';
import type { Environment } from '../../environment.ts';
import { readAllowedHosts } from '../../transport/allowed-hosts.ts';
import { createCheckedAgents } from '../../transport/checked-address.ts';
import { apiKeySchema, isApiKey } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import type { HttpDefinition } from '../http-definition.ts';
import { compatibleErrors } from '../openai-compatible/errors.ts';
import { mostHeaders, readHeaders } from './headers.ts';
import { type CustomHosts, readBaseUrl } from './hosts.ts';

/**
 * Any server that speaks OpenAI's chat completions: vLLM (https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html),
 * Ollama (https://docs.ollama.com/api/openai-compatibility), LiteLLM (https://docs.litellm.ai/docs/proxy/user_keys).
 */
export const custom: ProviderDefinition = {
  name: 'custom',
  title: 'the custom server',
  form: formFor(null),
  formIn: (environment) => formFor(allowedIn(environment)),
  credentialSchemas: [schema()],
  permissions: [],
  documentation: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
  testModel: 'default',
  addresses: [],
  httpIn: (environment) => customHttp(allowedIn(environment)),
};

/** Throws for a list that makes no sense. */
function allowedIn({ customHosts, customHttp: http }: Environment): CustomHosts {
  return { hosts: readAllowedHosts(customHosts), http };
}

/** `allowed` null: for what was stored already, which calls check against the list as it is then. */
function formFor(allowed: CustomHosts | null): CredentialForm {
  return {
    region: () => null,
    parse(input) {
      const given = typeof input === 'string' ? parseJson(input) : input;
      if (!isObject(given))
        throw new CredentialIssue('credential', 'A custom credential is {baseUrl, apiKey?, headers?}.');
      const read = readBaseUrl(given.baseUrl, allowed);
      if ('problem' in read) throw new CredentialIssue('credential.baseUrl', read.problem);
      const { apiKey } = given;
      const hasKey = apiKey !== undefined && apiKey !== null && apiKey !== '';
      if (hasKey && !isApiKey(apiKey))
        throw new CredentialIssue(
          'credential.apiKey',
          'apiKey must be text of 8 to 1024 printable characters without spaces; leave it out where the server wants none.',
        );
      const headers = readHeaders(given.headers);
      const value: JsonObject = { baseUrl: read.url, ...(hasKey && { apiKey }), ...(headers && { headers }) };
      return { value, type: 'api_key', hint: hasKey ? `…${String(apiKey).slice(-4)}` : 'no key', region: null };
    },
  };
}

function customHttp(allowed: CustomHosts): HttpDefinition {
  return {
    baseUrl: ({ baseUrl }) => String(baseUrl),
    authenticate: ({ apiKey, headers }) => ({
      ...(isObject(headers) &&
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))),
      ...(typeof apiKey === 'string' && { authorization: `Bearer ${apiKey}` }),
    }),
    lanes: () => ({ 'openai-chat': '/chat/completions', 'openai-completions': '/completions' }),
    translated: { dialect: 'openai-chat', path: '/chat/completions', traits: () => openModelTraits },
    embeddings: '/embeddings',
    requestIdHeader: 'x-request-id',
    errors: compatibleErrors,
    // The operator's list may have changed since the key was stored.
    refuse({ baseUrl }): Failure | null {
      const read = readBaseUrl(baseUrl, allowed);
      if ('url' in read) return null;
      const message = `This key's server may not be called. ${read.problem}`;
      const nobody = { status: null, code: null, providerRequestId: null, local: true } as const;
      return { ...nobody, kind: 'permission', message, hint: message };
    },
    agent: createCheckedAgents(allowed.hosts),
  };
}

function schema(): JsonObject {
  const baseUrl = {
    type: 'string',
    format: 'uri',
    title: "Address before /chat/completions, on a host of the operator's list",
  };
  const headers = {
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: mostHeaders,
    writeOnly: true,
  };
  return {
    type: 'object',
    properties: { baseUrl, apiKey: apiKeySchema('API key, sent as a bearer token'), headers },
    required: ['baseUrl'],
  };
}
