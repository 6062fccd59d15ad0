import type { FailureKind } from '../../../core/routing/failure.ts';

/** What the hints may name; none of it is secret. */
export interface Place {
  project: string;
  region: string;
  model: string;
}

/** The parts of an error that decide what it is. */
export interface Seen {
  /** `ErrorInfo.reason`, empty when there is none. */
  reason: string;
  /** Google's status name, Anthropic's error type or OAuth's error code. */
  code: string;
  /** The message, with the details as JSON. */
  words: string;
  status: number;
}

export interface Rule {
  /** All that are given must match. */
  when: { reason?: RegExp; code?: RegExp; words?: RegExp; status?: (status: number) => boolean };
  kind: FailureKind;
  hint?: (place: Place) => string;
}

/** An API key does not say what its project is. */
const consoleOf = (path: string, project: string) =>
  `https://console.cloud.google.com/${path}${project === '' ? '' : `?project=${project}`}`;
const named = (project: string) => (project === '' ? "the API key's project" : `the project ${project}`);
export const exactly = (status: number) => (seen: number) => seen === status;

const grantRole = (place: Place) =>
  `Grant the service account the role Vertex AI User (roles/aiplatform.user) in ${named(place.project)}.`;
const otherLocation = (place: Place) =>
  `The model ${place.model} is not offered to ${named(place.project)} in the location ${place.region}: check the id, enable the model in Model Garden, or give the key another region.`;
export const orgPolicy = (place: Place) =>
  `A policy of the organization forbids this call in ${named(place.project)}: ask its administrator to allow Vertex AI and the model ${place.model}.`;
const newKey = () =>
  'Vertex AI did not accept the access token of this service account: check that the account is enabled, or store a new key.';
const wrongProject = (place: Place) =>
  `The project ${place.project || 'of the API key'} does not exist, is closed, or is not the service account's: check project_id.`;

/**
 * First match wins: ErrorInfo reasons, then words, then status names, then HTTP statuses.
 * Reasons: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto.
 * Statuses: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors. Anthropic's types: https://docs.anthropic.com/en/api/errors.
 */
export const vertexRules: Rule[] = [
  {
    when: { reason: /^SERVICE_DISABLED$/ },
    kind: 'permission',
    hint: ({ project }) =>
      `Enable the Vertex AI API in ${named(project)}: ${consoleOf('apis/library/aiplatform.googleapis.com', project)}.`,
  },
  {
    when: { reason: /^BILLING_DISABLED$/ },
    kind: 'quota',
    hint: ({ project }) => `Enable billing for ${named(project)}: ${consoleOf('billing/linkedaccount', project)}.`,
  },
  { when: { reason: /^IAM_PERMISSION_DENIED$/ }, kind: 'permission', hint: grantRole },
  { when: { reason: /^ACCESS_TOKEN_SCOPE_INSUFFICIENT$/ }, kind: 'permission', hint: grantRole },
  {
    when: { reason: /^API_KEY_INVALID$/ },
    kind: 'credential',
    hint: () => 'Google does not know this API key: check that it exists, and was copied whole.',
  },
  {
    when: { reason: /^API_KEY_\w+_BLOCKED$/ },
    kind: 'permission',
    hint: () =>
      'The restrictions of this API key do not allow the call: allow the Vertex AI API, and calls from servers.',
  },
  {
    when: { reason: /^(ACCESS_TOKEN_|CREDENTIALS_MISSING$|ACCOUNT_STATE_INVALID$)/ },
    kind: 'credential',
    hint: newKey,
  },
  {
    when: { reason: /^(CONSUMER_SUSPENDED|GCP_SUSPENDED)$/ },
    kind: 'permission',
    hint: ({ project }) => `Google has suspended ${named(project)}: see ${consoleOf('home/dashboard', project)}.`,
  },
  {
    when: { reason: /^(CONSUMER_INVALID|RESOURCE_PROJECT_INVALID|USER_PROJECT_DENIED)$/ },
    kind: 'permission',
    hint: wrongProject,
  },
  {
    when: {
      reason:
        /^(SECURITY_POLICY_VIOLATED|ORG_RESTRICTION_VIOLATION|RESOURCE_USAGE_RESTRICTION_VIOLATED|LOCATION_(ORG_)?POLICY_VIOLATED)$/,
    },
    kind: 'permission',
    hint: orgPolicy,
  },
  {
    when: { code: /^(RESOURCE_EXHAUSTED|rate_limit_error)$/, words: /per[_ ]?(day|month)|daily|monthly/i },
    kind: 'quota',
    hint: ({ project }) =>
      `A daily or monthly quota of ${named(project)} is used up: ask for more under ${consoleOf('iam-admin/quotas', project)}.`,
  },
  {
    when: { code: /^RESOURCE_EXHAUSTED$/, words: /quota (exceeded|metric)|quota increase/i },
    kind: 'rate_limit',
    hint: ({ project }) =>
      `A quota per minute of ${named(project)} is used up: wait a minute, or ask for more under ${consoleOf('iam-admin/quotas', project)}.`,
  },
  {
    when: { code: /^RESOURCE_EXHAUSTED$/, words: /try again later|resource (has been )?exhausted/i },
    kind: 'rate_limit',
    hint: ({ region }) =>
      `Vertex AI is short of capacity it shares among all customers, which no quota changes: try again${region === 'global' ? '' : ', use the region global'} or buy provisioned throughput.`,
  },
  {
    when: { words: /constraints\/|organi[sz]ation(al|'s)? policy|vpc service controls/i },
    kind: 'permission',
    hint: orgPolicy,
  },
  {
    when: { code: /^(FAILED_PRECONDITION|PERMISSION_DENIED)$/, words: /billing/i },
    kind: 'quota',
    hint: ({ project }) => `Enable billing for ${named(project)}: ${consoleOf('billing/linkedaccount', project)}.`,
  },
  {
    when: { words: /not (servable|supported|available|offered) in (this |the )?(region|location)/i },
    kind: 'model_access',
    hint: otherLocation,
  },
  {
    when: { words: /user location is not supported/i },
    kind: 'permission',
    hint: ({ region }) => `Google does not serve this from the location ${region}: give the key another region.`,
  },
  {
    when: {
      code: /^(INVALID_ARGUMENT|FAILED_PRECONDITION)$/,
      // Models that were never enabled: https://github.com/langchain-ai/langchain-google/issues/593.
      words: /publisher model .*(not found|not supported|not allowed)|not allowed to use publisher model/i,
    },
    kind: 'model_access',
    hint: otherLocation,
  },
  {
    // The first call of a new project that names a file in a bucket: https://github.com/GoogleCloudPlatform/generative-ai/issues/1308.
    when: { code: /^(INVALID_ARGUMENT|FAILED_PRECONDITION)$/, words: /service agents are being provisioned/i },
    kind: 'overloaded',
    hint: ({ project }) =>
      `Google is still setting up Vertex AI's access to files for ${named(project)}: try again in a few minutes.`,
  },
  {
    when: {
      code: /^(INVALID_ARGUMENT|FAILED_PRECONDITION|invalid_request_error)$/,
      words: /model armor|responsible ai|usage policies|content filtering policy|safety (settings|filters?) block/i,
    },
    kind: 'content_filter',
  },

  { when: { code: /^(UNAUTHENTICATED|authentication_error)$/ }, kind: 'credential', hint: newKey },
  { when: { code: /^(PERMISSION_DENIED|permission_error)$/ }, kind: 'permission', hint: grantRole },
  { when: { code: /^(NOT_FOUND|not_found_error)$/ }, kind: 'model_access', hint: otherLocation },
  { when: { code: /^(RESOURCE_EXHAUSTED|rate_limit_error)$/ }, kind: 'rate_limit' },
  { when: { code: /^billing_error$/ }, kind: 'quota' },
  {
    when: {
      code: /^(INVALID_ARGUMENT|FAILED_PRECONDITION|OUT_OF_RANGE|UNIMPLEMENTED|invalid_request_error|request_too_large)$/,
    },
    kind: 'bad_request',
  },
  { when: { code: /^(DEADLINE_EXCEEDED|timeout_error)$/ }, kind: 'timeout' },
  // CANCELLED too: it was the provider that gave up, nobody here left.
  {
    when: {
      code: /^(INTERNAL|UNKNOWN|DATA_LOSS|ABORTED|ALREADY_EXISTS|UNAVAILABLE|CANCELLED|api_error|overloaded_error)$/,
    },
    kind: 'overloaded',
  },

  { when: { status: exactly(401) }, kind: 'credential', hint: newKey },
  { when: { status: exactly(402) }, kind: 'quota' },
  { when: { status: exactly(403) }, kind: 'permission', hint: grantRole },
  { when: { status: exactly(404) }, kind: 'model_access', hint: otherLocation },
  { when: { status: (status) => status === 408 || status === 504 }, kind: 'timeout' },
  { when: { status: exactly(429) }, kind: 'rate_limit' },
  { when: { status: (status) => [400, 405, 411, 413, 415, 422].includes(status) }, kind: 'bad_request' },
  { when: { status: () => true }, kind: 'overloaded' },
];
