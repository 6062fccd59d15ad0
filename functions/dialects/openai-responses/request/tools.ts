import type { Tool, ToolChoice } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { needText } from './content.ts';
import { localShell } from './local-shell.ts';
import { isNamespaced, longName, type NamespacedTool } from './namespaces.ts';

export function readTools(tools: unknown): Tool[] {
  if (!isPresent(tools)) return [];
  if (!Array.isArray(tools)) refuse('tools', 'tools must be a list.', { unprocessable: true });
  return tools.flatMap((tool, index) => {
    const at = `tools.${index}`;
    return isObject(tool) && tool.type === 'namespace' ? readNamespace(tool, at) : readTool(tool, at);
  });
}

/** Tools that items of the input bring; the model is told of all of them from the start. */
export function readLaterTools(input: unknown, tools: Tool[]): Tool[] {
  const known = new Set(tools.map(({ name }) => name));
  const later = Array.isArray(input) ? input.filter(isObject).flatMap(({ tools: brought }) => readTools(brought)) : [];
  return later.filter(({ name }) => !known.has(name) && known.add(name));
}

function readNamespace(tool: JsonObject, at: string): Tool[] {
  const namespace = needText(tool.name, `${at}.name`);
  if (!Array.isArray(tool.tools)) refuse(`${at}.tools`, `${at}.tools must be a list.`, { unprocessable: true });
  return tool.tools.flatMap((inner, index): NamespacedTool[] => {
    const read = readTool(inner, `${at}.tools.${index}`);
    // The published type has functions and custom tools in it, nothing else.
    if (read.type === 'hosted' || read === localShell) return [];
    return [{ ...read, name: longName(namespace, read.name), within: { tool, namespace, name: read.name } }];
  });
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
  if (choice.type === 'allowed_tools') return readAllowed(choice, tools);
  const [name = ''] = namesOf(choice, 'tool_choice', tools);
  if (!tools.some((tool) => tool.name === name))
    refuse('tool_choice', 'tool_choice names a tool that is not among tools.', { unprocessable: true });
  return { type: 'tool', name };
}

function readAllowed({ mode, tools: allowed }: JsonObject, tools: Tool[]): ToolChoice {
  if (!Array.isArray(allowed))
    refuse('tool_choice.tools', 'tool_choice.tools must be a list.', { unprocessable: true });
  const names = allowed.flatMap((tool, index) => namesOf(tool, `tool_choice.tools.${index}`, tools));
  return { type: 'allowed', mode: mode === 'required' ? 'required' : 'auto', names };
}

/** Functions have names of their own, hosted tools that of their type; a namespace stands for all that is in it. */
function namesOf(tool: unknown, at: string, tools: Tool[]): string[] {
  if (!isObject(tool)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  if (tool.type === 'namespace') {
    const namespace = needText(tool.name, `${at}.name`);
    return tools.filter((one) => isNamespaced(one) && one.within.namespace === namespace).map(({ name }) => name);
  }
  if (tool.type !== 'function' && tool.type !== 'custom') return [needText(tool.type, `${at}.type`)];
  return [longName(tool.namespace, needText(tool.name, `${at}.name`))];
}
