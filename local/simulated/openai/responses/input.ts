import type { JsonObject } from '../../../../functions/core/json.ts';
import type { Said } from '../../brain/said.ts';
import { list } from '../../values.ts';
import { textOf } from '../chat.ts';

/** The kinds of calls, and of what answers them (platform.openai.com/docs/api-reference/responses). */
const callTypes: Record<string, string> = {
  function_call: 'function call',
  custom_tool_call: 'custom tool call',
  local_shell_call: 'local shell call',
};

export function isCall(item: JsonObject): boolean {
  return Object.hasOwn(callTypes, String(item.type));
}

export function isOutput(item: JsonObject): boolean {
  return /^(?:function_call|custom_tool_call|local_shell_call)_output$/.test(String(item.type));
}

/** What a call is called in a complaint. */
export function kindOf(item: JsonObject): string {
  return callTypes[String(item.type).replace(/_output$/, '')] ?? 'tool call';
}

/** The id by which calls and outputs find each other; the output of a local shell may carry it as its own. */
export function callIdOf(item: JsonObject): string {
  return String(item.call_id ?? item.id);
}

/** A text is a message of the user. */
export function itemsIn(input: unknown): JsonObject[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : list(input);
}

export function saidIn(item: JsonObject): Said[] {
  if (isCall(item)) return [{ called: String(item.name ?? 'local_shell') }];
  if (isOutput(item)) return [{ result: readable(item.output) }];
  return item.role === 'user' ? [{ user: textOf(item.content) }] : [];
}

/** Shells may say more than their output: it stands in a field then. */
function readable(output: unknown): string {
  const text = textOf(output);
  try {
    const parsed: unknown = JSON.parse(text);
    const inner = list([parsed])[0]?.output;
    return typeof inner === 'string' ? inner : text;
  } catch {
    return text;
  }
}

/** All that may say where the agent works. */
export function environmentOf(instructions: unknown, items: JsonObject[]): string {
  const told = items.filter(({ role }) => role !== undefined && role !== 'assistant');
  return [typeof instructions === 'string' ? instructions : '', ...told.map(({ content }) => textOf(content))].join(
    '\n',
  );
}
