import type { IncomingHttpHeaders } from 'node:http';
import { headerText } from '../../transport/http-client.ts';
import { apiKeyCredential } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import type { ErrorTable } from '../http-definition.ts';

/**
 * https://docs.anthropic.com/en/api/errors for the types; the texts of 400s that are about money and accounts:
 * https://github.com/anthropics/claude-code/issues/4684 (credit balance), https://docs.anthropic.com/en/api/rate-limits (spend limits).
 */
const errors: ErrorTable = {
  words: [
    { when: /credit balance is too low|reached your specified (?:workspace )?API usage limits/i, kind: 'quota' },
    { when: /organization has been disabled/i, kind: 'credential' },
    { when: /output blocked by content filtering/i, kind: 'content_filter' },
  ],
  kinds: {
    authentication_error: 'credential',
    permission_error: 'permission',
    not_found_error: 'model_access',
    rate_limit_error: 'rate_limit',
    billing_error: 'quota',
    invalid_request_error: 'bad_request',
    request_too_large: 'bad_request',
    timeout_error: 'timeout',
    overloaded_error: 'overloaded',
    api_error: 'overloaded',
  },
  hints: {
    credential: 'Check at console.anthropic.com that the key is active, or store a new one.',
    permission: "Check what the key's workspace may use at console.anthropic.com.",
    quota: 'Buy credits or raise the spend limit at console.anthropic.com, Plans & Billing.',
    model_access: "Check the model's id, and whether the key's workspace may use it.",
  },
  retryAfterMs: untilReset,
};

/** Without `retry-after`: when the last of the limits that are used up is filled again (https://docs.anthropic.com/en/api/rate-limits#response-headers). */
function untilReset(headers: IncomingHttpHeaders, now: number): number | undefined {
  const waits = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((limit) => {
    if (headerText(headers, `anthropic-ratelimit-${limit}-remaining`) !== '0') return [];
    const wait = Date.parse(headerText(headers, `anthropic-ratelimit-${limit}-reset`) ?? '') - now;
    return wait > 0 ? [wait] : [];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Models from before `output_config.format` (https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs). */
const unstructured = /claude-(?:[a-z]+-)?(?:[123](?:[-.]|$)|4(?:-[01](?!\d))?(?:-\d{8})?$)/;

/** https://docs.anthropic.com/en/api/overview */
export const anthropic: ProviderDefinition = {
  name: 'anthropic',
  title: 'Anthropic',
  ...apiKeyCredential('Anthropic', [
    // https://docs.anthropic.com/en/api/administration-api
    { when: /^sk-ant-admin/, says: 'This is an admin key: it cannot ask models. Create an API key.' },
    { when: /^sk-ant-oat/, says: 'This is the token of a subscription, which no gateway may use. Create an API key.' },
  ]),
  permissions: [],
  documentation: 'https://console.anthropic.com/settings/keys',
  testModel: 'claude-haiku-4-5',
  http: {
    baseUrl: 'https://api.anthropic.com/v1',
    authenticate: ({ apiKey }) => ({ 'x-api-key': String(apiKey) }),
    lanes: () => ({ 'anthropic-messages': '/messages' }),
    translated: {
      dialect: 'anthropic-messages',
      path: '/messages',
      host: (model) => ({
        version: null,
        takesAddresses: true,
        takesUserId: true,
        structured: !unstructured.test(model),
      }),
    },
    countTokens: '/messages/count_tokens',
    requestIdHeader: 'request-id',
    errors,
  },
};
