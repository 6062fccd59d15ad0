import type { ChatRequest, CustomTool, FunctionTool, ToolCallBlock } from './conversation.ts';
import { refuse } from './refusal.ts';

/** The tools of a request for a format that knows functions alone. */
export interface OfferedTools {
  tools: FunctionTool[];
  /** Null: the caller said nothing. */
  choice: { mode: 'auto' | 'none' | 'required'; name: string | null } | null;
}

/** The one property of the function that stands for a `custom` tool. */
const freeText = 'input';

/**
 * The functions that the model may know of, and how free it is: `custom` tools become functions with one string, the list is
 * cut down to the allowed ones. Hosted tools are left out and named, or refused when one of them is forced.
 */
export function offeredTools({ tools, toolChoice, names }: ChatRequest, dropped: Set<string>): OfferedTools {
  const hosted = tools.filter((tool) => tool.type === 'hosted');
  const functions = tools.filter((tool) => tool.type !== 'hosted').map(toFunction);
  if (hosted.length > 0) dropped.add(names.tools ?? 'tools');
  if (toolChoice === null) return { tools: functions, choice: null };
  if (toolChoice.type === 'tool') {
    if (hosted.some(({ name }) => name === toolChoice.name) && !functions.some(({ name }) => name === toolChoice.name))
      refuse(names.toolChoice ?? 'tool_choice', 'This model has no such tool of its own: it cannot be forced.', {
        unprocessable: true,
        hint: 'Hosted tools run where the model’s provider runs them, with a provider key of your own.',
      });
    return { tools: functions, choice: { mode: 'required', name: toolChoice.name } };
  }
  if (toolChoice.type === 'allowed') {
    const allowed = functions.filter(({ name }) => toolChoice.names.includes(name));
    return { tools: allowed, choice: { mode: toolChoice.mode, name: null } };
  }
  return { tools: functions, choice: { mode: toolChoice.type, name: null } };
}

function toFunction(tool: FunctionTool | CustomTool): FunctionTool {
  if (tool.type === 'function') return tool;
  const { name, description, format, at, cache } = tool;
  const grammar =
    typeof format?.definition === 'string' ? `The text must follow this grammar:\n${format.definition}` : null;
  return {
    type: 'function',
    name,
    description: [description, grammar].filter((text) => text !== null && text !== '').join('\n\n') || null,
    parameters: {
      type: 'object',
      properties: { [freeText]: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
      required: [freeText],
      additionalProperties: false,
    },
    strict: null,
    ...(at !== undefined && { at }),
    ...(cache !== undefined && { cache }),
  };
}

/** The input of a call as JSON text, for formats that know functions alone. */
export function functionInput({ kind, input }: ToolCallBlock): string {
  return kind === 'custom' ? JSON.stringify({ [freeText]: input }) : input;
}

/** The free text of a call to a function that stands for a `custom` tool; the JSON itself when the model kept to no schema. */
export function customInput(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === 'string') return parsed;
    const value = (parsed as Record<string, unknown> | null)?.[freeText];
    return typeof value === 'string' ? value : json;
  } catch {
    return json;
  }
}
