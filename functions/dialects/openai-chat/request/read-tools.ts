import type { AnswerFormat, Tool, ToolChoice } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { readCacheMark } from './read-content.ts';

export function readTools(tools: unknown): Tool[] {
  if (!isPresent(tools)) return [];
  if (!Array.isArray(tools)) refuse('tools', 'tools must be a list.');
  return tools.map((tool: unknown, i) => readTool(tool, `tools.${i}`));
}

function readTool(tool: unknown, at: string): Tool {
  const kind = isObject(tool) && (tool.type === 'function' || tool.type === 'custom') ? tool.type : null;
  const given = isObject(tool) && kind !== null ? tool[kind] : undefined;
  if (!isObject(tool) || kind === null || !isObject(given))
    refuse(at, 'Only tools of the types function and custom can be offered to this model.');
  const { name, description, parameters, strict } = given;
  if (typeof name !== 'string' || name === '') refuse(`${at}.${kind}.name`, 'A tool needs a name.');
  const cache = readCacheMark(tool) ?? readCacheMark(given);
  const common = {
    name,
    description: typeof description === 'string' && description !== '' ? description : null,
    at,
    ...(cache && { cache }),
  };
  if (kind === 'custom') return { type: 'custom', ...common, format: readGrammar(given.format) };
  return {
    type: 'function',
    ...common,
    parameters: isObject(parameters) ? parameters : null,
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

/** Chat completions nest the grammar, Responses do not; the conversation has the flat form. */
function readGrammar(format: unknown): JsonObject | null {
  if (!isObject(format)) return null;
  const { grammar, ...rest } = format;
  return isObject(grammar) ? { ...rest, ...grammar } : format;
}

export function readToolChoice(choice: unknown): ToolChoice | null {
  if (!isPresent(choice)) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  if (isObject(choice)) {
    const name = nameIn(choice);
    if (name !== null) return { type: 'tool', name };
    const { allowed_tools: allowed } = choice;
    if (isObject(allowed) && Array.isArray(allowed.tools))
      return {
        type: 'allowed',
        mode: allowed.mode === 'required' ? 'required' : 'auto',
        names: allowed.tools.flatMap((tool: unknown) => (isObject(tool) ? (nameIn(tool) ?? []) : [])),
      };
  }
  return refuse('tool_choice', 'tool_choice must be none, auto, required, allowed_tools, or name a function.');
}

function nameIn({ function: fn, custom }: JsonObject): string | null {
  const named = isObject(fn) ? fn : custom;
  return isObject(named) && typeof named.name === 'string' ? named.name : null;
}

export function readFormat(format: unknown): AnswerFormat | null {
  if (!isPresent(format) || (isObject(format) && format.type === 'text')) return null;
  if (isObject(format) && format.type === 'json_object') return { type: 'json' };
  if (isObject(format) && format.type === 'json_schema' && isObject(format.json_schema)) {
    const { name, description, schema, strict } = format.json_schema;
    if (!isObject(schema)) return { type: 'json' };
    return {
      type: 'schema',
      name: typeof name === 'string' && name !== '' ? name : 'answer',
      description: typeof description === 'string' && description !== '' ? description : null,
      schema,
      strict: typeof strict === 'boolean' ? strict : null,
    };
  }
  return refuse('response_format', 'response_format must be text, json_object or json_schema.');
}
