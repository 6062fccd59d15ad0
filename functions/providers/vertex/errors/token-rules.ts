import { exactly, orgPolicy, type Rule } from './error-rules.ts';

/**
 * What Google's token service and the service account's credentials answer to a federated workload:
 * https://github.com/terraform-google-modules/terraform-example-foundation/issues/1362 (attribute condition),
 * https://github.com/google-github-actions/auth/issues/202 (invalid_target), …/issues/120 (the service account's 403).
 * `subject`: who the gateway says that it is.
 */
export function federationRules(subject: string): Rule[] {
  return [
    { when: { status: exactly(429) }, kind: 'rate_limit' },
    { when: { status: (status) => status >= 500 }, kind: 'overloaded' },
    {
      when: { code: /^unauthorized_client$/ },
      kind: 'permission',
      hint: () =>
        `The pool's provider must accept the subject ${subject}: look at its AWS account and its attribute condition.`,
    },
    {
      when: { code: /^(invalid_target|invalid_request)$/ },
      kind: 'credential',
      hint: () =>
        'Google knows no such provider of a pool: check projectNumber, poolId and providerId, and that both are enabled.',
    },
    {
      when: { code: /^invalid_grant$/ },
      kind: 'credential',
      hint: () =>
        `Google did not take the proof of the gateway's AWS role: check the attribute mapping, and that the provider is one of AWS.`,
    },
    {
      when: { code: /^(PERMISSION_DENIED|NOT_FOUND)$/ },
      kind: 'permission',
      hint: () =>
        `Give ${subject} the role Workload Identity User (roles/iam.workloadIdentityUser) on the service account, as GET /v1/provider-keys/{id} shows it, and enable the IAM Service Account Credentials API.`,
    },
    { when: { status: (status) => status === 401 || status === 403 || status === 404 }, kind: 'permission' },
    { when: { status: () => true }, kind: 'overloaded' },
  ];
}

/** The token endpoint's errors: https://developers.google.com/identity/protocols/oauth2/service-account#error-codes. */
export const tokenRules: Rule[] = [
  { when: { status: exactly(429) }, kind: 'rate_limit' },
  { when: { code: /^(rate_limit_exceeded|quota_exceeded)$/ }, kind: 'rate_limit' },
  { when: { status: (status) => status >= 500 }, kind: 'overloaded' },
  { when: { code: /^(internal_failure|temporarily_unavailable|server_error)$/ }, kind: 'overloaded' },
  {
    when: { code: /^invalid_grant$/, words: /short-lived|reasonable timeframe|iat|exp\b/i },
    kind: 'credential',
    hint: () =>
      "Google refused the signed request for its time: the gateway's clock may be wrong, or the key is disabled.",
  },
  {
    when: { code: /^invalid_grant$/, words: /account not found|not a valid email|account.*(disabled|deleted)/i },
    kind: 'credential',
    hint: () =>
      'Google does not know this service account: it was deleted or disabled. Enable it, or store the key of another one.',
  },
  {
    when: { code: /^invalid_grant$/ },
    kind: 'credential',
    hint: () =>
      'Google does not accept this private key: it was deleted or disabled, or belongs to another account. Create a new key and store it.',
  },
  {
    when: { code: /^(invalid_client|unauthorized_client|deleted_client|disabled_client)$/ },
    kind: 'credential',
    hint: () => 'Google does not give tokens to this service account: check that it is enabled, or store a new key.',
  },
  {
    when: { code: /^(access_denied|admin_policy_enforced|org_internal|invalid_scope)$/ },
    kind: 'permission',
    hint: orgPolicy,
  },
  {
    when: { status: (status) => status === 401 || status === 403 },
    kind: 'credential',
    hint: () => 'Google does not give tokens to this service account: check that it is enabled, or store a new key.',
  },
  // invalid_request and the like: the exchange itself was wrong, which says nothing about the key.
  { when: { status: () => true }, kind: 'overloaded' },
];
