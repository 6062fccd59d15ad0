import { describe, expect, it } from 'vitest';
import { type ErrorContext, errorRules, kindOf } from '../../../functions/providers/bedrock/errors/error-rules.ts';
import { toFailure } from '../../../functions/providers/bedrock/errors/errors.ts';

const context: ErrorContext = {
  region: 'eu-west-1',
  model: 'anthropic.claude-x',
  credential: 'api_key',
  providerRequestId: null,
};

// name, status, message, kind, what the hint says
const table: [string, number | null, string, string, RegExp | null][] = [
  ['ExpiredTokenException', 403, 'The security token included in the request is expired', 'credential', /has ended/],
  ['RequestExpired', 400, 'Request has expired', 'credential', /has ended/],
  [
    'UnrecognizedClientException',
    403,
    'The security token included in the request is invalid.',
    'credential',
    /does not accept/,
  ],
  [
    'InvalidSignatureException',
    403,
    'The request signature we calculated does not match',
    'credential',
    /does not accept/,
  ],
  ['InvalidClientTokenId', 403, 'No such key', 'credential', /does not accept/],
  ['IncompleteSignature', 400, 'Incomplete', 'credential', /does not accept/],
  ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token', 'credential', /does not accept/],
  ['CredentialsProviderError', null, 'Could not load credentials from any providers', 'credential', /does not accept/],
  ['AccessDeniedException', 403, 'Bearer Token has expired', 'credential', /has expired/],
  [
    'AccessDeniedException',
    403,
    'Invalid API Key format: Must start with pre-defined prefix',
    'credential',
    /another region/,
  ],
  [
    'AccessDeniedException',
    403,
    'Authentication failed: Please make sure your API Key is valid.',
    'credential',
    /eu-west-1.*another region/,
  ],
  [
    'AccessDeniedException',
    403,
    'Model access is denied due to INVALID_PAYMENT_INSTRUMENT',
    'quota',
    /means of payment/,
  ],
  [
    'AccessDeniedException',
    403,
    'not authorized to perform: bedrock:CallWithBearerToken on resource: *',
    'permission',
    /bedrock:CallWithBearerToken/,
  ],
  [
    'AccessDeniedException',
    401,
    'not authorized to perform: bedrock:CallWithBearerToken on resource: *',
    'permission',
    /bedrock:CallWithBearerToken/,
  ],
  [
    'AccessDeniedException',
    403,
    'not authorized to perform: bedrock:InvokeModel on resource: x',
    'permission',
    /bedrock:InvokeModel and/,
  ],
  [
    'AccessDeniedException',
    403,
    "You don't have access to the model with the specified model ID.",
    'model_access',
    /eu-west-1/,
  ],
  ['NotAuthorized', 400, 'You do not have permission', 'permission', /bedrock:InvokeModel/],
  [
    'AccessDeniedException',
    403,
    'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    'bad_request',
    /cache_control/,
  ],
  ['AccessDeniedException', 403, 'You do not have access to explicit prompt caching', 'bad_request', /cache_control/],
  ['ValidationException', 400, 'Operation not allowed', 'permission', /AWS Support/],
  [
    'ValidationException',
    400,
    'Your account is not authorized to invoke this API operation.',
    'permission',
    /eu-west-1.*AWS Support/,
  ],
  [
    'AccessDeniedException',
    403,
    'Your account is not authorized to invoke this API operation.',
    'permission',
    /eu-west-1.*AWS Support/,
  ],
  [
    'SubscriptionRequiredException',
    403,
    'The AWS Access Key Id needs a subscription for the service',
    'permission',
    /registration/,
  ],
  ['OptInRequired', 403, 'The AWS access key ID needs a subscription for the service.', 'permission', /registration/],
  [
    'ValidationException',
    400,
    'Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://www.anthropic.com/supported-countries for more information.',
    'model_access',
    /another one/,
  ],
  [
    'ResourceNotFoundException',
    404,
    'Model use case details have not been submitted for this account.',
    'model_access',
    /use case form/,
  ],
  ['FTUFormNotFilled', 404, 'Fill the form', 'model_access', /use case form/],
  ['ResourceNotFoundException', 404, 'This model version has reached the end of its life', 'model_access', /retired/],
  [
    'ResourceNotFoundException',
    404,
    'Could not resolve the foundation model',
    'model_access',
    /not found in region eu-west-1/,
  ],
  ['ServiceQuotaExceededException', 400, 'Your request exceeds the service quota', 'quota', /Service Quotas/],
  ['ThrottlingException', 429, 'Too many tokens per day, please wait before trying again.', 'quota', /daily/],
  ['ThrottlingException', 429, 'Too many requests, please wait before trying again.', 'rate_limit', null],
  ['ThrottlingException', null, 'Too many tokens', 'rate_limit', null],
  ['ModelNotReadyException', 429, 'Model is not ready for inference.', 'overloaded', null],
  ['ModelTimeoutException', 408, 'Model has timed out', 'timeout', null],
  ['ModelErrorException', 424, 'unexpected error', 'overloaded', null],
  ['ModelStreamErrorException', null, 'unexpected error', 'overloaded', null],
  ['InternalServerException', 500, 'unexpected error', 'overloaded', null],
  ['ServiceUnavailableException', 503, 'unable to process', 'overloaded', null],
  [
    'ValidationException',
    400,
    'Invocation of model ID x with on-demand throughput isn’t supported.',
    'model_access',
    /inference profile.*eu\.anthropic\.claude-x/,
  ],
  ['ValidationException', 400, 'The provided model identifier is invalid.', 'model_access', /region eu-west-1/],
  ['ValidationException', 400, 'Output blocked by content filtering policy', 'content_filter', null],
  [
    'ValidationException',
    400,
    "The model returned the following errors: data retention mode 'default' is not available for this model",
    'model_access',
    /PutAccountDataRetention/,
  ],
  ['ValidationException', 400, 'Input is too long for requested model.', 'bad_request', null],
  [
    'ValidationException',
    400,
    'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    'bad_request',
    null,
  ],
  ['ConflictException', 400, 'conflict', 'bad_request', null],
  ['Unknown', 401, '', 'credential', null],
  ['Unknown', 402, '', 'quota', null],
  ['Unknown', 403, '', 'permission', /bedrock:InvokeModel/],
  ['Unknown', 404, '', 'model_access', null],
  ['Unknown', 408, '', 'timeout', null],
  ['Unknown', 429, '', 'rate_limit', null],
  ['Unknown', 413, '', 'bad_request', null],
  ['Unknown', 503, '', 'overloaded', null],
  ['brandNewException', null, '??', 'overloaded', null],
];

describe('the errors of Bedrock', () => {
  it.each(table)('%s %s "%s" is %s', (name, status, message, kind, hint) => {
    const found = kindOf(name, status, message, context);
    expect(found.kind).toBe(kind);
    if (hint === null) expect(found.hint).toBeUndefined();
    else expect(found.hint).toMatch(hint);
  });

  it('has a test for every row', () => {
    const rowOf = ([name, status, message]: (typeof table)[number]) =>
      errorRules.findIndex(
        ({ names, statuses, says }) =>
          (names === undefined || names.test(name)) &&
          (statuses === undefined || (status !== null && statuses.includes(status))) &&
          (says === undefined || says.test(message)),
      );
    expect(new Set(table.map(rowOf)).size).toBe(errorRules.length);
  });

  it('names both regions when the model lives in another one', () => {
    const model = 'arn:aws:bedrock:us-west-2:000000000000:inference-profile/us.anthropic.claude-x';
    expect(kindOf('ResourceNotFoundException', 404, 'not found', { ...context, model }).hint).toMatch(
      /eu-west-1.*us-west-2/,
    );
  });

  it.each([
    ['a reset connection', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    ['a body that breaks off', new Error('aborted')],
    ['an aborted call', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
    ['a cut frame', new Error('Truncated event message received.')],
    ['a frame with a wrong checksum', new Error('The message checksum (1) did not match the expected value of 2')],
  ])('%s is a network failure that says nothing of its own', (_name, error) => {
    expect(toFailure(error, context)).toMatchObject({
      kind: 'network',
      status: null,
      message: expect.stringMatching(/Bedrock/),
    });
  });

  it('takes a page with status 200 for a garbled answer, and one with another status at its status', () => {
    const page = (httpStatusCode: number) =>
      Object.assign(new SyntaxError('Unexpected token <'), { $metadata: { httpStatusCode } });
    expect(toFailure(page(200), context)).toMatchObject({ kind: 'overloaded', garbled: true });
    expect(toFailure(page(403), context)).toMatchObject({ kind: 'permission', status: 403 });
    expect(toFailure(page(503), context)).toMatchObject({
      kind: 'overloaded',
      status: 503,
      message: expect.not.stringContaining('<'),
    });
  });

  it('believes the service when it speaks of lengths and checksums itself', () => {
    const error = Object.assign(new Error('The message length exceeds the limit'), {
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
    expect(toFailure(error, context).kind).toBe('bad_request');
  });

  it('never repeats what a parser says', () => {
    expect(toFailure(new RangeError('Invalid typed array length: 4294967295'), context)).toMatchObject({
      kind: 'overloaded',
      garbled: true,
      code: null,
      message: expect.not.stringContaining('array'),
    });
  });

  it('keeps what the service asked for in retry-after, and its request id', () => {
    const error = Object.assign(new Error('slow down'), {
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 429, requestId: 'r-1' },
      $response: { headers: { 'retry-after': '7' } },
    });
    expect(toFailure(error, context)).toMatchObject({
      kind: 'rate_limit',
      retryAfterMs: 7000,
      providerRequestId: 'r-1',
      code: 'ThrottlingException',
    });
  });

  it('survives whatever is thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, {}, new Error('')])
      expect(toFailure(thrown, context).kind).toBe('overloaded');
  });
});

describe('a quota', () => {
  it.each([
    ['ThrottlingException', 'Too many tokens per day, please wait before trying again.', true],
    ['ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.', true],
    ['AccessDeniedException', 'Model access is denied due to INVALID_PAYMENT_INSTRUMENT.', true],
    ['ThrottlingException', 'Too many tokens, please wait before trying again.', undefined],
  ])('of one model is told as that model’s: %s %s', (name, message, modelOnly) => {
    expect(toFailure({ name, message, $metadata: { httpStatusCode: 429 } }, context).modelOnly).toBe(modelOnly);
  });
});
