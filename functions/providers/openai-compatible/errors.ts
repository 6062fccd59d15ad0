import type { ErrorTable } from '../http-definition.ts';

/**
 * OpenAI's codes, as other servers borrow them (https://platform.openai.com/docs/guides/error-codes). What stands for a status
 * (`code: 429`) is read as that status.
 */
export const compatibleErrors: ErrorTable = {
  words: [
    // Keys of OpenAI's own with too few scopes, behind a proxy.
    { when: /missing scopes|insufficient permissions for this operation/i, status: 401, kind: 'permission' },
    { when: /per day|\bRPD\b|\bTPD\b|per month|exceeded your current quota/i, status: 429, kind: 'quota' },
    { when: /insufficient (?:balance|credits?|quota)|credit balance|out of credits/i, status: 429, kind: 'quota' },
  ],
  kinds: {
    invalid_api_key: 'credential',
    authentication_error: 'credential',
    permission_error: 'permission',
    permission_denied: 'permission',
    insufficient_quota: 'quota',
    billing_hard_limit_reached: 'quota',
    billing_not_active: 'quota',
    rate_limit_exceeded: 'rate_limit',
    rate_limit_error: 'rate_limit',
    model_not_found: 'model_access',
    content_filter: 'content_filter',
    content_policy_violation: 'content_filter',
    context_length_exceeded: 'bad_request',
    server_is_overloaded: 'overloaded',
    service_unavailable_error: 'overloaded',
  },
};

/** The table with what one provider says beside it. */
export function errorsWith(own: Partial<ErrorTable>): ErrorTable {
  return {
    words: [...(own.words ?? []), ...(compatibleErrors.words ?? [])],
    kinds: { ...compatibleErrors.kinds, ...own.kinds },
    ...(own.statuses && { statuses: own.statuses }),
    ...(own.hints && { hints: own.hints }),
  };
}
