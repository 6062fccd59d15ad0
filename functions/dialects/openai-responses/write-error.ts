import { type GatewayError, toWire } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { contextOverflow } from '../../core/routing/context-overflow.ts';

/**
 * Codex makes a conversation shorter when `error.code` is OpenAI's, in a refusal or in a `response.failed`, and looks nowhere else:
 * codex-rs/codex-api/src/api_bridge.rs and sse/responses.rs at https://github.com/openai/codex, and tried with the program, 0.169.0.
 */
export function writeError(error: GatewayError, requestId: string, userAgent: string | null = null): JsonObject {
  const body = toWire(error, requestId);
  const tooLong = error.details.providerError?.code === contextOverflow;
  if (!tooLong || !/^codex\b|^codex_/i.test(userAgent ?? '') || !isObject(body.error)) return body;
  return { ...body, error: { ...body.error, code: contextOverflow } };
}

/** The flat form that the API documents (https://platform.openai.com/docs/api-reference/responses-streaming/error), with what the body of a refusal has besides. */
export function writeErrorEvent(error: GatewayError, requestId: string, sequence = 0): string {
  const { error: told, ...rest } = toWire(error, requestId);
  const { type: _type, ...fields } = isObject(told) ? told : {};
  const event = { type: 'error', sequence_number: sequence, ...fields, ...rest };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}
