import type { Failure, FailureKind } from '../../../core/routing/failure.ts';

/** What is known about the call that failed; hints name it. */
export interface ErrorContext {
  region: string;
  model: string;
  credential: 'api_key' | 'aws_credentials' | 'assumed_role' | 'role';
  providerRequestId: string | null;
}

interface Rule {
  /** The exception's name. Absent: any. */
  names?: RegExp;
  statuses?: readonly number[];
  /** What the message has to say. Absent: anything. */
  says?: RegExp;
  kind: FailureKind;
  /** It is about the one model, where the kind alone would say the whole account. */
  modelOnly?: true;
  hint?: (context: ErrorContext) => string;
}

const runtimeActions = 'bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream';

const identities: Record<ErrorContext['credential'], string> = {
  api_key: 'the IAM user behind this API key',
  aws_credentials: 'the IAM identity of these credentials',
  assumed_role: 'the role of this key',
  role: "the gateway's own role",
};

const allow = ({ credential, model }: ErrorContext): string =>
  `Allow ${identities[credential]} ${runtimeActions} on ${model}.`;

const wrongRegion = ({ region, model }: ErrorContext): string => {
  const other = /^arn:[^:]*:bedrock:([a-z0-9-]+):/.exec(model)?.[1];
  return other === undefined || other === region
    ? `in region ${region}`
    : `in region ${region}, although the model's ARN names ${other}`;
};

const authentication =
  /^(UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|InvalidToken|IncompleteSignature|MissingAuthenticationToken|RequestExpired|CredentialsProviderError|TokenProviderError)/;

/**
 * Which kind of failure an error of Bedrock is; the first row that fits holds. Name and message come before the status, because
 * Bedrock answers 403 for keys, permissions and missing model access alike, and 400 for quotas and unknown models, too.
 * Sources: the SDK's error shapes; docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html; docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html.
 */
export const errorRules: readonly Rule[] = [
  {
    names: /^ExpiredToken|^RequestExpired/,
    kind: 'credential',
    hint: ({ credential }) =>
      credential === 'assumed_role'
        ? 'AWS no longer takes sessions of this role: check whether its sessions were revoked.'
        : 'The session of these AWS credentials has ended: store new ones.',
  },
  {
    names: authentication,
    kind: 'credential',
    hint: ({ credential }) =>
      credential === 'assumed_role'
        ? 'AWS does not accept sessions of this role: check that the role still exists, and its region.'
        : 'AWS does not accept these credentials: check that the key exists, is active, and was copied whole.',
  },
  {
    names: /^AccessDenied/,
    says: /token has expired|key has expired/i,
    kind: 'credential',
    hint: () => 'This Bedrock API key has expired: store a new one.',
  },
  {
    names: /^AccessDenied/,
    says: /invalid api key|api key is valid|authentication failed/i,
    kind: 'credential',
    hint: ({ region }) =>
      `Bedrock does not know this API key in ${region}: it was deleted or mistyped, or it belongs to another region.`,
  },
  {
    // The models of other makers are bought one by one on AWS Marketplace; Amazon's own go on.
    says: /INVALID_PAYMENT_INSTRUMENT|payment instrument/i,
    kind: 'quota',
    modelOnly: true,
    hint: () => 'The AWS account has no valid means of payment for this model.',
  },
  {
    says: /bedrock:CallWithBearerToken/,
    kind: 'permission',
    hint: ({ credential }) => `Allow ${identities[credential]} bedrock:CallWithBearerToken, beside ${runtimeActions}.`,
  },
  {
    names: /^(AccessDenied|ResourceNotFound|FTUFormNotFilled)/,
    says: /use case details/i,
    kind: 'model_access',
    hint: () =>
      "Anthropic's use case form has not been submitted for this AWS account: fill it in on the model's page of the Bedrock console.",
  },
  {
    names: /^AccessDenied/,
    says: /access to the model|model access/i,
    kind: 'model_access',
    hint: (context) =>
      `This AWS account has no access to ${context.model} ${wrongRegion(context)}: request it in the Bedrock console.`,
  },
  // The model or the account has no prompt caching, and the request asks for it: https://github.com/cline/cline/issues/2064,
  // https://github.com/BerriAI/litellm/issues/7218 (403).
  {
    says: /did not allow prompt caching|access to explicit prompt caching/i,
    kind: 'bad_request',
    hint: ({ model }) => `${model} takes no cache marks here: send the request without cache_control.`,
  },
  // The account itself is not allowed to call Bedrock, or this model: https://github.com/langchain-ai/langchain/issues/19215,
  // https://github.com/aws/aws-cli/issues/8717, https://github.com/aws-samples/amazon-bedrock-audio-summarizer/issues/3.
  {
    says: /^operation not allowed|account is not authorized to (invoke this API operation|perform this action)/i,
    kind: 'permission',
    hint: (context) =>
      `AWS does not let this account call ${context.model} ${wrongRegion(context)}: check its model access there, then ask AWS Support to enable the account for Bedrock.`,
  },
  // docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html calls it OptInRequired; the services also say SubscriptionRequiredException.
  {
    names: /^(OptInRequired|SubscriptionRequired)/,
    kind: 'permission',
    hint: () => 'The AWS account has not finished signing up for this service: complete its registration.',
  },
  { names: /^(AccessDenied|NotAuthorized)/, kind: 'permission', hint: allow },
  {
    names: /^FTUFormNotFilled/,
    kind: 'model_access',
    hint: () => "Anthropic's use case form has not been submitted for this AWS account.",
  },
  {
    names: /^ResourceNotFound/,
    says: /end of its life/i,
    kind: 'model_access',
    hint: ({ model }) => `${model} has been retired: use a newer version.`,
  },
  {
    names: /^ResourceNotFound/,
    kind: 'model_access',
    hint: (context) => `${context.model} was not found ${wrongRegion(context)}.`,
  },
  {
    names: /^ServiceQuotaExceeded/,
    kind: 'quota',
    modelOnly: true,
    hint: () => 'Raise the quota in the Service Quotas console, or use another account.',
  },
  {
    names: /^(Throttling|TooManyRequests|RequestLimitExceeded)/,
    // "Too many tokens per day": each model has a quota of its own (docs.aws.amazon.com/general/latest/gr/bedrock.html).
    says: /per (day|month)|daily|monthly/i,
    kind: 'quota',
    modelOnly: true,
    hint: () => "The account's daily limit for this model is used up: raise it in the Service Quotas console.",
  },
  { names: /^(Throttling|TooManyRequests|RequestLimitExceeded)/, kind: 'rate_limit' },
  { names: /^ModelNotReady/, kind: 'overloaded' },
  { names: /^ModelTimeout/, kind: 'timeout' },
  { names: /^(ModelError|ModelStreamError|InternalServer|InternalFailure|ServiceUnavailable)/i, kind: 'overloaded' },
  {
    names: /^Validation/,
    says: /on-demand throughput/i,
    kind: 'model_access',
    hint: ({ model, region }) =>
      `${model} is only served through an inference profile: call it by the id of one, such as ${profileExample(model, region)}.`,
  },
  {
    names: /^Validation/,
    says: /model identifier is invalid|model (id )?is not supported|not (supported|available) in (this|the) region|isn.t (supported|available) in/i,
    kind: 'model_access',
    hint: (context) =>
      `Bedrock does not know ${context.model} ${wrongRegion(context)}: check the id, and whether the model is served there.`,
  },
  // https://github.com/anthropics/claude-code/issues/2656: where the call comes from decides.
  {
    says: /not allowed from unsupported countries/i,
    kind: 'model_access',
    hint: ({ model }) =>
      `The maker of ${model} does not serve calls from this region: use another one, or another model.`,
  },
  // An opt-in of the account, not a field of the request: https://github.com/anomalyco/opencode/issues/31560,
  // https://github.com/pydantic/pydantic-ai/pull/8341.
  {
    says: /data retention mode .* is not available/i,
    kind: 'model_access',
    hint: ({ model }) =>
      `${model} is only served to accounts that allow its data retention: set the mode of this AWS account with PutAccountDataRetention, as docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html says.`,
  },
  { says: /content filtering policy|blocked by (the )?(content|guardrail)/i, kind: 'content_filter' },
  { names: /^(Validation|Conflict|Serialization|MalformedQueryString|InvalidParameter)/, kind: 'bad_request' },
  { statuses: [401], kind: 'credential' },
  { statuses: [402], kind: 'quota' },
  { statuses: [403], kind: 'permission', hint: allow },
  { statuses: [404], kind: 'model_access' },
  { statuses: [408, 504], kind: 'timeout' },
  { statuses: [429], kind: 'rate_limit' },
  { statuses: [400, 405, 409, 413, 415, 422], kind: 'bad_request' },
  { kind: 'overloaded' },
];

/** An example of a profile id for a region: the prefix is its geography (userguide/inference-profiles-support.html). */
function profileExample(model: string, region: string): string {
  const geography = region.startsWith('us-gov-')
    ? 'us-gov'
    : region.startsWith('us-')
      ? 'us'
      : region.startsWith('eu-')
        ? 'eu'
        : region.startsWith('ap-')
          ? 'apac'
          : 'global';
  return `${geography}.${model}`;
}

/** The kind of failure, and what to do about it where that is known. An exception inside a stream has no status. */
export function kindOf(
  name: string,
  status: number | null,
  message: string,
  context: ErrorContext,
): Pick<Failure, 'kind' | 'modelOnly' | 'hint'> {
  const rule = errorRules.find(
    ({ names, statuses, says }) =>
      (names === undefined || names.test(name)) &&
      (statuses === undefined || (status !== null && statuses.includes(status))) &&
      (says === undefined || says.test(message)),
  );
  const hint = rule?.hint?.(context);
  return {
    kind: rule?.kind ?? 'overloaded',
    ...(rule?.modelOnly && { modelOnly: true }),
    ...(hint !== undefined && { hint }),
  };
}
