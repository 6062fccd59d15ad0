import type { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { contextOverflow } from '../../core/routing/context-overflow.ts';

/** https://docs.anthropic.com/en/api/errors */
const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/**
 * Agents for Claude shorten a conversation when they read these words of Anthropic's
 * (https://platform.claude.com/docs/en/build-with-claude/context-windows); other makers' models say it in words of their own.
 */
function messageOf({ message, details }: GatewayError): string {
  if (details.providerError?.code !== contextOverflow || /prompt is too long/i.test(message)) return message;
  return `${message} (prompt is too long)`;
}

/** Anthropic's envelope around what every door tells of an error (docs/api.md). */
export function writeError(error: GatewayError, requestId: string): JsonObject {
  const { param, hint, retryAfterSeconds, providerError, attempts } = error.details;
  return {
    type: 'error',
    error: {
      type: types[error.status] ?? 'api_error',
      message: messageOf(error),
      code: error.code,
      param: param ?? null,
      ...(providerError && { provider_error: providerError }),
      ...(attempts && { attempts }),
      ...(hint !== undefined && { hint }),
      ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
    },
    request_id: requestId,
  };
}

export function writeErrorEvent(error: GatewayError, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(writeError(error, requestId))}\n\n`;
}
