import type { Tool, ToolChoice } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { needText } from './content.ts';
import { localShell } from './local-shell.ts';

export function readTools(tools: unknown): Tool[] {
  if (!isPresent(tools)) return [];
  if (!Array.isArray(tools)) refuse('tools', 'tools must be a list.', { unprocessable: true });
  return tools.map((tool, index) => readTool(tool, `tools.${index}`));
}

function readTool(tool: unknown, at: string): Tool {
  if (!isObject(tool)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  const { type, name, description, parameters, strict, format } = tool;
  const described = typeof description === 'string' ? description : null;
  if (type === 'function')
    return {
      type,
      name: needText(name, `${at}.name`),
      description: described,
      parameters: isObject(parameters) ? parameters : null,
      strict: typeof strict === 'boolean' ? strict : null,
      at,
    };
  if (type === 'custom')
    return {
      type,
      name: needText(name, `${at}.name`),
      description: described,
      format: isObject(format) ? format : null,
      at,
    };
  if (type === 'local_shell') return localShell;
  return { type: 'hosted', name: needText(type, `${at}.type`), dialect: 'openai-responses', value: tool, at };
}

/** A choice of a tool that is not among `tools` is refused here, as OpenAI does: elsewhere it could not be told from a mistake. */
export function readToolChoice(choice: unknown, tools: Tool[]): ToolChoice | null {
  if (!isPresent(choice)) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  if (!isObject(choice)) refuse('tool_choice', 'tool_choice is none that exists.', { unprocessable: true });
  if (choice.type === 'allowed_tools') return readAllowed(choice);
  const name = nameOf(choice, 'tool_choice');
  if (!tools.some((tool) => tool.name === name))
    refuse('tool_choice', 'tool_choice names a tool that is not among tools.', { unprocessable: true });
  return { type: 'tool', name };
}

function readAllowed({ mode, tools }: JsonObject): ToolChoice {
  if (!Array.isArray(tools)) refuse('tool_choice.tools', 'tool_choice.tools must be a list.', { unprocessable: true });
  const names = tools.map((tool, index) => nameOf(tool, `tool_choice.tools.${index}`));
  return { type: 'allowed', mode: mode === 'required' ? 'required' : 'auto', names };
}

/** Functions have names of their own, hosted tools that of their type. */
function nameOf(tool: unknown, at: string): string {
  if (!isObject(tool)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  if (tool.type === 'function' || tool.type === 'custom') return needText(tool.name, `${at}.name`);
  return needText(tool.type, `${at}.type`);
}
