import { isObject, type JsonObject } from '../../core/json.ts';

/** Items that bring nothing by being begun: what they hold comes in deltas, or is not for the caller to read. */
const emptyAtFirst = ['message', 'reasoning', 'function_call', 'custom_tool_call'];

/** Whether an event brings something of the answer that no event before it has brought: the first one commits the gateway to this answer. */
export function bringsContent(type: string, { delta, item }: JsonObject): boolean {
  if (type.endsWith('.delta')) return delta !== '';
  return (
    type === 'response.output_item.added' &&
    isObject(item) &&
    typeof item.type === 'string' &&
    !emptyAtFirst.includes(item.type)
  );
}
