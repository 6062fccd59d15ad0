import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { absolutePath } from './directory.ts';
import { sampleOf } from './schema-sample.ts';
import type { Task } from './tasks.ts';

/** A tool as any of the formats offers it. */
export interface OfferedTool {
  name: string;
  description?: string;
  /** The JSON Schema of its input; `text` when the input is free text, `command` when it is a command line in words. */
  input: unknown | 'text' | 'command';
}

export interface ToolCall {
  name: string;
  /** An object by the tool's schema; a text where the tool takes text; words where it takes a command line. */
  input: unknown;
}

const pathName = /^(?:target_?)?(?:absolute_?)?(?:file|path|file_?path|file_?name|filename)$/i;
const contentName = /^(?:contents?|text|file_?text|file_?contents?|data|body|new_string)$/i;
const oldName = /^(?:old|old_?str(?:ing)?|old_?text|search)$/i;
const newName = /^(?:new|new_?str(?:ing)?|new_?text|replace(?:ment)?)$/i;
const commandName = /^(?:command|cmd|commands|command_?line|shell_?command|script)$/i;
const patchName = /^(?:input|patch)$/i;
const modeName = /^(?:command|action|operation|mode)$/i;
const reads = /read|view|open|\bcat\b/i;
/** Codex offers `view_image`, which is no way to read a text. */
const readsOther = /image|pdf|notebook|photo|screenshot/i;

/** The call that does the task with the tool that fits best; null when none fits. `directory`: where relative paths begin. */
export function callFor(task: Task, tools: OfferedTool[], directory: string | null): ToolCall | null {
  if (task.do === 'run') return run(task.command, tools);
  if (task.do === 'read') return readingCall(task.path, tools, directory) ?? run(`cat ${quote(task.path)}`, tools);
  const path = absolutePath(task.path, directory);
  if (task.do === 'write') {
    const fits = ({ required }: Shape) => !required.some((name) => oldName.test(name));
    return (
      fill(
        tools,
        [
          [pathName, path],
          [contentName, task.content],
        ],
        /create|write/i,
        fits,
      ) ??
      patch(task, tools) ??
      run(`printf '%s\\n' ${quote(task.content)} > ${quote(task.path)}`, tools)
    );
  }
  const script = `s/${escaped(task.old)}/${escaped(task.new)}/g`;
  return (
    fill(
      tools,
      [
        [pathName, path],
        [oldName, task.old],
        [newName, task.new],
      ],
      /replace|edit/i,
      () => true,
    ) ??
    patch(task, tools) ??
    run(`sed -i ${quote(script)} ${quote(task.path)}`, tools)
  );
}

/** The call that reads a file with a tool made for that. */
export function readingCall(path: string, tools: OfferedTool[], directory: string | null): ToolCall | null {
  const fits = ({ tool, properties, required }: Shape) =>
    !readsOther.test(tool.name) &&
    (reads.test(tool.name) || properties.some((name) => modeName.test(name))) &&
    required.every((name) => pathName.test(name) || modeName.test(name));
  return fill(tools, [[pathName, absolutePath(path, directory)]], reads, fits);
}

interface Shape {
  tool: OfferedTool;
  properties: string[];
  required: string[];
}

/**
 * The first tool that has a property for each value (by the patterns of their names), filled in. Where a property chooses among modes, it
 * is the mode of that kind; whatever else is required gets a sample.
 */
function fill(
  tools: OfferedTool[],
  values: [RegExp, string][],
  mode: RegExp,
  fits: (shape: Shape) => boolean,
): ToolCall | null {
  for (const tool of tools) {
    const { properties: described, required } = schemaOf(tool);
    const properties = Object.keys(described);
    const named = values.map(([pattern, value]) => ({ name: best(properties, required, pattern), value }));
    if (named.some(({ name }) => name === undefined) || !fits({ tool, properties, required })) continue;
    const modes = properties.flatMap((name) => {
      const allowed = schemaAt(described, name).enum;
      if (!modeName.test(name) || !Array.isArray(allowed)) return [];
      return [{ name, value: allowed.find((one) => mode.test(String(one))) }];
    });
    if (modes.some(({ value }) => value === undefined)) continue;
    const filled = Object.fromEntries([...modes, ...named].map(({ name, value }) => [name, value]));
    return { name: tool.name, input: { ...sample(tool), ...filled } };
  }
  return null;
}

/** A required property is meant rather than an optional one. */
function best(properties: string[], required: string[], pattern: RegExp): string | undefined {
  const found = properties.filter((name) => pattern.test(name));
  return found.find((name) => required.includes(name)) ?? found[0];
}

/** A tool that takes the patches that begin with this line, as text or in a property. */
function patch(task: Task & { path: string }, tools: OfferedTool[]): ToolCall | null {
  const tool = tools.find((one) => one.name === 'apply_patch' || JSON.stringify(one).includes('*** Begin Patch'));
  if (tool === undefined || (task.do !== 'write' && task.do !== 'replace')) return null;
  const change =
    task.do === 'write'
      ? [`*** Add File: ${task.path}`, ...task.content.split('\n').map((line) => `+${line}`)]
      : [`*** Update File: ${task.path}`, '@@', `-${task.old}`, `+${task.new}`];
  const text = ['*** Begin Patch', ...change, '*** End Patch', ''].join('\n');
  if (tool.input === 'text') return { name: tool.name, input: text };
  const property = Object.keys(schemaOf(tool).properties).find((name) => patchName.test(name));
  return property === undefined ? null : { name: tool.name, input: { ...sample(tool), [property]: text } };
}

/** A tool that runs commands, whether it takes a line or words. Tools with such a property for other ends come last. */
function run(command: string, tools: OfferedTool[]): ToolCall | null {
  const words = ['bash', '-lc', command];
  const runners = tools.flatMap((tool): { tool: OfferedTool; property: string | null; rank: number }[] => {
    if (tool.input === 'command') return [{ tool, property: null, rank: 0 }];
    const { properties, required } = schemaOf(tool);
    const property = best(Object.keys(properties), required, commandName);
    if (property === undefined || schemaAt(properties, property).enum !== undefined) return [];
    return [{ tool, property, rank: /bash|shell|exec|command|terminal/i.test(tool.name) ? 1 : 2 }];
  });
  const [chosen] = runners.sort((one, other) => one.rank - other.rank);
  if (chosen === undefined) return null;
  const { tool, property } = chosen;
  if (property === null) return { name: tool.name, input: words };
  const isList = schemaAt(schemaOf(tool).properties, property).type === 'array';
  return { name: tool.name, input: { ...sample(tool), [property]: isList ? words : command } };
}

function schemaOf({ input }: OfferedTool): { properties: JsonObject; required: string[] } {
  const { properties, required } = isObject(input) ? input : {};
  return {
    properties: isObject(properties) ? properties : {},
    required: Array.isArray(required) ? required.map(String) : [],
  };
}

function schemaAt(properties: JsonObject, name: string): JsonObject {
  const found = properties[name];
  return isObject(found) ? found : {};
}

/** What is required, as far as a schema says. */
function sample(tool: OfferedTool): JsonObject {
  const value = sampleOf(tool.input);
  return isObject(value) ? value : {};
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function escaped(text: string): string {
  return text.replace(/[\\/&.*^$[\]]/g, '\\$&').replaceAll('\n', '\\n');
}
