import { type GatewayError, toWire } from '../../core/errors.ts';
import { isObject } from '../../core/json.ts';

/** The flat form that the API documents (https://platform.openai.com/docs/api-reference/responses-streaming/error), with what the body of a refusal has besides. */
export function writeErrorEvent(error: GatewayError, requestId: string, sequence = 0): string {
  const { error: told, ...rest } = toWire(error, requestId);
  const { type: _type, ...fields } = isObject(told) ? told : {};
  const event = { type: 'error', sequence_number: sequence, ...fields, ...rest };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}
