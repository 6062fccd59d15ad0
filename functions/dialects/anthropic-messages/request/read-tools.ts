import type { Tool, ToolChoice } from '../../../core/chat/conversation.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { malformed, placed, textField } from './read-blocks.ts';

/** Tools without a type are the caller's own; those with one are Anthropic's, and only its models know them. */
export function readTools(tools: unknown): Tool[] {
  if (!isPresent(tools)) return [];
  if (!Array.isArray(tools)) return malformed('tools', 'tools must be a list.');
  return tools.map((tool: unknown, index): Tool => {
    const at = `tools.${index}`;
    if (!isObject(tool)) return malformed(at, 'A tool must be an object.');
    if (isPresent(tool.type) && tool.type !== 'custom') {
      const name = typeof tool.name === 'string' ? tool.name : String(tool.type);
      return { type: 'hosted', name, dialect: 'anthropic-messages', value: tool, ...placed(tool, at) };
    }
    if (!isObject(tool.input_schema)) return malformed(`${at}.input_schema`, 'input_schema must be a JSON Schema.');
    return {
      type: 'function',
      name: textField(tool, 'name', at),
      description: typeof tool.description === 'string' ? tool.description : null,
      parameters: tool.input_schema,
      strict: typeof tool.strict === 'boolean' ? tool.strict : null,
      ...placed(tool, at),
    };
  });
}

export function readToolChoice(choice: unknown): { toolChoice: ToolChoice | null; parallelToolCalls: boolean | null } {
  if (!isPresent(choice)) return { toolChoice: null, parallelToolCalls: null };
  if (!isObject(choice)) return malformed('tool_choice', 'tool_choice must be an object.');
  const { disable_parallel_tool_use: alone } = choice;
  return { toolChoice: choiceOf(choice), parallelToolCalls: typeof alone === 'boolean' ? !alone : null };
}

function choiceOf(choice: JsonObject): ToolChoice {
  switch (choice.type) {
    case 'auto':
    case 'none':
      return { type: choice.type };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', name: textField(choice, 'name', 'tool_choice') };
    default:
      return malformed('tool_choice.type', 'tool_choice.type must be auto, any, tool or none.');
  }
}
