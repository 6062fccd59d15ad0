import type { ChatRequest, FunctionTool } from '../../../core/chat/conversation.ts';
import { type OfferedTools, offeredTools } from '../../../core/chat/offered-tools.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import type { ClaudeTraits } from '../claude-models.ts';
import { marked } from './write-blocks.ts';

const answerTool = 'json';

interface WrittenTools {
  settings: JsonObject;
  /** The forced tool that carries the structured answer. */
  answerTool: string | null;
  /** What the model is told beside the system messages. */
  instruction: string | null;
  /** Whether a call is forced, which rules out thinking. */
  forced: boolean;
}

/**
 * `tools` and `tool_choice`. A structured answer is a forced tool with its schema where the host knows no other way; models that
 * cannot be forced are told to call it.
 */
export function writeTools(
  request: ChatRequest,
  traits: ClaudeTraits,
  calledBefore: Iterable<string>,
  dropped: Set<string>,
): WrittenTools {
  const own = request.tools.filter((tool) => tool.type === 'hosted' && tool.dialect === 'anthropic-messages');
  const offered = offeredTools({ ...request, tools: request.tools.filter((tool) => !own.includes(tool)) }, dropped);
  const tools = [...offered.tools.map(declare), ...own.flatMap((tool) => (tool.type === 'hosted' ? [tool.value] : []))];
  const alone = request.parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const { format } = request;
  if (format?.type === 'schema' && !traits.structured && offered.choice?.mode !== 'required')
    return answerByTool(tools, format.schema, offered, traits, alone);
  // A forced call leaves no room for the answer's own tool.
  if (format?.type === 'schema' && !traits.structured) dropped.add(request.names.format ?? 'response_format');
  const instruction =
    format?.type === 'json' ? 'Answer with one JSON object and nothing else: no text around it, no code fence.' : null;
  const native =
    format?.type === 'schema' && traits.structured
      ? { output_config: { format: { type: 'json_schema', schema: closed(format.schema) } } }
      : {};
  // Tools in the history must be declared even if they are no longer offered.
  if (tools.length === 0) {
    const past = [...new Set(calledBefore)].map((name) => ({ name, input_schema: { type: 'object' } }));
    const declared = past.length > 0 ? { tools: past, tool_choice: { type: 'none' } } : {};
    return { settings: { ...declared, ...native }, answerTool: null, instruction, forced: false };
  }
  const toolChoice = choiceOf(offered);
  const spelled = offered.choice !== null || request.parallelToolCalls === false;
  const free = toolChoice.type === 'none' ? {} : alone;
  return {
    settings: { tools, ...(spelled && { tool_choice: { ...toolChoice, ...free } }), ...native },
    answerTool: null,
    instruction,
    forced: offered.choice?.mode === 'required',
  };
}

function choiceOf({ choice }: OfferedTools): JsonObject {
  if (choice?.name) return { type: 'tool', name: choice.name };
  return { type: { auto: 'auto', none: 'none', required: 'any' }[choice?.mode ?? 'auto'] };
}

function answerByTool(
  tools: JsonObject[],
  schema: JsonObject,
  { choice }: OfferedTools,
  { forcible }: ClaudeTraits,
  alone: JsonObject,
): WrittenTools {
  const all = [
    ...tools,
    { name: answerTool, description: 'Gives the final answer.', input_schema: { type: 'object', ...schema } },
  ];
  if (!forcible)
    return {
      settings: { tools: all, tool_choice: { type: 'auto', ...alone } },
      answerTool,
      instruction: `Give the final answer by calling the tool ${answerTool}.`,
      forced: false,
    };
  const toolChoice =
    tools.length > 0 && choice?.mode !== 'none' ? { type: 'any', ...alone } : { type: 'tool', name: answerTool };
  return { settings: { tools: all, tool_choice: toolChoice }, answerTool, instruction: null, forced: true };
}

function declare(tool: FunctionTool): JsonObject {
  const { name, description, parameters } = tool;
  return marked(
    {
      name,
      ...(description !== null && { description }),
      input_schema: { type: 'object', ...parameters },
    },
    tool,
  );
}

/**
 * The schema with every object closed, as structured outputs want it
 * (https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs).
 */
function closed(schema: JsonObject, depth = 0): JsonObject {
  const inner = (value: unknown): unknown => {
    if (depth > 32) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => (isObject(item) ? closed(item, depth + 1) : item));
    return isObject(value) ? closed(value, depth + 1) : value;
  };
  const written: JsonObject = {};
  for (const [name, value] of Object.entries(schema)) {
    if (['items', 'anyOf', 'allOf'].includes(name)) written[name] = inner(value);
    else if (['properties', '$defs', 'definitions'].includes(name) && isObject(value))
      written[name] = Object.fromEntries(Object.entries(value).map(([key, property]) => [key, inner(property)]));
    else written[name] = value;
  }
  return isObject(schema.properties) || schema.type === 'object'
    ? { ...written, additionalProperties: false }
    : written;
}
