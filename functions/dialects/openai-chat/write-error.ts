import { type GatewayError, toWire } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** A refusal's body, in the form that OpenAI's clients read. */
export function writeError(error: GatewayError, requestId: string): JsonObject {
  return toWire(error, requestId);
}

/** There is no `[DONE]` behind an error. */
export function writeErrorEvent(error: GatewayError, requestId: string): string {
  return `data: ${JSON.stringify(writeError(error, requestId))}\n\n`;
}
