import { type ResponseType, type RestApi, ResponseType as responseTypes } from 'aws-cdk-lib/aws-apigateway';

/** An answer that API Gateway gives by itself, without asking a function. */
export interface Refusal {
  type: ResponseType;
  /** Undefined: API Gateway's own. */
  status?: number;
  /** As docs/errors.md says; test/lib/refusals.test.ts holds this against core/errors.ts. */
  error: { message: string; type: string; code: string };
}

/**
 * API Gateway's reasons to refuse: docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const refusals: Refusal[] = [
  // What API Gateway says of a path that does not exist; the catch-all route leaves it few occasions.
  {
    type: responseTypes.MISSING_AUTHENTICATION_TOKEN,
    status: 404,
    error: { message: 'There is no such endpoint.', type: 'invalid_request_error', code: 'not_found' },
  },
  {
    type: responseTypes.RESOURCE_NOT_FOUND,
    status: 404,
    error: { message: 'There is no such endpoint.', type: 'invalid_request_error', code: 'not_found' },
  },
  {
    type: responseTypes.ACCESS_DENIED,
    status: 403,
    error: { message: 'Access denied.', type: 'permission_error', code: 'forbidden' },
  },
  {
    type: responseTypes.WAF_FILTERED,
    status: 403,
    error: { message: 'The firewall refused the request.', type: 'permission_error', code: 'forbidden' },
  },
  {
    type: responseTypes.REQUEST_TOO_LARGE,
    status: 413,
    error: { message: 'The request is too large.', type: 'invalid_request_error', code: 'request_too_large' },
  },
  {
    type: responseTypes.THROTTLED,
    status: 429,
    error: {
      message: 'The gateway receives too many requests. Try again in a moment.',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    },
  },
  {
    type: responseTypes.QUOTA_EXCEEDED,
    status: 429,
    error: {
      message: 'The gateway receives too many requests. Try again later.',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    },
  },
  {
    type: responseTypes.INTEGRATION_TIMEOUT,
    status: 504,
    error: { message: 'The gateway did not answer in time.', type: 'server_error', code: 'provider_timeout' },
  },
  {
    type: responseTypes.INTEGRATION_FAILURE,
    status: 500,
    error: { message: 'The gateway failed.', type: 'server_error', code: 'internal_error' },
  },
  {
    type: responseTypes.DEFAULT_4XX,
    error: { message: 'The request was refused.', type: 'invalid_request_error', code: 'invalid_request' },
  },
  {
    type: responseTypes.DEFAULT_5XX,
    error: { message: 'The gateway failed.', type: 'server_error', code: 'internal_error' },
  },
];

/**
 * Puts every refusal into the contract's error envelope. The request id is API Gateway's own (a UUID): headers of such answers
 * take a context variable or a constant, never both joined, so `req_…` is out of reach here.
 */
export function addRefusals(api: RestApi): void {
  for (const { type, status, error } of refusals) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status !== undefined && { statusCode: String(status) }),
      responseHeaders: { 'x-request-id': 'context.requestId' },
      templates: {
        'application/json': JSON.stringify({ error: { ...error, param: null }, request_id: '$context.requestId' }),
      },
    });
  }
}
